//! `keyward dev`: the printed link leads through sign-in and consent to the validated ID token of its relying party.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use serde_json::Value;
use url::Url;

use super::program::{Program, Server};
use crate::support::{Answer, browser::form};

/// A browser over a real connection: cookies, redirects, forms.
pub struct Visitor<'s> {
    server: &'s Server,
    pub cookies: BTreeMap<String, String>,
}

impl<'s> Visitor<'s> {
    pub fn new(server: &'s Server) -> Self {
        Self { server, cookies: BTreeMap::new() }
    }

    pub fn ask(&mut self, method: &str, path: &str, body: &str) -> Answer {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let text = self.server.request(method, path, &format!("cookie: {}\r\naccept-language: en\r\n", cookies.join("; ")), body);
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let mut headers = HeaderMap::new();
        for line in head.lines().skip(1) {
            let (name, value) = line.split_once(": ").unwrap();
            headers.append(HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value).unwrap());
        }
        for cookie in headers.get_all(header::SET_COOKIE) {
            let cookie = cookie::Cookie::parse(cookie.to_str().unwrap().to_owned()).unwrap();
            self.cookies.insert(cookie.name().to_owned(), cookie.value().to_owned());
        }
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let answer = Answer { status, headers, body: body.to_owned(), reason: None };
        if status != 303 {
            return answer;
        }
        let location = answer.location();
        self.ask("GET", &format!("{}?{}", location.path(), location.query().unwrap_or_default()), "")
    }

    pub fn press(&mut self, page: &Answer, button: &str, fields: &[(&str, &str)]) -> Answer {
        let (action, fields) = form(page, button, fields);
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.ask("POST", &action, &body)
    }
}

/// Follows the printed link, signs in and consents.
fn follow<'s>(server: &'s Server, facts: &Value) -> (Visitor<'s>, Answer) {
    let url = Url::parse(facts["authorization_url"].as_str().unwrap()).unwrap();
    let mut visitor = Visitor::new(server);
    let login = visitor.ask("GET", &format!("{}?{}", url.path(), url.query().unwrap()), "");
    let (name, password) = (facts["user"]["username"].as_str().unwrap(), facts["user"]["password"].as_str().unwrap());
    let consent = visitor.press(&login, "login-submit", &[("username", name), ("password", password)]);
    let page = visitor.press(&consent, "consent-allow", &[]);
    (visitor, page)
}

#[test]
fn the_printed_link_ends_at_a_validated_id_token() {
    let program = Program::new();
    let (server, facts) = program.dev();
    let (mut visitor, page) = follow(&server, &facts);
    assert_eq!(page.status, 200, "{page:?}");
    for text in ["usr_", &program.issuer(), "offline_access"] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    // The file with the made-up secrets is for its owner only.
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(program.path("data/dev.json")).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    // The same answer a second time is refused, and the page says so.
    let again = visitor.ask("GET", "/dev/callback?code=ac_x&state=other", "");
    assert!(again.body.contains("state_mismatch"), "{}", again.body);
}

#[test]
fn what_was_made_up_follows_the_address_and_is_made_up_again_when_its_file_is_lost() {
    let mut program = Program::new();
    let (server, first) = program.dev();
    server.stop();
    program.port = Program::new().port;
    let (server, moved) = program.dev();
    assert_eq!(moved["user"], first["user"]);
    assert!(follow(&server, &moved).1.body.contains("usr_"));
    server.stop();
    std::fs::remove_file(program.path("data/dev.json")).unwrap();
    let (server, again) = program.dev();
    assert_ne!(again["user"]["password"], first["user"]["password"]);
    assert!(follow(&server, &again).1.body.contains("usr_"));
}
