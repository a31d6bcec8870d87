//! The log, on standard error.

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
        text.parse::<tracing_subscriber::filter::Targets>()
            .map(|_| text.to_owned())
            .map_err(|_| "is not a level or filter".to_owned())
    });
    let format = layers.parsed("log.format", |text| match text {
        "text" => Ok(Format::Text),
        "json" => Ok(Format::Json),
        _ => Err("must be text or json".to_owned()),
    });
    Some(Log { level: level?, format: format? })
}
