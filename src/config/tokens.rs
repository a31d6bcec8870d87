//! Tokens.

#[derive(Debug, Clone)]
pub struct Tokens {
    pub access: time::Duration,
    pub code: time::Duration,
    pub refresh_idle: time::Duration,
    pub refresh_absolute: time::Duration,
    pub id_token: time::Duration,
    pub signing_key: time::Duration,
}
