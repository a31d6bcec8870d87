//! What the operator can set.

pub mod database;
pub mod limits;
pub mod log;
pub mod login;
pub mod proxy;
pub mod tls;
pub mod tokens;

use std::{net::SocketAddr, path::PathBuf};

use crate::model::{issuer::Issuer, secret::Secret};

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
}
