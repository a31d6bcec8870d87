//! Proxies in front of the server.

use ipnet::IpNet;

use super::layers::Layers;

#[derive(Debug, Clone, Default)]
pub struct Proxy {
    /// Whose word on who asked is believed.
    pub trusted: Vec<IpNet>,
    pub header: ProxyHeader,
}

/// Where a proxy says who asked. One only: the other may come from whoever asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ProxyHeader {
    #[default]
    XForwardedFor,
    /// RFC 7239.
    Forwarded,
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
    let header = layers.parsed("proxy.header", |text| match text {
        "x-forwarded-for" => Ok(ProxyHeader::XForwardedFor),
        "forwarded" => Ok(ProxyHeader::Forwarded),
        _ => Err("must be x-forwarded-for or forwarded".to_owned()),
    });
    Some(Proxy { trusted, header: header? })
}
