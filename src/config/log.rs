//! Log.

#[derive(Debug, Clone)]
pub struct Log {
    pub level: String,
}
