//! The log, on standard error.

use tracing_subscriber::filter::{LevelFilter, Targets};

use super::layers::Layers;

#[derive(Debug, Clone)]
pub struct Log {
    /// A filter in the syntax of `tracing`.
    pub level: String,
    pub format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Text,
    Json,
}

pub(super) fn read(layers: &mut Layers) -> Option<Log> {
    let level = layers.parsed("log.level", |text| {
        let is_level = |part: &str| part.contains('=') || part.trim().parse::<LevelFilter>().is_ok();
        let is_filter = text.split(',').all(is_level) && text.parse::<Targets>().is_ok();
        if is_filter { Ok(text.to_owned()) } else { Err("must be off, error, warn, info, debug or trace".to_owned()) }
    });
    let format = layers.parsed("log.format", |text| match text {
        "text" => Ok(Format::Text),
        "json" => Ok(Format::Json),
        _ => Err("must be text or json".to_owned()),
    });
    Some(Log { level: level?, format: format? })
}
