//! Precedence, unknown keys, and all problems at once.

use std::{fs, os::unix::fs::PermissionsExt};

use super::*;

fn load(file: &str, environment: &[(&str, &str)]) -> Result<Config, Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keyward.toml");
    fs::write(&path, file).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
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
fn rl_30_a_broken_file_is_told_with_its_line_and_without_what_stands_there() {
    let problem = &load("\nmaster_key = \"hunter2hunter2\n", &[]).unwrap_err()[0];
    assert!(problem.contains("line 2") && !problem.contains("hunter2"), "{problem}");
}

#[test]
fn each_problem_says_where_the_value_stands() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keyward.toml");
    fs::write(&path, "data_dir = \"\"\n\n[nonsense]\n\n[tokens]\naccess.x = 1\ncode = \"1h\"\n").unwrap();
    let environment = Environment::of(&[("KEYWARD_LISTEN", "here")]);
    let Problems(problems) = Config::load(Some(path.clone()), &environment, vec![("issuer", "there".to_owned())]).unwrap_err();
    let places: Vec<_> = problems.iter().map(|problem| (problem.key.as_str(), problem.source.as_str())).collect();
    let line = |line: usize| format!("{}, line {line}", path.display());
    for place in [
        ("data_dir", line(1)),
        ("nonsense", line(3)),
        ("tokens.access", line(6)),
        ("listen", "KEYWARD_LISTEN".to_owned()),
        ("issuer", "flag --issuer".to_owned()),
    ] {
        assert!(places.contains(&(place.0, place.1.as_str())), "{place:?} is not among {places:?}");
    }
}

#[test]
fn ad_10_a_secret_is_not_taken_from_a_file_that_everybody_can_read() {
    let folder = tempfile::tempdir().unwrap();
    let check = |name: &str, text: String, mode: u32, is_good: bool| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let loaded = Config::load(Some(path), &Environment::default(), Vec::new());
        assert_eq!(loaded.is_ok(), is_good, "{name} {mode:o}: {loaded:?}");
    };
    let key = "a master key that is long enough for this";
    check("plain.toml", "listen = \"127.0.0.1:1\"".to_owned(), 0o644, true);
    check("database.toml", "database_url = \"sqlite://keyward.db\"".to_owned(), 0o644, true);
    for (mode, is_good) in [(0o600, true), (0o640, true), (0o644, false), (0o602, false)] {
        check("key.toml", format!("master_key = \"{key}\""), mode, is_good);
        let url = "postgres://u:hunter2@localhost/k";
        check("url.toml", format!("database_url = \"{url}\"\nmaster_key = \"{key}\""), mode, is_good);
        let held = folder.path().join("held");
        fs::write(&held, key).unwrap();
        fs::set_permissions(&held, fs::Permissions::from_mode(mode)).unwrap();
        check("file.toml", format!("master_key_file = {held:?}"), 0o644, is_good);
        check("tls.toml", format!("[tls]\ncertificate = {held:?}\nkey = {held:?}"), 0o644, is_good);
    }
}

#[test]
fn values_that_cannot_work_are_refused_by_name() {
    for (file, key) in [
        ("master_key = \"short\"", "master_key"),
        ("database_url = \"sqlite::memory:\"", "database_url"),
        ("database_url = \"sqlite://:memory:\"", "database_url"),
        ("database_url = \"sqlite://a.db?mode=ro\"", "database_url"),
        ("database_url = \"mysql://localhost/k\"", "database_url"),
        ("[tokens]\nrefresh_idle = \"91d\"", "tokens.refresh_idle"),
        ("[tokens]\naccess = \"0s\"", "tokens.access"),
        ("[tokens]\naccess = 3600", "tokens.access"),
        ("[log]\nformat = \"xml\"", "log.format"),
        ("[proxy]\ntrusted = 1", "proxy.trusted"),
        ("tokens = 1", "tokens"),
        ("registration = { policy = \"open\" }", "registration.policy"),
    ] {
        let problems = load(file, &[]).unwrap_err();
        assert!(problems.iter().any(|problem| problem.starts_with(&format!("{key}: "))), "{file}: {problems:?}");
    }
    let (key, file) = (("KEYWARD_MASTER_KEY", "k"), ("KEYWARD_MASTER_KEY_FILE", "/nowhere"));
    assert_eq!(load("", &[key, file]).unwrap_err().len(), 2);
    assert!(load("", &[("KEYWARD_LOG__LEVEL", "in\u{FFFD}fo")]).unwrap_err()[0].starts_with("log.level"));
}

#[test]
fn a_dump_is_a_configuration_file_that_says_the_same_without_its_secrets() {
    let environment = Environment::of(&[
        ("KEYWARD_MASTER_KEY", "a master key that is long enough for this"),
        ("KEYWARD_TOKENS__ACCESS", "5m"),
        ("KEYWARD_PROXY__TRUSTED", "10.0.0.0/8, 192.0.2.1"),
    ]);
    let text = dump(None, &environment, vec![("listen", "127.0.0.1:9".to_owned())]).unwrap();
    assert!(!text.contains("long enough"), "{text}");
    for line in [
        "tokens.access = \"5m\"    # KEYWARD_TOKENS__ACCESS",
        "listen = \"127.0.0.1:9\"    # flag --listen",
        "login.attempts = 10    # default",
        "# tls.key is not set",
    ] {
        assert!(text.lines().any(|own| own == line), "{line} is not in {text}");
    }
    let config = load(&text.replace("\"…\"", "\"a master key that is long enough for this\""), &[]).unwrap();
    assert_eq!((config.tokens.access, config.listen.port(), config.proxy.trusted.len()), (time::Duration::minutes(5), 9, 2));
}
