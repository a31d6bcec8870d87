//! Keys in hand: made, parsed and turned into public JWKs. RFC 7517, RFC 7518 §6, RFC 7638, RFC 8037.

use aws_lc_rs::{
    digest,
    signature::{self, KeyPair as _, ParsedPublicKey, VerificationAlgorithm},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use curve25519_dalek::edwards::CompressedEdwardsY;
use jsonwebtoken::DecodingKey;
use rsa::{
    BoxedUint,
    pkcs1::EncodeRsaPublicKey,
    pkcs8::{DecodePrivateKey, EncodePrivateKey},
    rand_core::TryCryptoRng,
    traits::PublicKeyParts,
};
use zeroize::Zeroizing;

use crate::model::{
    fault::Fault,
    jwk::{Jwk, Material},
    names::Algorithm,
};

use super::provider::KeyPair;

/// Enough until 2030 (NIST SP 800-57), and a third of the cost of 3072 bits at every signature.
const RSA_BITS: usize = 2048;

/// A new private key as PKCS #8, and its public half. Slow for RSA: call it on a thread of its own.
pub fn generate(algorithm: Algorithm, random: &mut impl TryCryptoRng) -> Result<(Zeroizing<Vec<u8>>, Jwk), Fault> {
    let failed = |_| Fault::new("make a signing key");
    let private = match algorithm {
        Algorithm::RS256 | Algorithm::PS256 => {
            let key = rsa::PrivateKey::new(random, RSA_BITS).map_err(|error| Fault::while_doing("make an RSA key", error))?;
            let der = key.to_pkcs8_der().map_err(|error| Fault::while_doing("encode an RSA key", error))?;
            Zeroizing::new(der.as_bytes().to_vec())
        }
        Algorithm::ES256 => {
            let pair = signature::EcdsaKeyPair::generate(&signature::ECDSA_P256_SHA256_FIXED_SIGNING).map_err(failed)?;
            Zeroizing::new(pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec())
        }
        Algorithm::EdDSA => {
            let pair = signature::Ed25519KeyPair::generate().map_err(failed)?;
            Zeroizing::new(pair.to_pkcs8().map_err(failed)?.as_ref().to_vec())
        }
        Algorithm::HS256 => return Err(Fault::new("a shared secret is not a signing key")),
    };
    let public = public_of(algorithm, &private)?;
    Ok((private, public))
}

fn public_of(algorithm: Algorithm, pkcs8: &[u8]) -> Result<Jwk, Fault> {
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let material = match parse(algorithm, pkcs8)? {
        KeyPair::Rsa(_) => {
            let key = rsa::PrivateKey::from_pkcs8_der(pkcs8).map_err(|error| Fault::while_doing("read an RSA key", error))?;
            let trimmed = |bytes: &[u8]| {
                encode(bytes.iter().position(|byte| *byte != 0).map_or(&[][..], |at| bytes.get(at..).unwrap_or_default()))
            };
            Material::Rsa { n: trimmed(&key.n_bytes()), e: trimmed(&key.e_bytes()) }
        }
        KeyPair::Ec(pair) => {
            // An uncompressed point: 4, then x and y.
            let point = pair.public_key().as_ref();
            let (x, y) =
                point.get(1..).unwrap_or_default().split_at_checked(32).ok_or_else(|| Fault::new("an EC key of another size"))?;
            Material::Ec { crv: "P-256".to_owned(), x: encode(x), y: encode(y) }
        }
        KeyPair::Ed(pair) => Material::Okp { crv: "Ed25519".to_owned(), x: encode(pair.public_key().as_ref()) },
    };
    let kid = thumbprint(&material);
    Ok(Jwk { kid: Some(kid), alg: Some(algorithm.to_string()), key_use: Some("sig".to_owned()), material })
}

/// A private key ready to sign.
pub fn parse(algorithm: Algorithm, pkcs8: &[u8]) -> Result<KeyPair, Fault> {
    let unreadable = |_| Fault::new("read a signing key");
    match algorithm {
        Algorithm::RS256 | Algorithm::PS256 => signature::RsaKeyPair::from_pkcs8(pkcs8).map(KeyPair::Rsa).map_err(unreadable),
        Algorithm::ES256 => signature::EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)
            .map(KeyPair::Ec)
            .map_err(unreadable),
        Algorithm::EdDSA => signature::Ed25519KeyPair::from_pkcs8(pkcs8).map(KeyPair::Ed).map_err(unreadable),
        Algorithm::HS256 => Err(Fault::new("a shared secret is not a signing key")),
    }
}

/// RFC 7638: SHA-256 over the required members in their order.
pub fn thumbprint(material: &Material) -> String {
    let canonical = match material {
        Material::Rsa { n, e } => format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#),
        Material::Ec { crv, x, y } => format!(r#"{{"crv":"{crv}","kty":"EC","x":"{x}","y":"{y}"}}"#),
        Material::Okp { crv, x } => format!(r#"{{"crv":"{crv}","kty":"OKP","x":"{x}"}}"#),
    };
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, canonical.as_bytes()))
}

/// A key that verifies signatures of exactly one algorithm.
pub struct VerifyingKey {
    algorithm: Algorithm,
    kid: Option<String>,
    key: Kind,
}

enum Kind {
    Public(ParsedPublicKey),
    Shared(DecodingKey),
}

impl std::fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?}", self.algorithm, self.kid)
    }
}

impl VerifyingKey {
    /// HS256 with a client's secret. OIDC Core §9, `client_secret_jwt`.
    pub fn from_secret(secret: &[u8]) -> Self {
        super::provider::install();
        Self { algorithm: Algorithm::HS256, kid: None, key: Kind::Shared(DecodingKey::from_secret(secret)) }
    }

    /// A public key for one of the algorithms that its material fits. The reason why not is for whoever registers it.
    pub fn from_jwk(jwk: &Jwk, algorithm: Algorithm) -> Result<Self, &'static str> {
        if !jwk.fits(algorithm) {
            return Err("does not fit the algorithm");
        }
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| "must be base64url without padding");
        let (bytes, verification): (Vec<u8>, &'static dyn VerificationAlgorithm) = match (&jwk.material, algorithm) {
            (Material::Rsa { n, e }, Algorithm::RS256) => {
                (rsa_der(&decode(n)?, &decode(e)?)?, &signature::RSA_PKCS1_2048_8192_SHA256)
            }
            (Material::Rsa { n, e }, Algorithm::PS256) => {
                (rsa_der(&decode(n)?, &decode(e)?)?, &signature::RSA_PSS_2048_8192_SHA256)
            }
            (Material::Ec { x, y, .. }, Algorithm::ES256) => {
                let (x, y) = (decode(x)?, decode(y)?);
                if (x.len(), y.len()) != (32, 32) {
                    return Err("must have coordinates of 32 bytes");
                }
                ([&[4][..], &x, &y].concat(), &signature::ECDSA_P256_SHA256_FIXED)
            }
            (Material::Okp { x, .. }, Algorithm::EdDSA) => (ed25519_point(decode(x)?)?, &signature::ED25519),
            _ => return Err("does not fit the algorithm"),
        };
        // Refuses sizes outside of 2048 to 8192 bits, and points that are not on the P-256 curve.
        let key = ParsedPublicKey::new(verification, bytes).map_err(|_| "is not a valid public key")?;
        Ok(Self { algorithm, kid: jwk.kid.clone(), key: Kind::Public(key) })
    }

    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    pub fn is_signature(&self, message: &[u8], signature: &str) -> bool {
        match &self.key {
            Kind::Public(key) => {
                URL_SAFE_NO_PAD.decode(signature).is_ok_and(|signature| key.verify_sig(message, &signature).is_ok())
            }
            Kind::Shared(key) => {
                jsonwebtoken::crypto::verify(signature, message, key, jsonwebtoken::Algorithm::HS256).unwrap_or(false)
            }
        }
    }
}

/// PKCS #1 of a public key; `rsa` refuses even and tiny exponents.
fn rsa_der(n: &[u8], e: &[u8]) -> Result<Vec<u8>, &'static str> {
    let number = |bytes: &[u8]| BoxedUint::from_be_slice_vartime(bytes);
    if !(256..=1024).contains(&n.len()) || n.first() == Some(&0) || e.first() == Some(&0) {
        return Err("must have 2048 to 8192 bits and no leading zeros");
    }
    let key = rsa::PublicKey::new_with_size_limits(number(n), number(e), 2048..=8192).map_err(|_| "is not a valid RSA key")?;
    key.to_pkcs1_der().map(|der| der.as_bytes().to_vec()).map_err(|_| "is not a valid RSA key")
}

/// A point of the curve in its one encoding, and not one of the eight of small order, for which signatures can be made without a key.
/// RFC 8032 §5.1.3 and §5.1.7.
fn ed25519_point(bytes: Vec<u8>) -> Result<Vec<u8>, &'static str> {
    let encoded = CompressedEdwardsY::from_slice(&bytes).map_err(|_| "must have 32 bytes")?;
    let point = encoded.decompress().ok_or("is not a point of the curve")?;
    if point.is_small_order() || point.compress() != encoded { Err("is not a safe Ed25519 key") } else { Ok(bytes) }
}
