//! A browser without script: keeps cookies, follows redirects within the server, fills the forms it was given.

use std::collections::BTreeMap;

use axum::http::{Method, Request, header};
use scraper::{Html, Selector};
use url::Url;

use super::{Answer, TestServer};

pub struct Browser<'s> {
    server: &'s TestServer,
    pub cookies: BTreeMap<String, String>,
    pub language: &'static str,
}

impl<'s> Browser<'s> {
    pub fn new(server: &'s TestServer) -> Self {
        Self { server, cookies: BTreeMap::new(), language: "en" }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, String::new(), &[]).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(impl AsRef<str>, impl AsRef<str>)]) -> Answer {
        let body = encoded(fields);
        self.send(Method::POST, path, body, &[("origin", self.server.issuer())]).await
    }

    pub async fn send(&mut self, method: Method, path: &str, body: String, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header(header::ACCEPT_LANGUAGE, self.language);
        if !body.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        if !self.cookies.is_empty() {
            request = request.header(header::COOKIE, self.cookie_header());
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = self.server.send(request.body(body.into()).unwrap()).await;
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie::Cookie::parse(cookie.to_str().unwrap().to_owned()).unwrap();
            if cookie.max_age() == Some(time::Duration::ZERO) {
                self.cookies.remove(cookie.name());
            } else {
                self.cookies.insert(cookie.name().to_owned(), cookie.value().to_owned());
            }
        }
        answer
    }

    pub fn cookie_header(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    /// Follows redirects as long as they stay on this server.
    pub async fn follow(&mut self, mut answer: Answer) -> Answer {
        for _ in 0..10 {
            if answer.status != 303 {
                return answer;
            }
            let location = answer.location();
            if location.origin().ascii_serialization() != self.server.issuer() {
                return answer;
            }
            answer = self.get(&format!("{}?{}", location.path(), location.query().unwrap_or_default())).await;
        }
        panic!("redirects without end: {answer:?}");
    }

    pub async fn visit(&mut self, path: &str) -> Answer {
        let answer = self.get(path).await;
        self.follow(answer).await
    }

    /// Presses the button with this id on a page, with these fields filled in, and follows where it leads.
    pub async fn press(&mut self, page: &Answer, button: &str, fields: &[(&str, &str)]) -> Answer {
        let (action, values) = form(page, button, fields);
        let answer = self.post(&action, &values).await;
        self.follow(answer).await
    }

    pub async fn sign_in(&mut self, page: &Answer, username: &str, password: &str) -> Answer {
        self.press(page, "login-submit", &[("username", username), ("password", password)]).await
    }

    /// From an authorization URL to the client's answer: signs in and allows whatever is asked.
    pub async fn authorize_as(&mut self, path: &str, username: &str) -> Url {
        let mut page = self.visit(path).await;
        for _ in 0..4 {
            if page.status == 303 {
                return page.location();
            }
            page = if page.body.contains("id=\"login-submit\"") {
                self.sign_in(&page, username, super::server::PASSWORD).await
            } else if page.body.contains("id=\"consent-allow\"") {
                self.press(&page, "consent-allow", &[]).await
            } else {
                panic!("neither login nor consent: {page:?}")
            };
        }
        panic!("the pages do not end: {page:?}")
    }
}

/// A form without any.
pub const NO_FIELDS: &[(&str, &str)] = &[];

pub fn encoded(fields: &[(impl AsRef<str>, impl AsRef<str>)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// The action and the fields of the form that holds a button.
pub fn form(page: &Answer, button: &str, fields: &[(&str, &str)]) -> (String, Vec<(String, String)>) {
    let html = Html::parse_document(&page.body);
    let select = |text: &str| Selector::parse(text).unwrap();
    let button =
        html.select(&select(&format!("#{button}"))).next().unwrap_or_else(|| panic!("no #{button} on the page: {}", page.body));
    let form = button
        .ancestors()
        .find_map(scraper::ElementRef::wrap)
        .into_iter()
        .chain(button.ancestors().filter_map(scraper::ElementRef::wrap));
    let form = form.into_iter().find(|element| element.value().name() == "form").expect("the button stands in a form");
    let mut values: Vec<(String, String)> = form
        .select(&select("input"))
        .filter_map(|input| Some((input.attr("name")?.to_owned(), input.attr("value").unwrap_or_default().to_owned())))
        .filter(|(name, _)| !fields.iter().any(|(own, _)| own == name))
        .collect();
    values.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    if let Some(name) = button.attr("name") {
        values.push((name.to_owned(), button.attr("value").unwrap_or_default().to_owned()));
    }
    (form.attr("action").expect("the form has an action").to_owned(), values)
}
