//! Proxy.

#[derive(Debug, Clone)]
pub struct Proxy {
    pub trusted: Vec<ipnet::IpNet>,
}
