//! The binary as an operator meets it: every command, beside a running server, with its exit status and its output.

mod clients;
pub mod dev;
mod doctor;
mod effects;
pub mod program;
mod readme;
mod settings;
pub mod tls;
mod traces;

use serde_json::Value;

use program::{Program, Run};

#[test]
fn every_command_that_help_names_explains_itself() {
    let program = Program::new();
    let help = program.run(&["--help"]).ok();
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    for name in
        ["serve", "dev", "org", "user", "role", "client", "key", "signing-keys", "migrate", "config", "doctor", "healthcheck"]
    {
        assert!(commands.contains(&name), "{name}: {commands:?}");
    }
    for name in commands {
        assert!(program.run(&[name, "--help"]).ok().contains("Usage:"), "{name}");
    }
    assert_eq!(program.run(&["nonsense"]).status, 2);
    assert_eq!(program.run(&["org", "create"]).status, 2);
}

#[test]
fn organizations_people_and_clients_are_made_and_listed() {
    let program = Program::new();
    let org = program.run(&["org", "create", "--name", "Grand Budget", "--accent", "#2F5BD7", "--json"]).json();
    assert_eq!((&org["slug"], &org["accent"]), (&"grand-budget".into(), &"#2f5bd7".into()));
    assert_eq!(program.run(&["org", "list", "--json"]).json().as_array().unwrap().len(), 1);
    assert_eq!(program.run(&["org", "create", "--name", "Grand Budget"]).status, 1);

    let claims = program.file("claims.json", r#"{"birthdate":"1990-01-31"}"#);
    let create = ["user", "create", "--org", "grand-budget", "--email", "ada@example.org", "--username", "ada", "--name", "Ada"];
    let more = ["--role", "owner", "--email-verified", "--claims", &claims, "--password-stdin", "--json"];
    let user = program.run_with(&[&create[..], &more[..]].concat(), "a long password\n").json();
    assert!(user["id"].as_str().unwrap().starts_with("usr_"));
    assert_eq!(
        (&user["role"], &user["emailVerified"], &user["claims"]["birthdate"]),
        (&"owner".into(), &true.into(), &"1990-01-31".into())
    );
    assert!(!user.to_string().contains("argon2"));
    let short =
        program.run_with(&["user", "create", "--org", "grand-budget", "--email", "b@example.org", "--password-stdin"], "short\n");
    assert!(short.status == 1 && short.error.contains("`password`"), "{short:?}");
    let id = user["id"].as_str().unwrap();
    for command in [["user", "disable", id], ["user", "enable", id]] {
        program.run(&command).ok();
    }
    program.run(&["user", "disable", "--org", "grand-budget", "ada"]).ok();
    assert_eq!(program.run(&["user", "list", "--org", "grand-budget", "--json"]).json()[0]["status"], "disabled");
    program.run_with(&["user", "password", id, "--password-stdin"], "another long password\n").ok();
    let nameless = ["user", "create", "--org", "grand-budget", "--email", "bob@example.org", "--name", "", "--password-stdin"];
    let nameless = program.run_with(&nameless, "another long password\n");
    assert!(nameless.status == 1 && nameless.error.contains("`name`"), "{nameless:?}");
    // An id says where it is; another place beside it would be passed over.
    let elsewhere = program.run(&["user", "disable", id, "--environment", "test"]);
    assert!(elsewhere.status == 2 && elsewhere.error.contains("--org"), "{elsewhere:?}");
    let other = program.run(&["user", "list", "--org", "grand-budget", "--environment", "test", "--json"]).json();
    assert_eq!(other.as_array().unwrap().len(), 0);

    let role = ["role", "create", "--org", "grand-budget", "--name", "Desk", "--permission", "users:read", "--json"];
    let role = program.run(&role).json();
    assert_eq!((&role["name"], &role["permissions"][0]), (&"Desk".into(), &"users:read".into()));
    for (name, shown) in [("Desk", "roles"), ("admin", "role")] {
        program.run(&["role", "assign", "--org", "grand-budget", "--user", "ada", "--role", name]).ok();
        let user = &program.run(&["user", "list", "--org", "grand-budget", "--json"]).json()[0];
        assert!(
            [&role["id"], &"admin".into()].contains(&if shown == "roles" { &user["roles"][0] } else { &user["role"] }),
            "{user}"
        );
    }
    assert!(program.run(&["role", "list", "--org", "grand-budget"]).ok().contains("Desk"));
    let unknown = ["role", "create", "--org", "grand-budget", "--name", "X", "--permission", "users:raed"];
    assert!(program.run(&unknown).error.contains("permissions[0]"));

    program.run(&["user", "enable", id]).ok();
    let key =
        ["key", "create", "--org", "grand-budget", "--name", "Backend", "--permission", "users:read", "--expires-in", "90d"];
    let more = ["--owner", "ada", "--allow-ip", "192.0.2.0/24", "--json"];
    let key = program.run(&[&key[..], &more].concat()).json();
    assert!(key["key"].as_str().unwrap().starts_with("ak_live_") && key["owner"] == user["id"], "{key}");
    let key_id = key["id"].as_str().unwrap();
    let rotated = program.run(&["key", "rotate", "--org", "grand-budget", "--overlap", "1h", key_id, "--json"]).json();
    assert!(
        rotated["id"] == key["id"] && rotated["key"] != key["key"] && rotated["previousKeyExpiresAt"].is_string(),
        "{rotated}"
    );
    program.run(&["key", "revoke", "--org", "grand-budget", key_id]).ok();
    let listed = program.run(&["key", "list", "--org", "grand-budget", "--json"]);
    assert!(!listed.output.contains(key["key"].as_str().unwrap()));
    assert!(listed.json()[0]["revokedAt"].is_string());
    let scim = ["key", "create", "--org", "grand-budget", "--name", "SCIM", "--type", "scim", "--environment", "test", "--json"];
    assert!(program.run(&scim).json()["key"].as_str().unwrap().starts_with("scim_"));

    let jwks = program.file("jwks.json", r#"{"keys":[]}"#);
    let client = [
        "client",
        "create",
        "--org",
        "grand-budget",
        "--name",
        "App",
        "--redirect-uri",
        "https://app.example/cb",
        "--jwks",
        &jwks,
    ];
    let client = program.run(&[&client[..], &["--json"]].concat()).json();
    assert_eq!((&client["client_secret_expires_at"], &client["redirect_uris"][0]), (&0.into(), &"https://app.example/cb".into()));
    let client_id = client["client_id"].as_str().unwrap();
    let first = client["client_secret"].as_str().unwrap();
    let rotated = program.run(&["client", "rotate-secret", client_id, "--overlap", "1h", "--json"]).json();
    assert_ne!(rotated["client_secret"], first);
    assert!(program.run(&["client", "rotate-secret", client_id]).error.contains("two secrets"));
    let listed = program.run(&["client", "list", "--org", "grand-budget", "--json"]).json();
    assert!(!listed.to_string().contains(first));
    program.run(&["client", "delete", client_id]).ok();
    assert_eq!(program.run(&["client", "delete", client_id]).status, 1);
    let wrong =
        program.run(&["client", "create", "--org", "grand-budget", "--name", "App", "--redirect-uri", "http://app.example/cb"]);
    assert!(wrong.status == 1 && wrong.error.contains("`redirect_uris`"), "{wrong:?}");
}

#[test]
fn a_client_may_be_imported_with_its_id_and_secret() {
    let program = Program::new();
    program.run(&["org", "create", "--name", "Acme"]).ok();
    let metadata = program
        .file("metadata.json", r#"{"client_name":"From a file","scope":"openid","redirect_uris":["https://a.example/cb"]}"#);
    let create = ["client", "create", "--org", "acme", "--name", "From a flag", "--metadata", &metadata, "--client-id", "conf-1"];
    let made = program
        .run_with(&[&create[..], &["--client-secret-stdin", "--json"]].concat(), "0123456789abcdef0123456789abcdef\n")
        .json();
    assert_eq!(
        (&made["client_id"], &made["client_name"], &made["scope"]),
        (&"conf-1".into(), &"From a flag".into(), &"openid".into())
    );
    let taken = program.run_with(&[&create[..], &["--client-secret-stdin"]].concat(), "0123456789abcdef0123456789abcdef\n");
    assert_eq!(taken.status, 1);
    let posing =
        ["client", "create", "--org", "acme", "--name", "x", "--redirect-uri", "https://a.example/cb", "--client-id", "client_1"];
    assert!(program.run(&posing).error.contains("`client_id`"));
}

#[test]
fn commands_work_beside_a_running_server_and_hold_at_once() {
    let program = Program::new();
    program.run(&["org", "create", "--name", "Acme"]).ok();
    let create = [
        "client",
        "create",
        "--org",
        "acme",
        "--name",
        "Machine",
        "--grant-type",
        "client_credentials",
        "--scope",
        "a:b",
        "--json",
    ];
    let client = program.run(&create).json();
    let server = program.serve();
    program.run(&["healthcheck"]).ok();
    let text = |client: &Value, member: &str| client[member].as_str().unwrap().to_owned();
    let (id, secret) = (text(&client, "client_id"), text(&client, "client_secret"));
    let token = |secret: &str| {
        server.post("/oauth/token", &format!("grant_type=client_credentials&client_id={id}&client_secret={secret}"))
    };
    assert_eq!(token(&secret).0, 200);
    let rotated = program.run(&["client", "rotate-secret", &id, "--overlap", "1h", "--json"]).json();
    let second = text(&rotated, "client_secret");
    assert_eq!((token(&secret).0, token(&second).0), (200, 200));
    let third = text(&program.run(&["client", "rotate-secret", &id, "--overlap", "0s", "--json"]).json(), "client_secret");
    assert_eq!((token(&secret).0, token(&second).0, token(&third).0), (401, 401, 200));
    program.run(&["client", "delete", &id]).ok();
    assert_eq!(token(&third).0, 401);

    let keys = program.run(&["signing-keys", "rotate", "--alg", "ES256", "--json"]).json();
    assert_eq!((keys.as_array().unwrap().len(), &keys[0]["state"]), (1, &"published".into()));
    let kid = text(&keys[0], "kid");
    assert!(server.get("/.well-known/jwks.json").1.contains(&kid));
    program.run(&["signing-keys", "revoke", &kid]).ok();
    assert!(!server.get("/.well-known/jwks.json").1.contains(&kid));
    assert_eq!(program.run(&["signing-keys", "list", "--json"]).json().as_array().unwrap().len(), 5);
    program.run(&["doctor"]).ok();
    server.stop();
    assert_eq!(program.run(&["healthcheck"]).status, 1);
}

#[test]
fn rl_30_ad_10_settings_are_checked_shown_and_explained() {
    let program = Program::new();
    program.run(&["config", "check"]).ok();
    let example = program.run(&["config", "example"]).ok();
    let path = program.file("keyward.toml", &example);
    program.run(&["config", "check", "--config", &path]).ok();
    let broken = program.file("broken.toml", "nonsense = 1\n[tokens]\naccess = \"soon\"\n[log]\nformat = \"loud\"\n");
    let told = program.run(&["config", "check", "--config", &broken]);
    assert_eq!(told.status, 1);
    for name in ["`nonsense`", "`tokens.access`", "`log.format`"] {
        assert!(told.error.contains(name), "{name}: {}", told.error);
    }
    let secret = program.file("with-secret.toml", "master_key = \"a master key that must never be shown\"\n");
    let dump = program.run(&["config", "dump", "--config", &secret]).ok();
    assert!(dump.contains("tokens.access") && !dump.contains("never be shown"), "{dump}");
}

#[test]
fn rl_29_the_schema_goes_up_and_down_and_a_lost_master_key_refuses_to_start() {
    let program = Program::new();
    assert!(program.run(&["migrate", "status"]).ok().contains("empty"));
    program.run(&["migrate", "up"]).ok();
    assert!(program.run(&["migrate", "status"]).ok().contains("current"));
    program.run(&["migrate", "down"]).ok();
    assert!(program.run(&["migrate", "status"]).ok().contains("older"));
    assert!(program.run(&["org", "list"]).error.contains("migrate up"));
    program.run(&["migrate", "up"]).ok();
    program.run(&["org", "create", "--name", "Acme"]).ok();
    std::fs::remove_file(program.path("data/master.key")).unwrap();
    assert!(program.run(&["org", "list"]).error.contains("master.key"));
    program.file("data/master.key", "another master key of enough length, to be wrong");
    let lax: Run = program.run(&["org", "list"]);
    assert!(lax.error.contains("chmod"), "{lax:?}");
    program.chmod("data/master.key", 0o600);
    assert!(program.run(&["org", "list"]).error.contains("master_key"));
    assert_eq!(program.run(&["doctor"]).status, 1);
}
