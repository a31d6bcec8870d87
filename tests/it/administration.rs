//! Who is in charge: nobody until an operator says so at the command line, and no answer, list or log line gives that away.

use axum::http::Method;
use keyward::{
    http::router::{Policy, routes},
    services::clients::manage,
};
use serde_json::{Value, json};

use crate::{
    cli::program::{Program, Server},
    support::{Browser, Flow, TestServer, relying_party::basic},
};

/// Paths where other servers make their first administrator.
const ELSEWHERE: &[&str] = &[
    "/setup",
    "/install",
    "/init",
    "/admin",
    "/signup",
    "/register",
    "/oauth/register",
    "/console",
    "/account",
    "/v1/organizations",
    "/v1/users",
    "/scim/v2/Users",
    "/dev/callback",
    "/metrics",
    "/docs",
];

/// Asks every route, and some that there are not, for an account, with what is said to be a default everywhere.
fn knock(server: &Server) {
    let guesses = ["admin:admin", "admin:password", "keyward:keyward", "root:root", "admin:", "ada:ada"];
    for path in
        routes().iter().map(|route| route.path.replace("{file}", "x")).chain(ELSEWHERE.iter().map(|path| (*path).to_owned()))
    {
        for guess in guesses {
            let (name, password) = guess.split_once(':').unwrap();
            let form = format!(
                "username={name}&password={password}&email=admin%40example.org&role=owner&grant_type=client_credentials\
                 &client_id={name}&client_secret={password}"
            );
            for (method, form) in [("POST", form.as_str()), ("GET", ""), ("PUT", form.as_str())] {
                let headers =
                    if form.is_empty() { format!("authorization: {}\r\n", basic(name, password)) } else { String::new() };
                let answer = server.request(method, &path, &headers, form);
                assert!(!answer.contains("access_token\":") && !answer.contains("session_"), "{method} {path}: {answer}");
                let status: u16 = answer.split(' ').nth(1).unwrap().parse().unwrap();
                let is_plain = ["/.well-known", "/healthz", "/readyz", "/logout"].iter().any(|open| path.starts_with(open));
                assert!((400..500).contains(&status) || is_plain, "{method} {path}: {answer}");
            }
        }
    }
}

#[test]
fn ad_01_ad_02_nobody_becomes_an_administrator_over_http() {
    let program = Program::on_test_database();
    let server = program.serve();
    knock(&server);
    assert_eq!(program.run(&["org", "list", "--json"]).json(), json!([]));
    drop(server);
    // With an organization whose last owner is shut out, and a start with nothing set that was set before.
    program.run(&["org", "create", "--name", "Acme"]).ok();
    let owner = ["user", "create", "--org", "acme", "--email", "ada@example.org", "--role", "owner", "--password-stdin"];
    program.run_with(&owner, "a long password\n").ok();
    program.run(&["user", "disable", "--org", "acme", "ada@example.org"]).ok();
    let before = program.run(&["user", "list", "--org", "acme", "--json"]).json();
    let server = program.serve();
    knock(&server);
    assert_eq!(program.run(&["user", "list", "--org", "acme", "--json"]).json(), before);
    assert_eq!(program.run(&["client", "list", "--org", "acme", "--json"]).json(), json!([]));
}

#[test]
fn ad_04_no_command_that_reads_shows_a_secret() {
    let program = Program::new();
    program.run(&["org", "create", "--name", "Acme"]).ok();
    let user = ["user", "create", "--org", "acme", "--email", "ada@example.org", "--password-stdin", "--json"];
    let mut shown = program.run_with(&user, "canary-password-4711\n").ok();
    let mut secrets = vec!["canary-password-4711".to_owned(), "$argon2".to_owned(), "PRIVATE KEY".to_owned(), "\"d\"".to_owned()];
    for method in ["client_secret_basic", "client_secret_jwt"] {
        let create = ["client", "create", "--org", "acme", "--name", "Reports", "--grant-type", "client_credentials"];
        let made = program.run(&[&create[..], &["--auth-method", method, "--json"]].concat()).json();
        secrets.push(made["client_secret"].as_str().unwrap().to_owned());
    }
    secrets.push(std::fs::read_to_string(program.path("data/master.key")).unwrap().trim().to_owned());
    for command in [
        &["org", "list"][..],
        &["user", "list", "--org", "acme"],
        &["client", "list", "--org", "acme"],
        &["signing-keys", "list"],
        &["migrate", "status"],
        &["config", "dump"],
        &["doctor"],
    ] {
        for json in [&[][..], &["--json"]] {
            let run = program.run(&[command, json].concat());
            shown += &run.output;
            shown += &run.error;
        }
    }
    assert!(shown.contains("Reports") && shown.contains("ada@example.org") && shown.contains("RS256"), "{shown}");
    for secret in secrets {
        assert!(secret.len() > 2 && !shown.contains(&secret), "{secret} is shown: {shown}");
    }
}

/// Who may use a route with rules of its own. What is not in this table does not exist; `coverage` has the management API.
const POLICIES: &[(&str, &str, &str)] = &[
    ("GET", "/.well-known/openid-configuration", "anyone"),
    ("GET", "/.well-known/oauth-authorization-server", "anyone"),
    ("GET", "/.well-known/jwks.json", "anyone"),
    ("GET", "/oauth/authorize", "a request of a client"),
    ("POST", "/oauth/authorize", "a request of a client"),
    ("GET", "/oauth/authorize/resume", "the browser of an interaction"),
    ("POST", "/oauth/token", "a client"),
    ("GET", "/oauth/userinfo", "a token"),
    ("POST", "/oauth/userinfo", "a token"),
    ("POST", "/oauth/introspect", "a client"),
    ("POST", "/oauth/revoke", "a client"),
    ("GET", "/login", "the browser of an interaction"),
    ("POST", "/login", "the browser of an interaction"),
    ("GET", "/consent", "the browser of an interaction"),
    ("POST", "/consent", "the browser of an interaction"),
    ("GET", "/logout", "anyone"),
    ("POST", "/logout", "the browser of a form"),
    ("GET", "/assets/{file}", "anyone"),
    ("GET", "/healthz", "anyone"),
    ("GET", "/readyz", "anyone"),
];

#[tokio::test]
async fn ad_05_every_route_says_who_may_use_it_and_holds_to_it() {
    let server = TestServer::start().await;
    let begun = Browser::new(&server).get(&server.confidential().await.authorize_path(&Flow::openid())).await.location();
    let interaction = begun.query().unwrap();
    let own = routes().into_iter().filter(|route| route.policy == Policy::Own);
    let built: Vec<_> = own.map(|route| (route.method.to_string(), route.path)).collect();
    for (method, path) in &built {
        assert!(POLICIES.iter().any(|(known, at, _)| known == method && at == path), "{method} {path} has no policy");
    }
    assert_eq!(built.len(), POLICIES.len());
    for (method, path, who) in POLICIES {
        // Everything that can be shown but the proof itself: the id of somebody else's interaction, and no credential.
        let asked =
            if who.contains("interaction") { format!("{path}?{interaction}") } else { path.replace("{file}", "style.css") };
        let answer = match *method == Method::GET.as_str() {
            true => server.get(&asked).await,
            false => server.post(&asked, &[("grant_type", "client_credentials"), ("token", "x"), ("decision", "allow")]).await,
        };
        let expected: &[u16] = match *who {
            "anyone" => &[200, 404],
            "a client" | "a token" => &[401],
            "a request of a client" => &[400],
            _ => &[403],
        };
        assert!(expected.contains(&answer.status), "{method} {path} for {who}: {answer:?}");
        assert!(answer.headers.get("set-cookie").is_none(), "{method} {path}");
    }
    // What watches the server learns that it is there, and nothing of how it is made.
    for path in ["/healthz", "/readyz"] {
        assert_eq!(server.get(path).await.body, "ok\n");
    }
}

#[test]
fn ad_08_what_is_sent_makes_no_line_of_its_own_in_the_log() {
    for format in ["json", "text"] {
        let program = Program::new();
        let settings = program.file("own.toml", &format!("log.level = \"trace\"\nlog.format = \"{format}\"\n"));
        let server = program.serve_with(&["--config", &settings, "serve"]);
        let forged = "evil-4711\r\n2026-11-24T12:00:00Z ERROR forged-4711\n{\"level\":\"ERROR\",\"fields\":\"forged-4711\"}\u{1b}[31m\u{8}";
        for _ in 0..3 {
            let header = format!("authorization: {}\r\n", basic(forged, forged));
            server.request("POST", "/oauth/token", &header, "grant_type=client_credentials");
        }
        let encoded: String = form_urlencoded::byte_serialize(forged.as_bytes()).collect();
        server.request("GET", &format!("/{encoded}?{encoded}"), &format!("user-agent: {encoded}\r\n"), "");
        server.request("GET", &format!("/oauth/authorize?client_id={encoded}"), "", "");
        server.stop();
        let log = std::fs::read_to_string(program.path("log")).unwrap();
        let mut events = 0;
        for line in log.lines() {
            assert!(!line.contains(['\u{1b}', '\u{8}', '\r']), "{format}: {line:?}");
            match format {
                "json" => drop(serde_json::from_str::<Value>(line).unwrap_or_else(|_| panic!("not one record: {line}"))),
                _ => assert!(line.starts_with("20") && line.chars().nth(4) == Some('-'), "not one record: {line}"),
            }
            assert!(!line.trim_start().starts_with("2026-11-24T12:00:00Z ERROR"), "{line}");
            events += usize::from(line.contains("client.authentication_failed"));
        }
        assert_eq!(events, 3, "{format}: {log}");
    }
}

#[tokio::test]
async fn ad_08_a_name_with_control_characters_cannot_be_registered() {
    let server = TestServer::start().await;
    for name in ["Reports\r\nforged", "Reports\u{1b}[31m", "Re\u{0}ports"] {
        let metadata = json!({ "client_name": name, "redirect_uris": ["https://app.example/cb"] });
        let made =
            manage::create(&server.app, &server.tenant, metadata.as_object().unwrap().clone(), None, server.app.clock.now());
        assert!(made.await.is_err(), "{name:?}");
    }
}
