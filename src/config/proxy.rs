//! Proxies in front of the server.

use ipnet::IpNet;

use super::layers::Layers;

#[derive(Debug, Clone, Default)]
pub struct Proxy {
    /// Whose `X-Forwarded-For` is believed.
    pub trusted: Vec<IpNet>,
}

pub(super) fn read(layers: &mut Layers) -> Option<Proxy> {
    let mut trusted = Vec::new();
    for text in layers.list("proxy.trusted")? {
        let network = text.parse::<IpNet>().ok().or_else(|| text.parse::<std::net::IpAddr>().ok().map(IpNet::from));
        match network {
            Some(network) => trusted.push(network),
            None => {
                layers.note("proxy.trusted", format!("has {text:?}, which is neither an address nor a network"));
                return None;
            }
        }
    }
    Some(Proxy { trusted })
}
