//! An organization: the tenant that users, clients and everything else belong to.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::id::OrganizationId;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    pub id: OrganizationId,
    /// Short, unique, lower case; stands in URLs.
    pub slug: String,
    pub name: String,
    /// The colour of buttons and links on its pages.
    pub accent: Option<Accent>,
    pub logo: Option<Logo>,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
}

/// A colour as `#rrggbb`, lower case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Accent(String);

impl Accent {
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let digits = text.strip_prefix('#').unwrap_or_default();
        if digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err("must be a colour of the form #2f5bd7")
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Red, green, blue, each 0 to 255.
    pub fn channels(&self) -> [u8; 3] {
        let channel = |at: usize| self.0.get(at..at + 2).and_then(|hex| u8::from_str_radix(hex, 16).ok()).unwrap_or(0);
        [channel(1), channel(3), channel(5)]
    }
}

/// A picture that we serve ourselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    /// `image/png`, `image/jpeg` or `image/webp`.
    pub media_type: String,
    pub bytes: Vec<u8>,
}

/// A slug from a name: lower-case letters, digits and single hyphens, at most 40 characters.
pub fn slug_of(name: &str) -> String {
    let mut slug = String::new();
    for character in name.chars().flat_map(char::to_lowercase) {
        if character.is_ascii_alphanumeric() {
            slug.push(character);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(40);
    slug.trim_matches('-').to_owned()
}

/// May this stand in a URL in place of the organization's id?
pub fn check_slug(slug: &str) -> Result<(), &'static str> {
    let legal = slug.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if slug.is_empty() || slug.len() > 40 || !legal || slug.starts_with('-') || slug.ends_with('-') {
        return Err("must be 1 to 40 lower-case letters, digits and inner hyphens");
    }
    Ok(())
}
