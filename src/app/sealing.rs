//! Encryption at rest. The master key seals versioned random data keys; everything else is sealed under those, so that the master key
//! can be replaced. AES-256-GCM, a key for each purpose by HKDF. A data key that does not open means a wrong master key.

use std::fmt;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey},
    hkdf, hmac,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use crate::model::{fault::Fault, secret::Secret};

/// The key that an operator keeps: 32 bytes.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

impl MasterKey {
    /// 43 characters of base64url are taken as the 32 bytes they stand for; any other text of at least 32 characters is stretched to a key.
    pub fn parse(text: &Secret) -> Result<Self, Fault> {
        let text = text.reveal().trim();
        if let Ok(Ok(bytes)) = URL_SAFE_NO_PAD.decode(text).map(<[u8; 32]>::try_from) {
            return Ok(Self(Zeroizing::new(bytes)));
        }
        if text.len() < 32 {
            return Err(Fault::new("`master_key` must have at least 32 characters"));
        }
        Ok(Self(derive(text.as_bytes(), "keyward master key")?))
    }

    pub fn of(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub fn print(&self) -> Secret {
        Secret::new(URL_SAFE_NO_PAD.encode(self.0.as_slice()))
    }

    /// Seals a new data key for the table.
    pub fn seal_data_key(&self, key: &[u8; 32]) -> Result<Vec<u8>, Fault> {
        seal_with(&self.0, "data key", key)
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Seals and opens under the newest data key; opens under all.
pub struct Sealing {
    /// By version, oldest first; never empty.
    keys: Vec<(u8, Zeroizing<[u8; 32]>)>,
    /// For the same versions, ready: they are used at every request with an API key.
    mac_keys: Vec<hmac::Key>,
}

impl fmt::Debug for Sealing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealing")
    }
}

impl Sealing {
    /// From the rows of the table. A wrong master key is a fault that says so.
    pub fn open_keys<'a>(master: &MasterKey, rows: impl Iterator<Item = (i32, &'a [u8])>) -> Result<Self, Fault> {
        let mut keys = Vec::new();
        for (version, sealed) in rows {
            let version = u8::try_from(version).map_err(|error| Fault::while_doing("read a data key's version", error))?;
            let opened = open_with(&master.0, "data key", sealed)
                .map_err(|fault| Fault::while_doing("`master_key` is not the one that this database was made with", fault))?;
            let key = <[u8; 32]>::try_from(opened.as_slice()).map_err(|_| Fault::new("a data key has another length"))?;
            keys.push((version, Zeroizing::new(key)));
        }
        let mac_key = |(_, key): &(u8, Zeroizing<[u8; 32]>)| {
            Ok(hmac::Key::new(hmac::HMAC_SHA256, derive(key.as_slice(), "mac")?.as_slice()))
        };
        let mac_keys = keys.iter().map(mac_key).collect::<Result<Vec<_>, Fault>>()?;
        if keys.is_empty() { Err(Fault::new("the database has no data key")) } else { Ok(Self { keys, mac_keys }) }
    }

    fn newest(&self) -> Result<(u8, &[u8; 32]), Fault> {
        self.keys.last().map(|(version, key)| (*version, &**key)).ok_or_else(|| Fault::new("there is no data key"))
    }

    pub fn seal(&self, purpose: &str, plain: &[u8]) -> Result<Vec<u8>, Fault> {
        let (version, key) = self.newest()?;
        let mut sealed = vec![version];
        sealed.extend(seal_with(key, purpose, plain)?);
        Ok(sealed)
    }

    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let (version, rest) = sealed.split_first().ok_or_else(|| Fault::new("a sealed value is empty"))?;
        let key =
            self.keys.iter().find(|(own, _)| own == version).ok_or_else(|| Fault::new("a sealed value names no data key"))?;
        open_with(&key.1, purpose, rest)
    }
}

/// What recognises a generated secret without holding it: HMAC-SHA-256 under a data key, after that key's version.
impl Sealing {
    pub fn mac(&self, purpose: &str, secret: &[u8]) -> Result<Vec<u8>, Fault> {
        let (version, _) = self.newest()?;
        let key = self.mac_keys.last().ok_or_else(|| Fault::new("there is no data key"))?;
        let tag = hmac::sign(key, &message(purpose, secret));
        Ok([&[version], tag.as_ref()].concat())
    }

    /// In constant time.
    pub fn has_mac(&self, purpose: &str, secret: &[u8], mac: &[u8]) -> bool {
        let Some((version, tag)) = mac.split_first() else { return false };
        let key = self.keys.iter().zip(&self.mac_keys).find(|((own, _), _)| own == version);
        key.is_some_and(|(_, key)| hmac::verify(key, &message(purpose, secret), tag).is_ok())
    }
}

fn message(purpose: &str, secret: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new([purpose.as_bytes(), &[0], secret].concat())
}

struct Length;

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        32
    }
}

fn derive(key: &[u8], purpose: &str) -> Result<Zeroizing<[u8; 32]>, Fault> {
    let mut derived = Zeroizing::new([0; 32]);
    let info = [purpose.as_bytes()];
    hkdf::Salt::new(hkdf::HKDF_SHA256, b"keyward")
        .extract(key)
        .expand(&info, Length)
        .and_then(|output| output.fill(derived.as_mut_slice()))
        .map_err(|_| Fault::new("derive a key"))?;
    Ok(derived)
}

fn cipher(key: &[u8; 32], purpose: &str) -> Result<RandomizedNonceKey, Fault> {
    RandomizedNonceKey::new(&AES_256_GCM, derive(key, purpose)?.as_slice()).map_err(|_| Fault::new("set up a cipher"))
}

/// Nonce, then ciphertext and tag.
fn seal_with(key: &[u8; 32], purpose: &str, plain: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut text = plain.to_vec();
    let nonce =
        cipher(key, purpose)?.seal_in_place_append_tag(Aad::from(purpose), &mut text).map_err(|_| Fault::new("seal a value"))?;
    Ok([nonce.as_ref().as_slice(), &text].concat())
}

fn open_with(key: &[u8; 32], purpose: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let broken = || Fault::new("a sealed value does not open");
    let (nonce, text) = sealed.split_at_checked(12).ok_or_else(broken)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| broken())?;
    let mut text = Zeroizing::new(text.to_vec());
    let length = cipher(key, purpose)?.open_in_place(nonce, Aad::from(purpose), &mut text).map_err(|_| broken())?.len();
    text.truncate(length);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealing(master: &MasterKey) -> Sealing {
        let row = master.seal_data_key(&[7; 32]).unwrap();
        Sealing::open_keys(master, [(1, row.as_slice())].into_iter()).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_for_its_purpose_only() {
        let sealing = sealing(&MasterKey::of([1; 32]));
        let sealed = sealing.seal("a", b"secret").unwrap();
        assert_eq!(sealing.open("a", &sealed).unwrap().as_slice(), b"secret");
        assert_ne!(sealing.seal("a", b"secret").unwrap(), sealed);
        let mut bent = sealed.clone();
        *bent.last_mut().unwrap() ^= 1;
        for (purpose, value) in [("b", &sealed), ("a", &bent), ("a", &vec![]), ("a", &vec![9; 40])] {
            assert!(sealing.open(purpose, value).is_err());
        }
    }

    #[test]
    fn a_secret_is_recognised_for_its_purpose_only() {
        let sealing = sealing(&MasterKey::of([1; 32]));
        let mac = sealing.mac("a", b"secret").unwrap();
        assert_eq!((mac.len(), mac.first()), (33, Some(&1)));
        assert!(sealing.has_mac("a", b"secret", &mac));
        let mut bent = mac.clone();
        *bent.last_mut().unwrap() ^= 1;
        let other_version = [&[2], &mac[1..]].concat();
        for (purpose, secret, mac) in [
            ("b", &b"secret"[..], &mac),
            ("a", b"secres", &mac),
            ("a", b"secret", &bent),
            ("a", b"secret", &other_version),
            ("a", b"secret", &vec![]),
            ("a", b"secret", &vec![1]),
        ] {
            assert!(!sealing.has_mac(purpose, secret, mac));
        }
    }

    #[test]
    fn a_wrong_master_key_is_noticed() {
        let row = MasterKey::of([1; 32]).seal_data_key(&[7; 32]).unwrap();
        assert!(Sealing::open_keys(&MasterKey::of([2; 32]), [(1, row.as_slice())].into_iter()).is_err());
        assert!(MasterKey::parse(&Secret::new("short")).is_err());
        assert!(MasterKey::parse(&MasterKey::of([3; 32]).print()).is_ok());
    }
}
