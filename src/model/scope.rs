//! Scope: an ordered set of scope tokens. RFC 6749 §3.3.

use std::fmt;

/// Scope tokens in the order in which they were first named, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Scope(Vec<String>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidScope {
    /// Outside of `%x21 / %x23-5B / %x5D-7E`.
    #[error("has a character that no scope may have")]
    Character,
    #[error("must be at most 100 scope tokens, and at most 4096 characters")]
    TooLong,
}

/// OIDC Core §5.1.
const PROFILE: &[&str] = &[
    "name",
    "family_name",
    "given_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
];

impl Scope {
    pub const OPENID: &'static str = "openid";
    pub const OFFLINE_ACCESS: &'static str = "offline_access";
    /// Scopes that every client may ask for unless its registration names others. OIDC Core §5.4 and §11.
    pub const STANDARD: &'static [&'static str] = &["openid", "profile", "email", "address", "phone", "offline_access"];

    /// Scope → the claims it opens. OIDC Core §5.4.
    pub const STANDARD_CLAIMS: &'static [(&'static str, &'static [&'static str])] = &[
        ("profile", PROFILE),
        ("email", &["email", "email_verified"]),
        ("address", &["address"]),
        ("phone", &["phone_number", "phone_number_verified"]),
    ];

    /// Bounds on what one request can make us do and store; a token is looked for in a list.
    const LONGEST: usize = 4096;
    const MOST_TOKENS: usize = 100;

    /// Reads blank-separated tokens; none at all is the empty scope.
    pub fn parse(text: &str) -> Result<Self, InvalidScope> {
        if text.len() > Self::LONGEST {
            return Err(InvalidScope::TooLong);
        }
        let scope = Self::read(text)?;
        if scope.0.len() > Self::MOST_TOKENS { Err(InvalidScope::TooLong) } else { Ok(scope) }
    }

    /// The same of any length: what was accepted once, or grew from what was.
    pub fn read(text: &str) -> Result<Self, InvalidScope> {
        let legal = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E);
        let mut scope = Self::default();
        for token in text.split(' ').filter(|token| !token.is_empty()) {
            if !token.bytes().all(legal) {
                return Err(InvalidScope::Character);
            }
            scope.add(token);
        }
        Ok(scope)
    }

    pub fn of(tokens: &[&str]) -> Self {
        Self(tokens.iter().map(|token| (*token).to_owned()).collect())
    }

    fn add(&mut self, token: &str) {
        if !self.contains(token) {
            self.0.push(token.to_owned());
        }
    }

    pub fn contains(&self, token: &str) -> bool {
        self.0.iter().any(|own| own == token)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn is_subset_of(&self, other: &Self) -> bool {
        self.iter().all(|token| other.contains(token))
    }

    /// Those of this scope that `allowed` has too, in this scope's order.
    pub fn within(&self, allowed: &Self) -> Self {
        Self(self.0.iter().filter(|token| allowed.contains(token)).cloned().collect())
    }

    /// Those that `other` does not have.
    pub fn without(&self, other: &Self) -> Self {
        Self(self.0.iter().filter(|token| !other.contains(token)).cloned().collect())
    }

    /// Both together, this one's order first.
    pub fn union(&self, other: &Self) -> Self {
        let mut all = self.clone();
        other.iter().for_each(|token| all.add(token));
        all
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.to_string()
    }
}

impl TryFrom<String> for Scope {
    type Error = InvalidScope;
    fn try_from(text: String) -> Result<Self, InvalidScope> {
        Self::read(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_keep_their_order_and_stand_once() {
        let scope = Scope::parse("profile openid  profile email").unwrap();
        assert_eq!(scope.to_string(), "profile openid email");
        assert_eq!(scope.within(&Scope::of(&["email", "profile"])).to_string(), "profile email");
    }

    #[test]
    fn illegal_characters_are_refused() {
        for text in ["a\"b", "a\\b", "ä", "a\tb", "a\u{0}"] {
            assert_eq!(Scope::parse(text), Err(InvalidScope::Character), "{text:?}");
        }
    }
    #[test]
    fn a_scope_has_so_many_tokens_and_characters_at_most() {
        let of = |count: usize| (0..count).map(|n| n.to_string()).collect::<Vec<_>>().join(" ");
        assert!(Scope::parse(&of(100)).is_ok());
        assert!(Scope::parse(&"a ".repeat(2000)).is_ok());
        for text in [of(101), "a".repeat(5000), of(60_000), " ".repeat(5000)] {
            assert_eq!(Scope::parse(&text), Err(InvalidScope::TooLong));
        }
    }
}
