//! What the operator can set: flags, environment and file become one [`Config`] whose values cannot be wrong. An unknown key is an
//! error, and all problems are reported at once.

pub mod database;
pub mod environment;
mod file;
mod layers;
pub mod limits;
pub mod log;
pub mod login;
pub mod proxy;
pub mod secrets;
pub mod tls;
pub mod tokens;
pub mod traces;

use std::{fmt, net::SocketAddr, path::PathBuf};

use crate::model::{issuer::Issuer, secret::Secret};

use environment::Environment;
use layers::Layers;

/// Every key with its default: what `config example` prints, and what is known.
pub const EXAMPLE: &str = include_str!("example.toml");

#[derive(Debug, Clone)]
pub struct Config {
    pub issuer: Issuer,
    pub listen: SocketAddr,
    pub metrics_listen: Option<SocketAddr>,
    pub data_dir: PathBuf,
    pub database: database::Database,
    pub master_key: Option<Secret>,
    pub tls: Option<tls::Tls>,
    pub proxy: proxy::Proxy,
    pub tokens: tokens::Tokens,
    pub login: login::Login,
    pub limits: limits::Limits,
    pub log: log::Log,
    /// Of OpenTelemetry; none while nothing is exported.
    pub traces: Option<traces::Traces>,
}

/// One thing that is wrong, with the key's name and where it was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub key: String,
    pub source: String,
    pub detail: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {} ({})", self.key, self.detail, self.source)
    }
}

/// All that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.0.iter().map(|problem| format!("  {problem}")).collect();
        write!(f, "the configuration is not usable:\n{}", lines.join("\n"))
    }
}

impl std::error::Error for Problems {}

/// Values of flags, which win over everything: key and text.
pub type Flags = Vec<(&'static str, String)>;

impl Config {
    /// `file`: the path that `--config` named.
    pub fn load(file: Option<PathBuf>, environment: &Environment, flags: Flags) -> Result<Self, Problems> {
        let mut layers = Layers::read(file, environment, flags)?;
        let config = Self::build(&mut layers, environment);
        let problems = layers.into_problems();
        match config {
            Some(config) if problems.is_empty() => Ok(config),
            _ => Err(Problems(problems)),
        }
    }

    /// None when a problem was noted; every section is read all the same, so that all problems are found.
    fn build(layers: &mut Layers, environment: &Environment) -> Option<Self> {
        let issuer = layers.parsed("issuer", |text| Issuer::parse(text).map_err(str::to_owned));
        let listen =
            layers.parsed("listen", |text| text.parse::<SocketAddr>().map_err(|_| "must be an address and a port".to_owned()));
        let metrics_listen = layers.parsed("metrics_listen", |text| match text {
            "off" => Ok(None),
            text => text.parse().map(Some).map_err(|_| "must be an address and a port, or off".to_owned()),
        });
        let data_dir = layers.parsed("data_dir", |path| match path {
            "" => Err("must name a folder".to_owned()),
            path => Ok(PathBuf::from(path)),
        });
        let database = data_dir.as_deref().and_then(|data_dir| database::read(layers, data_dir));
        let master_key = layers.parsed("master_key", |text| match text.trim().chars().count() {
            32.. => Ok(Secret::new(text)),
            _ => Err("must have at least 32 characters".to_owned()),
        });
        let (tls, proxy) = (tls::read(layers), proxy::read(layers));
        let (tokens, login) = (tokens::read(layers), login::read(layers));
        let (limits, log) = (limits::read(layers), log::read(layers));
        let traces = traces::read(layers, environment);
        if let (Some(listen), Some(None), Some(proxy)) = (&listen, &tls, &proxy)
            && !listen.ip().is_loopback()
            && proxy.trusted.is_empty()
        {
            layers.note("listen", "is not a loopback address: set `tls.certificate` and `tls.key`, or `proxy.trusted`");
        }
        if !layers.is_set("master_key") && matches!(database, Some(database::Database::Postgres { .. })) {
            layers.note("master_key", "must be set with PostgreSQL, the same on every node");
        }
        Some(Self {
            issuer: issuer?,
            listen: listen?,
            metrics_listen: metrics_listen?,
            data_dir: data_dir?,
            database: database?,
            master_key,
            tls: tls?,
            proxy: proxy?,
            tokens: tokens?,
            login: login?,
            limits: limits?,
            log: log?,
            traces: traces?,
        })
    }
}

/// Every key with its value in force and where that comes from; secrets masked.
pub fn dump(file: Option<PathBuf>, environment: &Environment, flags: Flags) -> Result<String, Problems> {
    Ok(Layers::read(file, environment, flags)?.dump())
}

#[cfg(test)]
mod tests;
