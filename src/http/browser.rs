//! What a browser carries: the binding cookie, one session cookie for each tenant, and the CSRF token of each form.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderValue, header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use cookie::{Cookie, SameSite};
use subtle::ConstantTimeEq;

use crate::{
    app::App,
    model::{
        id::{self, OrganizationId, SessionId},
        issuer::Issuer,
        secret::{Digest, Presented, Secret},
        tenant::Tenant,
    },
    services::login::session::Browser,
};

const BINDING: &str = "kw_browser";
const SESSION: &str = "kw_session_";

/// More of our cookies than a header of usual size holds.
const MOST_COOKIES: usize = 64;

/// Reads the cookies that are ours. A name that comes twice, or a value of the wrong shape, counts as none; so do all when there are
/// more than anybody has.
pub fn read(app: &App, headers: &HeaderMap) -> Browser {
    read_cookies(prefix(&app.config.issuer), headers)
}

fn read_cookies(prefix: &str, headers: &HeaderMap) -> Browser {
    let ours = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|cookie| {
            let name = cookie.trim_start().strip_prefix(prefix)?;
            (name.starts_with(BINDING) || name.starts_with(SESSION)).then_some(name)
        });
    let mut by_name = BTreeMap::<String, Option<String>>::new();
    for (count, cookie) in ours.enumerate() {
        if count == MOST_COOKIES {
            return Browser::default();
        }
        let Ok(cookie) = Cookie::parse(cookie) else { continue };
        let value = Some(cookie.value().to_owned());
        by_name.entry(cookie.name().to_owned()).and_modify(|known| *known = None).or_insert(value);
    }
    let mut browser = Browser::default();
    for (name, value) in by_name {
        let Some(value) = value else { continue };
        if name == BINDING && value.len() == 43 {
            browser.secret = Some(Secret::new(value));
        } else if let (Some(tenant), Some(presented)) = (tenant_of(&name), Presented::parse(SessionId::PREFIX, &value)) {
            browser.sessions.push((tenant, presented));
        }
    }
    browser
}

/// RFC 6265bis: `__Host-` needs Secure, which plain http on a loopback address cannot have everywhere.
fn prefix(issuer: &Issuer) -> &'static str {
    if issuer.is_https() { "__Host-" } else { "" }
}

fn tenant_of(name: &str) -> Option<Tenant> {
    let (organization, environment) = name.strip_prefix(SESSION)?.split_once('_')?;
    Some(Tenant { organization: OrganizationId(id::decode(organization)?), environment: environment.parse().ok()? })
}

pub fn binding_cookie(app: &App, secret: &Secret) -> HeaderValue {
    build(app, BINDING.to_owned(), secret.reveal())
}

pub fn session_cookie(app: &App, tenant: &Tenant, secret: &Secret) -> HeaderValue {
    build(app, session_name(tenant), secret.reveal())
}

/// Cookies that take every session of this browser away.
pub fn forget_sessions(app: &App, browser: &Browser) -> Vec<HeaderValue> {
    let names = browser.sessions.iter().map(|(tenant, _)| session_name(tenant));
    names.map(|name| to_header(&base(app, name, "").max_age(time::Duration::ZERO).build())).collect()
}

fn session_name(tenant: &Tenant) -> String {
    format!("{SESSION}{}_{}", id::encode(tenant.organization.0), tenant.environment)
}

fn build(app: &App, name: String, value: &str) -> HeaderValue {
    to_header(&base(app, name, value).build())
}

/// Session cookies of the browser: they end with it. SameSite=None on https, so that POSTed authorization requests and silent
/// renewal find the session; every form of ours has a CSRF token and an Origin check of its own.
fn base(app: &App, name: String, value: &str) -> cookie::CookieBuilder<'static> {
    let issuer = &app.config.issuer;
    let is_https = issuer.is_https();
    Cookie::build((format!("{}{name}", prefix(issuer)), value.to_owned()))
        .path("/")
        .http_only(true)
        .secure(is_https)
        .same_site(if is_https { SameSite::None } else { SameSite::Lax })
}

fn to_header(cookie: &Cookie<'_>) -> HeaderValue {
    HeaderValue::from_str(&cookie.to_string()).unwrap_or(HeaderValue::from_static(""))
}

/// The token of one form in one browser.
pub fn csrf_token(secret: &Secret, form: &str) -> String {
    URL_SAFE_NO_PAD.encode(Digest::of(&format!("csrf {} {form}", secret.reveal())).0)
}

/// Did this form come from a page of ours, shown to this browser?
pub fn is_same_form(app: &App, headers: &HeaderMap, browser: &Browser, form: &str, token: Option<&str>) -> bool {
    let issuer = app.config.issuer.as_str();
    let is_our_origin = headers.get(header::ORIGIN).is_none_or(|origin| origin.as_bytes() == issuer.as_bytes());
    let is_our_token = browser
        .secret
        .as_ref()
        .zip(token)
        .is_some_and(|(secret, token)| csrf_token(secret, form).as_bytes().ct_eq(token.as_bytes()).into());
    is_our_origin && is_our_token
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn read(cookies: &str) -> Browser {
        read_cookies("", &HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(cookies).unwrap())]))
    }

    #[test]
    fn a_cookie_counts_when_it_comes_once_in_its_form() {
        let good = "a".repeat(43);
        assert!(read(&format!("x=1;kw_browser={good}; y=\"2")).secret.is_some());
        for bad in [
            format!("kw_browser={good}; kw_browser={good}"),
            format!("kw_browser={good}; kw_browser=b"),
            format!("kw_browser={good}a"),
            format!("xkw_browser={good}"),
            format!("x=\";kw_browser={good}\""),
        ] {
            assert!(read(&bad).secret.is_none(), "{bad}");
        }
    }

    #[test]
    fn any_number_of_cookies_is_read_in_no_time() {
        let good = format!("kw_browser={}", "a".repeat(43));
        let many = |name: &str, count: usize| (0..count).map(|n| format!("{name}{n}=1;")).collect::<String>();
        let began = Instant::now();
        // As much as a request's head may have.
        assert!(read(&format!("{}{good}", many("", 50_000))).secret.is_some());
        assert!(read(&format!("{}{good}", many("kw_session_", 20_000))).secret.is_none());
        assert!(began.elapsed() < Duration::from_millis(500), "{:?}", began.elapsed());
        assert!(read(&format!("{}{good}", many("kw_session_", MOST_COOKIES - 1))).secret.is_some());
    }
}
