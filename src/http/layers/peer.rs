//! Who is asking: the socket's address, or behind trusted proxies the right-most address that is not one of theirs.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::{
    extract::{ConnectInfo, Request},
    http::{HeaderMap, HeaderName, header},
};
use forwarded_header_value::ForwardedHeaderValue;

use crate::{app::App, config::proxy::ProxyHeader};

pub fn of(app: &App, request: &Request) -> IpAddr {
    let socket = socket(request);
    let is_trusted = |address: &IpAddr| is_trusted(app, address);
    if !is_trusted(&socket) {
        return socket;
    }
    let hops = hops(request.headers(), app.config.proxy.header);
    // Read right to left: the first that is no proxy of ours is who asked; what it says about others is only its word.
    let mut client = socket;
    for hop in hops.into_iter().rev() {
        match hop {
            Some(address) => client = address.to_canonical(),
            None => break,
        }
        if !is_trusted(&client) {
            break;
        }
    }
    client
}

/// It comes straight from a proxy of ours.
pub fn is_proxy(app: &App, request: &Request) -> bool {
    is_trusted(app, &socket(request))
}

fn socket(request: &Request) -> IpAddr {
    let socket = request.extensions().get::<ConnectInfo<SocketAddr>>();
    socket.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |ConnectInfo(address)| address.ip().to_canonical())
}

fn is_trusted(app: &App, address: &IpAddr) -> bool {
    app.config.proxy.trusted.iter().any(|network| network.contains(address))
}

/// Who passed the request on, nearest last; none for what is no address.
fn hops(headers: &HeaderMap, header: ProxyHeader) -> Vec<Option<IpAddr>> {
    let joined = |name: HeaderName| {
        let values: Vec<_> = headers.get_all(name).iter().map(|value| value.to_str().unwrap_or("?")).collect();
        (!values.is_empty()).then(|| values.join(","))
    };
    match header {
        ProxyHeader::XForwardedFor => {
            let text = joined(HeaderName::from_static("x-forwarded-for")).unwrap_or_default();
            text.split(',').map(|hop| address(hop.trim())).collect()
        }
        ProxyHeader::Forwarded => {
            let Some(text) = joined(header::FORWARDED) else { return Vec::new() };
            match ForwardedHeaderValue::from_forwarded(&text) {
                Ok(forwarded) => forwarded.iter().map(|stanza| stanza.forwarded_for_ip()).collect(),
                Err(_) => vec![None],
            }
        }
    }
}

/// Some gateways write the port as well.
fn address(hop: &str) -> Option<IpAddr> {
    hop.parse().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    use ProxyHeader::{Forwarded, XForwardedFor};

    fn read(header: ProxyHeader, values: &[(&'static str, &str)]) -> Vec<Option<IpAddr>> {
        let values = values.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
        hops(&values.collect(), header)
    }

    #[test]
    fn either_header_is_read_in_its_order() {
        let (first, second): (IpAddr, IpAddr) = ([192, 0, 2, 60].into(), "2001:db8::17".parse().unwrap());
        assert_eq!(read(XForwardedFor, &[("x-forwarded-for", "192.0.2.60, 2001:db8::17")]), [Some(first), Some(second)]);
        assert_eq!(
            read(XForwardedFor, &[("x-forwarded-for", "192.0.2.60:4711, [2001:db8::17]:80")]),
            [Some(first), Some(second)]
        );
        let stanzas = "for=192.0.2.60;proto=https, for=\"[2001:db8::17]:4711\"";
        assert_eq!(read(Forwarded, &[("forwarded", stanzas)]), [Some(first), Some(second)]);
        assert_eq!(read(XForwardedFor, &[("x-forwarded-for", "nonsense, 192.0.2.60")]), [None, Some(first)]);
        assert_eq!(read(Forwarded, &[("forwarded", "for=_hidden")]), [None]);
        assert_eq!(read(Forwarded, &[("forwarded", "for=\"unterminated")]), [None]);
    }

    #[test]
    fn a_header_that_the_proxy_does_not_set_is_not_believed() {
        let both = [("x-forwarded-for", "192.0.2.1"), ("forwarded", "for=192.0.2.2")];
        assert_eq!(read(XForwardedFor, &both), [Some([192, 0, 2, 1].into())]);
        assert_eq!(read(Forwarded, &both), [Some([192, 0, 2, 2].into())]);
        assert_eq!(read(Forwarded, &both[..1]), []);
        assert_eq!(read(XForwardedFor, &both[1..]), [None]);
    }
}
