//! The process-wide provider of `jsonwebtoken`: signs with key pairs that were parsed once. An `EncodingKey` of ours holds a kid, not a key.
//! The library takes plain function pointers, so the map of keys is a global: the one in this program.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature;
use jsonwebtoken::{
    Algorithm as JwtAlgorithm, DecodingKey, EncodingKey,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, aws_lc},
    errors::Result,
    signature::{Error as SignatureError, Signer},
};

/// A parsed private key.
pub enum KeyPair {
    Rsa(signature::RsaKeyPair),
    Ec(signature::EcdsaKeyPair),
    Ed(signature::Ed25519KeyPair),
}

type Keys = RwLock<HashMap<Vec<u8>, Arc<KeyPair>>>;

fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| {
        static PROVIDER: OnceLock<CryptoProvider> = OnceLock::new();
        let provider = PROVIDER.get_or_init(|| CryptoProvider {
            signer_factory: signer,
            verifier_factory: verifier,
            key_utils: aws_lc::DEFAULT_PROVIDER.key_utils.clone(),
        });
        // Fails only where one is installed already, which then is this one.
        let _ = provider.install_default();
        Keys::default()
    })
}

/// Keeps a key pair under its kid; kids are unique across the servers of one process.
pub fn keep(kid: &str, pair: KeyPair) {
    keys().write().unwrap_or_else(PoisonError::into_inner).insert(kid.as_bytes().to_vec(), Arc::new(pair));
}

/// Drops a key pair; nothing can be signed with it any more.
pub fn forget(kid: &str) {
    keys().write().unwrap_or_else(PoisonError::into_inner).remove(kid.as_bytes());
}

/// Is the provider in place? Called before the library is used without a key of ours.
pub fn install() {
    keys();
}

fn signer(algorithm: &JwtAlgorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    let pair = keys().read().unwrap_or_else(PoisonError::into_inner).get(key.as_bytes()).cloned();
    match pair {
        Some(pair) => Ok(Box::new(Cached { algorithm: *algorithm, pair })),
        None => (aws_lc::DEFAULT_PROVIDER.signer_factory)(algorithm, key),
    }
}

fn verifier(algorithm: &JwtAlgorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    (aws_lc::DEFAULT_PROVIDER.verifier_factory)(algorithm, key)
}

struct Cached {
    algorithm: JwtAlgorithm,
    pair: Arc<KeyPair>,
}

impl JwtSigner for Cached {
    fn algorithm(&self) -> JwtAlgorithm {
        self.algorithm
    }
}

impl Signer<Vec<u8>> for Cached {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, SignatureError> {
        let random = SystemRandom::new();
        match (&*self.pair, self.algorithm) {
            (KeyPair::Rsa(pair), JwtAlgorithm::RS256 | JwtAlgorithm::PS256) => {
                let padding: &dyn signature::RsaEncoding =
                    if self.algorithm == JwtAlgorithm::PS256 { &signature::RSA_PSS_SHA256 } else { &signature::RSA_PKCS1_SHA256 };
                let mut signed = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &random, message, &mut signed).map_err(|_| SignatureError::new())?;
                Ok(signed)
            }
            (KeyPair::Ec(pair), JwtAlgorithm::ES256) => {
                pair.sign(&random, message).map(|signed| signed.as_ref().to_vec()).map_err(|_| SignatureError::new())
            }
            (KeyPair::Ed(pair), JwtAlgorithm::EdDSA) => Ok(pair.sign(message).as_ref().to_vec()),
            _ => Err(SignatureError::new()),
        }
    }
}
