//! Public keys as data. RFC 7517, RFC 8037.

use serde::{Deserialize, Serialize};

use super::names::Algorithm;

/// A set of public keys, as registered by a client or published by us. Only public members exist in this type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JwkSet {
    pub keys: Vec<Jwk>,
}

/// One public key. Members that are not here are dropped when it is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alg: Option<String>,
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    pub key_use: Option<String>,
    #[serde(flatten)]
    pub material: Material,
}

/// The key itself, base64url without padding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kty")]
pub enum Material {
    #[serde(rename = "RSA")]
    Rsa { n: String, e: String },
    #[serde(rename = "EC")]
    Ec { crv: String, x: String, y: String },
    #[serde(rename = "OKP")]
    Okp { crv: String, x: String },
}

impl Jwk {
    /// Can this key verify signatures of this algorithm? RFC 7517 §4.2 and §4.4 narrow what the material allows.
    pub fn fits(&self, algorithm: Algorithm) -> bool {
        let material_fits = match (&self.material, algorithm) {
            (Material::Rsa { .. }, Algorithm::RS256 | Algorithm::PS256) => true,
            (Material::Ec { crv, .. }, Algorithm::ES256) => crv == "P-256",
            (Material::Okp { crv, .. }, Algorithm::EdDSA) => crv == "Ed25519",
            _ => false,
        };
        material_fits
            && self.alg.as_deref().is_none_or(|alg| alg == algorithm.as_str())
            && self.key_use.as_deref().is_none_or(|key_use| key_use == "sig")
    }
}
