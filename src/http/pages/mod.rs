//! What a person sees: one struct for each template, beside its handler. A page ends with a redirect to resume, and never knows what follows.

mod asked;
pub mod assets;
pub mod consent;
pub mod dev_callback;
pub mod error;
pub mod form_post;
mod frame;
pub mod login;
pub mod logout;
pub mod visit;

use askama::Template;
use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use url::Url;

use crate::{
    app::App,
    model::{fault::Fault, organization::Organization},
};

use super::{answer, words::Words};
use frame::{Frame, LanguageLink};

/// The reader's choice on a page, then what the app asked for, then the browser's list.
pub fn words(headers: &HeaderMap, chosen: Option<&str>, asked: Option<&str>) -> Words {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    Words::negotiate(chosen.or(asked), accepted)
}

/// `here` is this page's address without a language; none where it cannot be shown again.
pub fn frame(organization: Option<&Organization>, words: Words, here: Option<&str>) -> Frame {
    let language = |here: &str, locale: super::words::Locale| {
        let separator = if here.contains('?') { '&' } else { '?' };
        LanguageLink { tag: locale.tag(), name: locale.name(), url: format!("{here}{separator}ui_locales={}", locale.tag()) }
    };
    Frame {
        style_url: assets::style_url(),
        icon_url: assets::icon_url(),
        accent_url: organization.and_then(|organization| organization.accent.as_ref()).map(assets::accent_url),
        organization: organization.map(|organization| organization.name.clone()),
        logo_url: organization.filter(|organization| organization.logo.is_some()).map(assets::logo_url),
        languages: here.map(|here| words.others().map(|locale| language(here, locale)).collect()).unwrap_or_default(),
    }
}

/// What a page may load, and where its forms may lead.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// An app's logo is shown from its own origin.
    pub logo: Option<String>,
    /// The page's form ends at an app.
    pub leads_to_app: Option<String>,
}

impl Policy {
    /// Chromium applies `form-action` to every redirect that follows, so it cannot name single apps: DECISIONS 19.
    fn header(&self, app: &App) -> HeaderValue {
        let logo = self.logo.as_deref().and_then(origin).map(|origin| format!(" {origin}")).unwrap_or_default();
        let forms = match self.leads_to_app.as_deref().map(Url::parse) {
            None => String::new(),
            Some(Ok(target)) if !matches!(target.scheme(), "http" | "https") => format!(" https: {}:", target.scheme()),
            Some(Ok(target)) if target.scheme() == "http" || !app.config.issuer.is_https() => " https: http:".to_owned(),
            Some(_) => " https:".to_owned(),
        };
        let policy = format!(
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'{logo}; form-action 'self'{forms}; \
             base-uri 'none'; frame-ancestors 'none'"
        );
        HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
    }
}

/// A URL's host may have characters that would end a source or a directive; what is no name or address in CSP's sense is left out.
/// CSP Level 3 §2.3.1.
fn origin(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let is_plain = url.host_str()?.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
    let origin = url.origin().ascii_serialization();
    (is_plain && origin != "null").then_some(origin)
}

/// A page, never stored.
pub fn html(app: &App, status: StatusCode, page: &impl Template, policy: &Policy) -> Response {
    match page.render() {
        Ok(text) => {
            // With `no-referrer` browsers send `Origin: null` along with a form, which could not be told from a stranger's.
            let headers = [
                (header::CONTENT_SECURITY_POLICY, policy.header(app)),
                (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
            ];
            answer::no_store((status, headers, Html(text)).into_response())
        }
        Err(error) => answer::Broken(Fault::while_doing("render a page", error)).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logo_adds_its_origin_to_the_policy_and_nothing_else() {
        for (logo, expected) in [
            ("https://cdn.app.example/logo.png", Some("https://cdn.app.example")),
            ("https://cdn.app.example:8443/logo.png", Some("https://cdn.app.example:8443")),
            ("https://bücher.example/logo.png", Some("https://xn--bcher-kva.example")),
            ("https://a;form-action/l.png", None),
            ("https://a;sandbox,b.example/l.png", None),
            ("https://a%3Bsandbox/l.png", None),
            ("https://*/l.png", None),
            ("https://'unsafe-inline'/l.png", None),
            ("data:image/png;base64,AA", None),
            ("nonsense", None),
        ] {
            assert_eq!(origin(logo).as_deref(), expected, "{logo}");
        }
    }
}
