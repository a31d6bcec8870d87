//! Secrets as values: what prints as `…`, what is stored instead of it, and the shape of one-time and bearer credentials.

use std::fmt;

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::id;

/// Text that must not be seen: no `Display`, no `Serialize`, no `==` whose time would tell where two differ; wiped when dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The one way to the text. Whoever calls it answers for where it goes.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl<'de> serde::Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// SHA-256 of a secret of 256 random bits: what is stored in its place. Compared in constant time.
#[derive(Clone, Copy)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    pub fn of(secret: &str) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest::digest(&digest::SHA256, secret.as_bytes()).as_ref());
        Self(bytes)
    }
}

impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Digest {}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// `prefix_`, 26 characters of a UUIDv7 (the row key), 43 characters of 256 random bits.
pub fn compose(prefix: &str, key: Uuid, random: &[u8; 32]) -> Secret {
    Secret::new(format!("{prefix}_{}{}", id::encode(key), URL_SAFE_NO_PAD.encode(random)))
}

/// A credential of one kind as somebody presented it: its row key and the digest of all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presented {
    pub key: Uuid,
    pub digest: Digest,
}

impl Presented {
    /// None unless the text has exactly the shape of this kind; says nothing about whether it exists.
    pub fn parse(prefix: &str, text: &str) -> Option<Self> {
        let rest = text.strip_prefix(prefix)?.strip_prefix('_')?;
        let (key, random) = rest.split_at_checked(26)?;
        let random = URL_SAFE_NO_PAD.decode(random).ok()?;
        let key = id::decode(key)?;
        (random.len() == 32).then(|| Self { key, digest: Digest::of(text) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_read_back_only_in_its_exact_form() {
        let key = Uuid::from_u128(0x0189_0a5d_ac96_774b_bcce_b302_099a_8057);
        let text = compose("ac", key, &[7; 32]);
        let presented = Presented::parse("ac", text.reveal()).unwrap();
        assert_eq!((presented.key, presented.digest), (key, Digest::of(text.reveal())));

        let text = text.reveal();
        for wrong in [
            text.to_uppercase(),
            format!("{text}A"),
            format!(" {text}"),
            format!("{text} "),
            text[..text.len() - 1].to_owned(),
            text.replacen("ac_", "rt_", 1),
            format!("{}9", &text[..text.len() - 1]), // non-zero trailing bits
        ] {
            assert_eq!(Presented::parse("ac", &wrong), None, "{wrong}");
        }
    }

    #[test]
    fn nothing_prints_a_secret() {
        assert_eq!(format!("{:?} {:?}", Secret::new("hunter2"), Digest::of("hunter2")), "… …");
    }
}
