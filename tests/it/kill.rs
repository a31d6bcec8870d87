//! Kill -9 under load, with a ledger of everything that was acknowledged: none of it may be missing afterwards, and nothing that was
//! revoked may live.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use serde_json::Value;

use crate::cli::{
    dev::Visitor,
    program::{Program, Server},
};

#[derive(Default)]
struct Ledger {
    issued: Vec<String>,
    revoked: Vec<String>,
}

/// A client that gets opaque tokens of its own: each is a row.
pub struct Machine {
    credentials: String,
}

impl Machine {
    pub fn make(program: &Program) -> Self {
        program.run(&["org", "create", "--name", "Acme"]).ok();
        let metadata = program.file("opaque.json", r#"{"access_token_format":"opaque"}"#);
        let create = [
            "client",
            "create",
            "--org",
            "acme",
            "--name",
            "Machine",
            "--grant-type",
            "client_credentials",
            "--metadata",
            &metadata,
        ];
        let made = program.run(&[&create[..], &["--json"]].concat()).json();
        let text = |member: &str| made[member].as_str().unwrap().to_owned();
        Self { credentials: format!("client_id={}&client_secret={}", text("client_id"), text("client_secret")) }
    }

    /// None: the server was gone before it answered.
    pub fn ask(&self, server: &Server, path: &str, form: &str) -> Option<String> {
        server.try_request("POST", path, "", &format!("{}&{form}", self.credentials))
    }

    /// What was acknowledged with 200.
    fn acknowledged(&self, server: &Server, path: &str, form: &str) -> Option<String> {
        body_of_200(&self.ask(server, path, form)?)
    }

    pub fn token(&self, server: &Server) -> Option<String> {
        self.token_in(&self.ask(server, "/oauth/token", "grant_type=client_credentials")?)
    }

    pub fn token_in(&self, answer: &str) -> Option<String> {
        let answer: Value = serde_json::from_str(&body_of_200(answer)?).ok()?;
        Some(answer["access_token"].as_str()?.to_owned())
    }

    pub fn is_active(&self, server: &Server, token: &str) -> bool {
        let body = self.acknowledged(server, "/oauth/introspect", &format!("token={token}")).expect("introspection answers");
        serde_json::from_str::<Value>(&body).unwrap()["active"] == true
    }
}

fn body_of_200(answer: &str) -> Option<String> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    head.starts_with("HTTP/1.1 200").then(|| body.to_owned())
}

/// Loads a server with four callers until it is killed, again and again; then looks for everything in the ledger.
fn run(program: &Program, kills: usize) {
    let machine = Arc::new(Machine::make(program));
    let ledger = Arc::new(Mutex::new(Ledger::default()));
    for kill in 0..kills {
        let server = Arc::new(program.serve());
        let is_over = Arc::new(AtomicBool::new(false));
        let callers: Vec<_> = (0..4)
            .map(|caller| {
                let (machine, ledger, server, is_over) = (machine.clone(), ledger.clone(), server.clone(), is_over.clone());
                thread::spawn(move || {
                    let mut count = 0;
                    while !is_over.load(Ordering::Relaxed) {
                        let Some(token) = machine.token(&server) else { continue };
                        count += 1;
                        if count % 3 == caller % 3
                            && machine.acknowledged(&server, "/oauth/revoke", &format!("token={token}")).is_some()
                        {
                            ledger.lock().unwrap().revoked.push(token);
                        } else if count % 3 != caller % 3 {
                            ledger.lock().unwrap().issued.push(token);
                        }
                    }
                })
            })
            .collect();
        // At different moments of the load, and never quite the same.
        thread::sleep(Duration::from_millis(80 + 37 * (kill as u64 % 7)));
        server.kill();
        is_over.store(true, Ordering::Relaxed);
        callers.into_iter().for_each(|caller| caller.join().unwrap());
    }
    let server = program.serve();
    let ledger = ledger.lock().unwrap();
    assert!(ledger.issued.len() > kills && ledger.revoked.len() > kills, "there was no load");
    let lost = ledger.issued.iter().filter(|token| !machine.is_active(&server, token)).count();
    let risen = ledger.revoked.iter().filter(|token| machine.is_active(&server, token)).count();
    println!(
        "{kills} kills: {} tokens issued, {lost} lost; {} revoked, {risen} alive again",
        ledger.issued.len(),
        ledger.revoked.len()
    );
    assert_eq!((lost, risen), (0, 0));
}

#[test]
fn rl_01_nothing_acknowledged_is_lost_by_ten_kills() {
    run(&Program::on_test_database(), 10);
}

#[test]
#[ignore = "takes longer than a change should wait for: tests/run long"]
fn rl_01_nothing_acknowledged_is_lost_by_fifty_kills() {
    run(&Program::on_test_database(), 50);
}

/// An app whose user has signed in and consented: codes for the asking.
struct App {
    authorize: String,
    credentials: String,
    cookie: String,
}

impl App {
    const REDIRECT: &str = "https://app.example/cb";

    fn make(program: &Program) -> Self {
        program.run(&["org", "create", "--name", "Acme"]).ok();
        let user = ["user", "create", "--org", "acme", "--email", "ada@example.org", "--username", "ada", "--password-stdin"];
        program.run_with(&user, "a long password\n").ok();
        let client = ["client", "create", "--org", "acme", "--name", "App", "--redirect-uri", Self::REDIRECT, "--json"];
        let made = program.run(&client).json();
        let text = |member: &str| made[member].as_str().unwrap();
        let authorize = format!(
            "/oauth/authorize?client_id={}&redirect_uri={}&response_type=code&scope=openid&state=s",
            text("client_id"),
            Self::REDIRECT
        );
        let server = program.serve();
        let mut visitor = Visitor::new(&server);
        let login = visitor.ask("GET", &authorize, "");
        let consent = visitor.press(&login, "login-submit", &[("username", "ada"), ("password", "a long password")]);
        visitor.press(&consent, "consent-allow", &[]);
        let cookies: Vec<_> = visitor.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookie = format!("cookie: {}\r\n", cookies.join("; "));
        let credentials = format!("client_id={}&client_secret={}", text("client_id"), text("client_secret"));
        Self { authorize, credentials, cookie }
    }

    fn code(&self, server: &Server) -> String {
        let answer = server.request("GET", &self.authorize, &self.cookie, "");
        let code = answer.split("code=").nth(1).unwrap_or_else(|| panic!("{answer}"));
        code.split(['&', '\r']).next().unwrap().to_owned()
    }

    /// The refresh token of an exchange, or what else was answered.
    fn exchange(&self, server: &Server, code: &str) -> Result<String, String> {
        let form = format!("{}&grant_type=authorization_code&code={code}&redirect_uri={}", self.credentials, Self::REDIRECT);
        let answer = server.try_request("POST", "/oauth/token", "", &form).unwrap_or_default();
        let tokens: Option<Value> = body_of_200(&answer).and_then(|body| serde_json::from_str(&body).ok());
        tokens.and_then(|tokens| Some(tokens["refresh_token"].as_str()?.to_owned())).ok_or(answer)
    }

    fn is_good(&self, server: &Server, refresh_token: &str) -> bool {
        let form = format!("{}&grant_type=refresh_token&refresh_token={refresh_token}", self.credentials);
        body_of_200(&server.request("POST", "/oauth/token", "", &form)).is_some()
    }
}

#[test]
fn rl_02_a_code_whose_answer_was_lost_yields_its_tokens_once_or_not_at_all() {
    let program = Program::on_test_database();
    let app = Arc::new(App::make(&program));
    let (mut acknowledged, mut lost, mut unspent) = (0, 0, 0);
    for kill in 0..6 {
        let server = Arc::new(program.serve());
        let codes: Vec<String> = (0..40).map(|_| app.code(&server)).collect();
        let answered = Arc::new(AtomicUsize::new(0));
        let callers: Vec<_> = codes
            .chunks(10)
            .map(|codes| {
                let (app, server, answered, codes) = (app.clone(), server.clone(), answered.clone(), codes.to_vec());
                let exchange = move |code: String| {
                    let set = app.exchange(&server, &code).ok();
                    answered.fetch_add(usize::from(set.is_some()), Ordering::Relaxed);
                    (set, code)
                };
                thread::spawn(move || codes.into_iter().map(exchange).collect::<Vec<_>>())
            })
            .collect();
        // In the middle of the work, and never quite at the same point of it.
        while answered.load(Ordering::Relaxed) < 5 + 2 * kill {
            thread::sleep(Duration::from_millis(1));
        }
        server.kill();
        let exchanged: Vec<_> = callers.into_iter().flat_map(|caller| caller.join().unwrap()).collect();
        let server = program.serve();
        for (first, code) in exchanged {
            let again = || app.exchange(&server, &code);
            let set = match first {
                Some(set) => {
                    acknowledged += 1;
                    set
                }
                None => match again() {
                    Ok(set) => {
                        unspent += 1;
                        set
                    }
                    Err(answer) => {
                        lost += 1;
                        assert!(answer.contains("invalid_grant"), "{answer}");
                        continue;
                    }
                },
            };
            assert!(app.is_good(&server, &set));
            // Shown once more, it yields no second set, and ends the first.
            assert!(again().unwrap_err().contains("invalid_grant"));
            assert!(!app.is_good(&server, &set));
        }
    }
    println!("6 kills: {acknowledged} exchanges acknowledged, {lost} answers lost, {unspent} codes unspent");
    assert!(acknowledged >= 60 && unspent > 10, "{acknowledged} acknowledged, {unspent} unspent");
}
