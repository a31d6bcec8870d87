//! What the load works on: an organization, a user, clients, and a browser's session in which the user has consented.

use std::{
    fs,
    io::Write,
    process::{Command, Stdio},
    sync::atomic::{AtomicU64, Ordering},
};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::wire::{Connection, form, header};

pub const ADDRESS: &str = "127.0.0.1:18931";
const REDIRECT: &str = "https://app.example/cb";
const PASSWORD: &str = "correct horse battery staple";

pub struct World<'a> {
    keyward: &'a str,
    folder: &'a str,
    pub config: String,
}

/// A client's credentials as parameters of a form.
#[derive(Clone)]
pub struct Client {
    id: String,
    pub credentials: String,
}

impl<'a> World<'a> {
    /// A configuration and a database with an organization and a user.
    pub fn make(keyward: &'a str, folder: &'a str) -> Self {
        let config = format!("{folder}/keyward.toml");
        let text =
            format!("issuer = \"http://{ADDRESS}\"\nlisten = \"{ADDRESS}\"\nmetrics_listen = \"off\"\ndata_dir = \"{folder}\"\n");
        fs::write(&config, text).unwrap();
        let world = Self { keyward, folder, config };
        world.run(&["org", "create", "--name", "Acme"]);
        world.run(&["user", "create", "--org", "acme", "--email", "ada@example.org", "--username", "ada", "--password-stdin"]);
        world
    }

    fn run(&self, command: &[&str]) -> Value {
        let mut program = Command::new(self.keyward);
        program.args(["--config", &self.config]).args(command).arg("--json");
        let mut child = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
        serde_json::from_slice(&child.wait_with_output().unwrap().stdout).unwrap()
    }

    fn client(&self, metadata: &Value) -> Client {
        let path = format!("{}/client.json", self.folder);
        fs::write(&path, metadata.to_string()).unwrap();
        let made = self.run(&["client", "create", "--org", "acme", "--name", "Load", "--metadata", &path]);
        let (id, secret) = (made["client_id"].as_str().unwrap(), made["client_secret"].as_str().unwrap());
        Client { id: id.to_owned(), credentials: form(&[("client_id", id), ("client_secret", secret)]) }
    }

    pub fn machine(&self, algorithm: &str) -> Client {
        self.client(
            &json!({ "grant_types": ["client_credentials"], "access_token_signed_response_alg": algorithm, "scope": "reports" }),
        )
    }

    pub fn web(&self) -> Client {
        self.client(&json!({ "redirect_uris": [REDIRECT], "rotate_refresh_tokens": true }))
    }
}

/// The user's browser: an authorization request that needs no page, again and again.
#[derive(Clone)]
pub struct Browser {
    path: String,
    cookies: String,
}

impl Browser {
    /// Signs in and consents, once.
    pub async fn sign_in(client: &Client) -> Self {
        let query = form(&[
            ("client_id", &client.id),
            ("redirect_uri", REDIRECT),
            ("response_type", "code"),
            ("scope", "openid email profile"),
            ("state", "s"),
            ("code_challenge_method", "S256"),
        ]);
        let path = format!("/oauth/authorize?{query}&code_challenge=");
        let mut connection = Connection::open(ADDRESS).await;
        let (mut jar, mut next) =
            (Vec::<(String, String)>::new(), ("GET", path.clone() + &challenge(&verifier()), String::new()));
        for _ in 0..10 {
            let headers = format!("{}Origin: http://{ADDRESS}\r\n", cookies(&jar));
            let (head, page) = connection.send(next.0, &next.1, &headers, &next.2).await;
            for (_, set) in head.lines().filter_map(|line| line.split_once(": ")).filter(|(name, _)| *name == "set-cookie") {
                let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
                jar.retain(|(own, _)| own != name);
                jar.push((name.to_owned(), value.to_owned()));
            }
            next = match header(&head, "location") {
                Some(location) if location.starts_with(REDIRECT) => return Self { path, cookies: cookies(&jar) },
                Some(location) => ("GET", location.replace(&format!("http://{ADDRESS}"), ""), String::new()),
                None => submit(&page),
            };
        }
        panic!("signing in has no end");
    }

    /// The code of a redirect, and its verifier.
    pub async fn authorize(&self, connection: &mut Connection) -> (String, String) {
        let verifier = verifier();
        let (head, _) = connection.send("GET", &(self.path.clone() + &challenge(&verifier)), &self.cookies, "").await;
        let location = url::Url::parse(&header(&head, "location").unwrap_or_else(|| panic!("{head}"))).unwrap();
        let code = location.query_pairs().find(|(name, _)| name == "code").unwrap_or_else(|| panic!("{location}")).1.into_owned();
        (code, verifier)
    }
}

/// Another one for each request, as clients must.
fn verifier() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("{:043}", COUNT.fetch_add(1, Ordering::Relaxed))
}

fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}

pub async fn redeem(client: &Client, connection: &mut Connection, (code, verifier): &(String, String)) -> Value {
    let grant =
        form(&[("grant_type", "authorization_code"), ("code", code), ("redirect_uri", REDIRECT), ("code_verifier", verifier)]);
    connection.post("/oauth/token", &format!("{}&{grant}", client.credentials)).await
}

fn cookies(jar: &[(String, String)]) -> String {
    let pairs: Vec<_> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("Cookie: {}\r\n", pairs.join("; "))
}

/// The form of a page, filled in: credentials where it asks for them, else consent.
fn submit(page: &str) -> (&'static str, String, String) {
    let page = scraper::Html::parse_document(page);
    let select = |text: &str| page.select(&scraper::Selector::parse(text).unwrap()).next();
    let action = select("form[method=post]").unwrap().attr("action").unwrap().replace(&format!("http://{ADDRESS}"), "");
    let hidden = scraper::Selector::parse("form[method=post] input[type=hidden]").unwrap();
    let attribute = |input: &scraper::ElementRef, name| input.attr(name).unwrap_or_default().to_owned();
    let kept: Vec<_> = page.select(&hidden).map(|input| (attribute(&input, "name"), attribute(&input, "value"))).collect();
    let mut fields: Vec<_> = kept.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    match select("#consent-allow") {
        Some(_) => fields.push(("decision", "allow")),
        None => fields.extend([("username", "ada"), ("password", PASSWORD)]),
    }
    let fields = form(&fields);
    ("POST", action, fields)
}
