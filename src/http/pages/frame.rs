//! What every page has around it, and how an app is shown on one.

use url::Url;

use crate::model::client::ClientMetadata;

/// The organization's dress, and the way to other languages.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    pub style_url: String,
    pub icon_url: String,
    pub accent_url: Option<String>,
    /// None: before a tenant is known.
    pub organization: Option<String>,
    pub logo_url: Option<String>,
    pub languages: Vec<LanguageLink>,
}

/// This page in another language.
#[derive(Debug, Clone)]
pub struct LanguageLink {
    pub tag: &'static str,
    pub name: &'static str,
    pub url: String,
}

impl Frame {
    pub fn display_name(&self) -> &str {
        self.organization.as_deref().unwrap_or("Keyward")
    }

    pub fn initial(&self) -> String {
        initial(self.display_name())
    }
}

/// An app as its registration describes it.
#[derive(Debug, Clone)]
pub struct App {
    pub name: String,
    pub logo_url: Option<String>,
    pub site_url: Option<String>,
    pub policy_url: Option<String>,
    pub terms_url: Option<String>,
}

impl App {
    pub fn of(client: &ClientMetadata) -> Self {
        Self {
            name: client.client_name.clone(),
            logo_url: web_address(client.logo_uri.as_deref()),
            site_url: web_address(client.client_uri.as_deref()),
            policy_url: web_address(client.policy_uri.as_deref()),
            terms_url: web_address(client.tos_uri.as_deref()),
        }
    }

    pub fn initial(&self) -> String {
        initial(&self.name)
    }

    pub fn has_links(&self) -> bool {
        self.site_url.is_some() || self.policy_url.is_some() || self.terms_url.is_some()
    }
}

/// Only what a browser fetches: never `javascript:` and its kind.
fn web_address(text: Option<&str>) -> Option<String> {
    Url::parse(text?).ok().filter(|url| matches!(url.scheme(), "http" | "https")).map(String::from)
}

/// A letter to stand where a logo is missing.
pub fn initial(name: &str) -> String {
    name.chars().find(|character| character.is_alphanumeric()).into_iter().flat_map(char::to_uppercase).collect()
}
