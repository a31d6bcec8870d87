//! Tls.

#[derive(Debug, Clone)]
pub struct Tls {
    pub certificate: std::path::PathBuf,
    pub key: std::path::PathBuf,
}
