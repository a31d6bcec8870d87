//! Closed lists: every value of a protocol parameter that this server knows, under the name the wire uses.

/// Declares an enum whose variants each have one wire name, with parsing, printing and serde by that name.
macro_rules! wire_names {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $wire:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            /// Every variant, in the order metadata lists them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name on the wire.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $wire),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::model::names::UnknownName;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($wire => Ok(Self::$variant),)+
                    _ => Err($crate::model::names::UnknownName { expected: &[$($wire),+] }),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use wire_names;

/// A name that is not in the list; prints what would have been.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownName {
    pub expected: &'static [&'static str],
}

impl std::fmt::Display for UnknownName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "must be one of {}", self.expected.join(", "))
    }
}

impl std::error::Error for UnknownName {}

wire_names! {
    /// `grant_type`, RFC 6749 §4.
    GrantType {
        AuthorizationCode = "authorization_code",
        RefreshToken = "refresh_token",
        ClientCredentials = "client_credentials",
    }
}

wire_names! {
    /// `response_type`, RFC 6749 §3.1.1.
    ResponseType { Code = "code" }
}

/// Response types of OpenID Connect and OAuth 2.0 Multiple Response Types that no client of this server can be registered for.
pub const OPENID_FRONT_CHANNEL_RESPONSE_TYPES: &[&str] =
    &["id_token", "id_token token", "code id_token", "code token", "code id_token token"];

wire_names! {
    /// `response_mode`, OAuth 2.0 Multiple Response Types §2.1 and Form Post Response Mode.
    ResponseMode {
        Query = "query",
        Fragment = "fragment",
        FormPost = "form_post",
    }
}

wire_names! {
    /// `token_endpoint_auth_method`, OIDC Core §9.
    AuthMethod {
        ClientSecretBasic = "client_secret_basic",
        ClientSecretPost = "client_secret_post",
        ClientSecretJwt = "client_secret_jwt",
        PrivateKeyJwt = "private_key_jwt",
        None = "none",
    }
}

wire_names! {
    /// JWS algorithms, RFC 7518 §3.1 and RFC 8037.
    Algorithm {
        RS256 = "RS256",
        PS256 = "PS256",
        ES256 = "ES256",
        EdDSA = "EdDSA",
        HS256 = "HS256",
    }
}

impl Algorithm {
    /// What this server signs with, and what clients may sign assertions with.
    pub const ASYMMETRIC: &'static [Self] = &[Self::RS256, Self::PS256, Self::ES256, Self::EdDSA];
}

wire_names! {
    /// `prompt`, OIDC Core §3.1.2.1.
    Prompt {
        None = "none",
        Login = "login",
        Consent = "consent",
        SelectAccount = "select_account",
    }
}

wire_names! {
    /// `display`, OIDC Core §3.1.2.1. All are accepted; the pages fit each of them.
    Display {
        Page = "page",
        Popup = "popup",
        Touch = "touch",
        Wap = "wap",
    }
}

wire_names! {
    /// `application_type`, OIDC Registration §2.
    ApplicationType {
        Web = "web",
        Native = "native",
    }
}
