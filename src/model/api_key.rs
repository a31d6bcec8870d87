//! API keys: long-lived credentials of programs, with permissions of their own. Not more than their owner may do at any moment.

use std::net::IpAddr;

use crc::{CRC_32_ISO_HDLC, Crc};
use ipnet::IpNet;
use time::OffsetDateTime;

use super::{
    id::{ApiKeyId, UserId},
    names::wire_names,
    scope::Scope,
    secret::Secret,
    tenant::{Environment, Tenant},
};

wire_names! {
    /// What a key opens.
    ApiKeyType {
        Api = "api",
        /// Provisioning by SCIM, and nothing else. It has no permissions.
        Scim = "scim",
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub tenant: Tenant,
    pub kind: ApiKeyType,
    pub name: String,
    pub permissions: Scope,
    /// From where it may be used; empty: from anywhere.
    pub allowed_ips: Vec<IpNet>,
    /// Whose rights bound it; none: the organization's.
    pub owner: Option<UserId>,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
    pub expires_at: OffsetDateTime,
    pub revoked_at: Option<OffsetDateTime>,
}

impl ApiKey {
    pub fn is_live(&self, now: OffsetDateTime) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }

    /// IPv4 addresses in their IPv6 form are IPv4 addresses.
    pub fn may_come_from(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.allowed_ips.is_empty() || self.allowed_ips.iter().any(|network| network.contains(&peer))
    }
}

/// One secret of a key: its only one, or the new or the old one while a rotation overlaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeySecret {
    /// The public part of the credential, by which it is found.
    pub lookup: String,
    pub key_id: ApiKeyId,
    /// Of the whole credential, under a data key.
    pub mac: Vec<u8>,
    pub created_at: OffsetDateTime,
    /// When the overlap ends; none: with the key.
    pub expires_at: Option<OffsetDateTime>,
}

impl ApiKeySecret {
    pub fn is_live(&self, now: OffsetDateTime) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

/// A key with everything that its use needs; what caches hold.
#[derive(Debug, Clone)]
pub struct KnownApiKey {
    pub key: ApiKey,
    pub secrets: Vec<ApiKeySecret>,
    /// What its owner may do at this moment; none: they are gone or disabled, and the key with them.
    pub owner_rights: Option<Scope>,
}

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const LOOKUP: usize = 12;
/// 43 characters of 62 are 256 bits.
const SECRET: usize = 43;
const CHECKSUM: usize = 6;
const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// A credential as it is shown once: `ak_live_`, look-up id, `_`, secret, checksum.
pub struct Credential {
    pub lookup: String,
    pub secret: Secret,
}

/// How the credentials of a kind of key begin.
pub fn prefix(kind: ApiKeyType, environment: Environment) -> &'static str {
    match (kind, environment) {
        (ApiKeyType::Api, Environment::Live) => "ak_live_",
        (ApiKeyType::Api, Environment::Test) => "ak_test_",
        (ApiKeyType::Scim, _) => "scim_",
    }
}

/// Does this text say of itself that it is an API key?
pub fn looks_like_one(text: &str) -> bool {
    ["ak_live_", "ak_test_", "scim_"].iter().any(|prefix| text.starts_with(prefix))
}

/// A new credential of these random bytes; none where they are too few: about one in thirty-two of them is not used.
pub fn compose(kind: ApiKeyType, environment: Environment, random: &[u8]) -> Option<Credential> {
    // Each character as likely as any other.
    let drawn = random.iter().filter(|byte| **byte < 248).filter_map(|byte| ALPHABET.get(usize::from(*byte % 62)));
    let drawn: String = drawn.map(|byte| char::from(*byte)).take(LOOKUP + SECRET).collect();
    let (lookup, secret) = drawn.split_at_checked(LOOKUP).filter(|(_, secret)| secret.len() == SECRET)?;
    let body = format!("{}{lookup}_{secret}", prefix(kind, environment));
    Some(Credential { lookup: lookup.to_owned(), secret: Secret::new(format!("{body}{}", checksum(&body))) })
}

/// The look-up id of what is a credential by form and checksum; anything else is not worth a query.
pub fn lookup(text: &str) -> Option<&str> {
    let rest = ["ak_live_", "ak_test_", "scim_"].iter().find_map(|prefix| text.strip_prefix(prefix))?;
    let (lookup, secret) = rest.split_once('_')?;
    let is_word = |word: &str, length: usize| word.len() == length && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_word(lookup, LOOKUP) || !is_word(secret, SECRET + CHECKSUM) {
        return None;
    }
    let (body, sum) = text.split_at_checked(text.len() - CHECKSUM)?;
    (checksum(body) == sum).then_some(lookup)
}

/// CRC-32/ISO-HDLC in six characters, so that a mistyped key, and one found in a file, is recognised by itself.
fn checksum(body: &str) -> String {
    let mut rest = CRC.checksum(body.as_bytes());
    let mut digits = [b'0'; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET.get((rest % 62) as usize).copied().unwrap_or(b'0');
        rest /= 62;
    }
    digits.into_iter().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::OrganizationId;

    fn made(seed: u8) -> Credential {
        let random: Vec<u8> = (0..=255).map(|byte: u8| byte.wrapping_mul(97).wrapping_add(seed)).collect();
        compose(ApiKeyType::Api, Environment::Live, &random).unwrap()
    }

    #[test]
    fn ak_01_a_credential_has_its_form_and_is_found_by_its_own_look_up_id() {
        let Credential { lookup: id, secret } = made(1);
        let text = secret.reveal();
        assert_eq!((text.len(), id.len()), (8 + 12 + 1 + 43 + 6, 12));
        assert_eq!(lookup(text), Some(id.as_str()));
        assert!(compose(ApiKeyType::Api, Environment::Live, &[1; 54]).is_none());
        assert!(compose(ApiKeyType::Api, Environment::Live, &[255; 200]).is_none());
        let scim = compose(ApiKeyType::Scim, Environment::Test, &[7; 80]).unwrap();
        assert!(scim.secret.reveal().starts_with("scim_") && lookup(scim.secret.reveal()).is_some());
    }

    #[test]
    fn the_checksum_is_that_of_the_standard() {
        // The check value of CRC-32/ISO-HDLC is 0xcbf43926, 3421780262: 3jZRFg in base 62.
        assert_eq!(CRC.checksum(b"123456789"), 0xcbf4_3926);
        let value = checksum("123456789")
            .bytes()
            .fold(0_u64, |value, byte| value * 62 + ALPHABET.iter().position(|known| *known == byte).unwrap() as u64);
        assert_eq!(value, 0xcbf4_3926);
        assert_eq!(checksum("").len(), 6);
    }

    #[test]
    fn ak_16_anything_but_the_exact_form_is_no_credential() {
        let text = made(2).secret.reveal().to_owned();
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'x' { b'y' } else { b'x' };
            assert_eq!(lookup(&String::from_utf8(bytes).unwrap()), None, "{at}");
        }
        for near in [
            text.replace("ak_live_", "ak_test_"),
            text.replace("ak_live_", "AK_LIVE_"),
            format!("{text} "),
            format!("{text}0"),
            text[..text.len() - 1].to_owned(),
            text.to_lowercase(),
            "ak_live_".to_owned(),
            "x".repeat(1 << 20),
            "ak_live_ÄÄÄÄÄÄ_".to_owned(),
        ] {
            assert_eq!(lookup(&near), None, "{:.80}", near);
        }
    }

    #[test]
    fn an_address_is_compared_by_what_it_is() {
        let mut key = ApiKey {
            id: ApiKeyId(uuid::Uuid::nil()),
            tenant: Tenant { organization: OrganizationId(uuid::Uuid::nil()), environment: Environment::Live },
            kind: ApiKeyType::Api,
            name: "x".to_owned(),
            permissions: Scope::default(),
            allowed_ips: vec![],
            owner: None,
            created_at: OffsetDateTime::UNIX_EPOCH,
            updated_at: OffsetDateTime::UNIX_EPOCH,
            expires_at: OffsetDateTime::UNIX_EPOCH,
            revoked_at: None,
        };
        let from = |key: &ApiKey, peer: &str| key.may_come_from(peer.parse().unwrap());
        assert!(from(&key, "192.0.2.1") && from(&key, "2001:db8::1"));
        key.allowed_ips = vec!["192.0.2.0/24".parse().unwrap(), "2001:db8::/32".parse().unwrap()];
        for peer in ["192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1"] {
            assert!(from(&key, peer), "{peer}");
        }
        for peer in ["192.0.3.1", "::ffff:192.0.3.1", "2001:db9::1", "::1"] {
            assert!(!from(&key, peer), "{peer}");
        }
        assert!(!key.is_live(OffsetDateTime::UNIX_EPOCH));
    }
}
