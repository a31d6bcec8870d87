//! Kill -9 under load, with a ledger of everything that was acknowledged: none of it may be missing afterwards, and nothing that was
//! revoked may live.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use serde_json::Value;

use crate::cli::program::{Program, Server};

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
