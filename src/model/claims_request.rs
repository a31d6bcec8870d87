//! The `claims` parameter: which single claims were asked for, and where they shall appear. OIDC Core §5.5.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::scope::Scope;

/// Claims asked for one by one. Members of the parameter that are not here are ignored, as the specification asks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimsRequest {
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "BTreeMap::is_empty")]
    pub userinfo: BTreeMap<String, Option<ClaimRequest>>,
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "BTreeMap::is_empty")]
    pub id_token: BTreeMap<String, Option<ClaimRequest>>,
}

/// `null` asks for nothing.
fn or_none<'de, D: Deserializer<'de>>(part: D) -> Result<BTreeMap<String, Option<ClaimRequest>>, D::Error> {
    Ok(Option::deserialize(part)?.unwrap_or_default())
}

/// How one claim was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimRequest {
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub essential: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<Value>>,
}

impl ClaimRequest {
    /// Every value that would do; none: any.
    pub fn acceptable(&self) -> impl Iterator<Item = &Value> {
        self.value.iter().chain(self.values.iter().flatten())
    }
}

impl ClaimsRequest {
    /// Without the claims that belong to scopes which are not among these.
    #[must_use]
    pub fn within(mut self, allowed: &Scope) -> Self {
        let is_allowed = |claim: &str| {
            Scope::STANDARD_CLAIMS.iter().all(|(scope, claims)| !claims.contains(&claim) || allowed.contains(scope))
        };
        self.userinfo.retain(|claim, _| is_allowed(claim));
        self.id_token.retain(|claim, _| is_allowed(claim));
        self
    }

    pub fn is_empty(&self) -> bool {
        self.userinfo.is_empty() && self.id_token.is_empty()
    }
}
