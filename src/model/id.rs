//! Typed, prefixed identifiers in the TypeID form: kind, `_`, 26 base32 characters of a UUID.

use std::borrow::Cow;

use uuid::Uuid;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// 26 lower-case characters (Crockford's base32) for the 128 bits of a UUID.
pub fn encode(uuid: Uuid) -> String {
    let bits = uuid.as_u128();
    (0..26).rev().map(|place| digit(bits, place)).collect()
}

fn digit(bits: u128, place: u32) -> char {
    let index = (bits >> (5 * place)) & 31;
    ALPHABET.get(index as usize).copied().map_or('0', char::from)
}

/// The inverse of [`encode`]; upper case, other lengths and values past 128 bits are not accepted.
pub fn decode(text: &str) -> Option<Uuid> {
    let text = text.as_bytes();
    if text.len() != 26 || text.first().is_some_and(|first| *first > b'7') {
        return None;
    }
    text.iter()
        .try_fold(0_u128, |bits, character| {
            let value = ALPHABET.iter().position(|known| known == character)?;
            Some((bits << 5) | value as u128)
        })
        .map(Uuid::from_u128)
}

/// An identifier of this kind could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an identifier of the form {0}_ and 26 characters")]
pub struct InvalidId(pub &'static str);

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident $prefix:literal),+ $(,)?) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub Uuid);

        impl $name {
            pub const PREFIX: &'static str = $prefix;
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!($prefix, "_{}"), encode(self.0))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.strip_prefix(concat!($prefix, "_")).and_then(decode).map(Self).ok_or(InvalidId($prefix))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )+ };
}

ids! {
    /// An organization: UUIDv7.
    OrganizationId "org",
    /// A person, and the public `sub`: UUIDv4, so that it does not tell when someone signed up.
    UserId "usr",
    /// A browser's sign-in; also the `sid` claim. UUIDv7, the row key.
    SessionId "ses",
    /// An authorization under way. UUIDv7, the row key.
    InteractionId "int",
    /// What a user allowed a client. UUIDv7, the row key.
    GrantId "gra",
    /// An authorization code's row key: UUIDv7.
    CodeId "ac",
    /// A refresh token's row key: UUIDv7.
    RefreshTokenId "rt",
    /// An access token's row key or `jti`: UUIDv7.
    AccessTokenId "at",
    /// An API key: UUIDv7. Its credential has a look-up id of its own.
    ApiKeyId "key",
    /// A role that an organization made: UUIDv7.
    RoleId "role",
    /// One secret of a client: UUIDv7.
    ClientSecretId "cs",
}

/// A client's identifier: `client_…` when made here, or what an import brought along.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct ClientId(pub String);

impl ClientId {
    /// Prefixes of other kinds that an imported identifier may not begin with.
    const RESERVED: &'static [&'static str] = &[
        "org_", "usr_", "client_", "key_", "role_", "idp_", "evt_", "whk_", "ses_", "int_", "gra_", "ac_", "rt_", "at_", "dc_",
        "cs_", "rat_", "ak_live_", "ak_test_", "scim_",
    ];

    pub fn of(uuid: Uuid) -> Self {
        Self(format!("client_{}", encode(uuid)))
    }

    /// An identifier that an operator brings from elsewhere: 1 to 128 printable ASCII characters without `:`.
    pub fn import(text: &str) -> Result<Self, &'static str> {
        if !Self(text.to_owned()).can_exist() {
            return Err("must be 1 to 128 printable ASCII characters without blanks or colons");
        }
        if Self::RESERVED.iter().any(|reserved| text.starts_with(reserved)) {
            return Err("must not begin with a prefix that this server gives to its own identifiers");
        }
        Ok(Self(text.to_owned()))
    }

    /// Has it the form of every identifier that was made or imported? Any other text is not worth a query.
    pub fn can_exist(&self) -> bool {
        (1..=128).contains(&self.0.len()) && self.0.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':')
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ClientId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Escaped: it may be what a stranger sent, and it stands in logs.
impl std::fmt::Debug for ClientId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_the_typeid_specification_hold() {
        for (uuid, text) in [
            ("00000000-0000-0000-0000-000000000000", "00000000000000000000000000"),
            ("00000000-0000-0000-0000-00000000000a", "0000000000000000000000000a"),
            ("ffffffff-ffff-ffff-ffff-ffffffffffff", "7zzzzzzzzzzzzzzzzzzzzzzzzz"),
            ("01890a5d-ac96-774b-bcce-b302099a8057", "01h455vb4pex5vsknk084sn02q"),
        ] {
            let uuid: Uuid = uuid.parse().unwrap();
            assert_eq!(encode(uuid), text);
            assert_eq!(decode(text), Some(uuid));
        }
    }

    #[test]
    fn anything_but_the_exact_form_is_refused() {
        for text in [
            "",
            "usr_",
            "usr_8zzzzzzzzzzzzzzzzzzzzzzzzz",
            "usr_01H455VB4PEX5VSKNK084SN02Q",
            "org_01h455vb4pex5vsknk084sn02q",
            "usr_01h455vb4pex5vsknk084sn02q ",
            "usr_01h455vb4pex5vsknk084sn02",
            "usr_01h455vb4pex5vsknk084sn0iu",
        ] {
            assert_eq!(text.parse::<UserId>(), Err(InvalidId("usr")), "{text:?}");
        }
    }

    #[test]
    fn an_import_cannot_pose_as_one_of_our_own() {
        assert!(ClientId::import("conf-1").is_ok());
        for text in ["client_x", "key_01", "cs_01", "ak_live_x", "", "a b", "a:b", "ü", "a\0b", &"x".repeat(129)] {
            assert!(ClientId::import(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn ad_08_an_identifier_in_a_log_stays_on_its_line() {
        let forged = ClientId("x\n2026-11-24 INFO forged\r\u{1b}[2J\u{7}\u{202e}".to_owned());
        assert_eq!(format!("{forged:?}"), r#""x\n2026-11-24 INFO forged\r\u{1b}[2J\u{7}\u{202e}""#);
    }
}
