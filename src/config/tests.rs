//! Precedence, unknown keys, and all problems at once.

use std::{fs, os::unix::fs::PermissionsExt};

use super::*;

fn load(file: &str, environment: &[(&str, &str)]) -> Result<Config, Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keyward.toml");
    fs::write(&path, file).unwrap();
    Config::load(Some(path), &Environment::of(environment), Vec::new()).map_err(|Problems(problems)| {
        problems.into_iter().map(|problem| format!("{}: {}", problem.key, problem.detail)).collect()
    })
}

#[test]
fn the_example_is_the_defaults() {
    let (empty, example) = (load("", &[]).unwrap(), load(EXAMPLE, &[]).unwrap());
    assert_eq!(format!("{empty:?}"), format!("{example:?}"));
    assert_eq!(empty.issuer.as_str(), "http://127.0.0.1:8080");
    assert_eq!(empty.tokens.access, time::Duration::hours(1));
}

#[test]
fn the_environment_wins_over_the_file_and_flags_over_both() {
    let config = load("[tokens]\naccess = \"5m\"\ncode = \"30s\"\n", &[("KEYWARD_TOKENS__ACCESS", "10m")]).unwrap();
    assert_eq!((config.tokens.access, config.tokens.code), (time::Duration::minutes(10), time::Duration::seconds(30)));
    let environment = Environment::of(&[("KEYWARD_LISTEN", "127.0.0.1:1")]);
    let config = Config::load(None, &environment, vec![("listen", "127.0.0.1:2".to_owned())]).unwrap();
    assert_eq!(config.listen.port(), 2);
}

#[test]
fn all_problems_are_reported_at_once_by_name() {
    let problems = load(
        "issuer = \"https://id.example.com/\"\nnonsense = 1\n[tokens]\naccess = \"soon\"\n[login]\nattempts = 0\n",
        &[("KEYWARD_TOKENS__NONSENSE", "1"), ("KEYWARD_LISTEN", "0.0.0.0:80")],
    )
    .unwrap_err();
    let names: Vec<_> = problems.iter().map(|problem| problem.split(':').next().unwrap()).collect();
    for name in ["issuer", "nonsense", "tokens.access", "login.attempts", "tokens.nonsense", "listen"] {
        assert!(names.contains(&name), "{name}: {problems:?}");
    }
}

#[test]
fn an_open_address_needs_tls_or_a_trusted_proxy() {
    assert!(load("listen = \"0.0.0.0:8080\"", &[]).is_err());
    assert!(load("listen = \"0.0.0.0:8080\"\n[proxy]\ntrusted = [\"10.0.0.0/8\", \"192.0.2.1\"]", &[]).is_ok());
    assert!(load("[proxy]\ntrusted = [\"nonsense\"]", &[]).is_err());
    assert!(load("[tls]\ncertificate = \"/nowhere\"", &[]).is_err());
}

#[test]
fn postgres_needs_a_master_key_and_secrets_may_come_from_files() {
    let url = ("DATABASE_URL", "postgres://u:hunter2@localhost/k");
    assert!(load("", &[url]).is_err());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("master");
    fs::write(&path, "a master key that is long enough for this\n").unwrap();
    let file = ("KEYWARD_MASTER_KEY_FILE", path.to_str().unwrap());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(load("", &[url, file]).unwrap_err()[0].contains("chmod"));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let config = load("", &[url, file]).unwrap();
    assert_eq!(config.master_key.as_ref().unwrap().reveal(), "a master key that is long enough for this");
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn a_broken_file_is_told_with_its_line() {
    assert!(load("issuer = \n", &[]).unwrap_err()[0].contains("line 1"));
}
