//! One request: who asks, and the one instant at which it is judged.

use std::net::IpAddr;

use time::OffsetDateTime;

/// What every operation is told about the request that it serves.
#[derive(Debug, Clone)]
pub struct Call {
    pub now: OffsetDateTime,
    /// `req_` and 26 characters; also in the answer's `X-Request-Id`.
    pub request_id: String,
    /// The address that asks, behind trusted proxies the one they vouch for.
    pub peer: IpAddr,
}

impl Call {
    /// The network that limits are counted for: an IPv4 address, or an IPv6 /64, since a host has a whole one to itself.
    pub fn peer_network(&self) -> IpAddr {
        match self.peer.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => IpAddr::V6((u128::from(address) & !u128::from(u64::MAX)).into()),
        }
    }
}
