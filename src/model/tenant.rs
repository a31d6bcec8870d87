//! The tenant: an organization and one of its two sets of data. They travel together; nothing takes one of them alone.

use super::{id::OrganizationId, names::wire_names};

wire_names! {
    /// Two sets of data that never see each other.
    Environment {
        Live = "live",
        Test = "test",
    }
}

/// What every record below an organization belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Tenant {
    pub organization: OrganizationId,
    pub environment: Environment,
}
