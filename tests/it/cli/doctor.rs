//! `keyward doctor`: what it finds, each by itself, and that it makes nothing.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use keyward::{
    app::{App, assemble::Schemas, clock::Clock, randomness::Randomness},
    config::{Config, database::Database, environment::Environment},
    services::doctor,
};
use rcgen::{CertificateParams, KeyPair};
use sqlx::{Connection, Executor, PgConnection};
use time::{Duration, OffsetDateTime};

use crate::support::{database, server::BEGINNING};

fn config(folder: &Path, more: &[(&str, &str)]) -> Config {
    let flags = vec![("data_dir", folder.join("data").to_str().unwrap().to_owned())];
    Config::load(None, &Environment::of(more), flags).unwrap()
}

/// As the first start would have left it.
async fn started(config: &Config) {
    let clock = Clock::turned(BEGINNING);
    let app = App::assemble(config.clone(), clock, Randomness::system(), Schemas::MakeNew).await.unwrap();
    app.store.close().await.unwrap();
}

/// What is wrong, in the words of the findings.
async fn complaints(config: &Config, now: OffsetDateTime) -> Vec<String> {
    let findings = doctor::examine(config, now).await;
    findings.into_iter().filter_map(|finding| Some(format!("{}: {}", finding.what, finding.problem?))).collect()
}

#[track_caller]
fn only(complaints: &[String], words: &str) {
    assert!(complaints.len() == 1 && complaints[0].contains(words), "{words:?} is not the one complaint: {complaints:?}");
}

#[tokio::test]
async fn a_first_look_is_good_and_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), &[]);
    assert_eq!(complaints(&config, BEGINNING).await, Vec::<String>::new());
    assert!(!config.data_dir.exists());
    started(&config).await;
    let findings = doctor::examine(&config, BEGINNING).await;
    assert!(findings.len() > 8 && findings.iter().all(|finding| finding.problem.is_none()), "{findings:?}");
}

#[tokio::test]
async fn ad_10_open_files_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), &[]);
    started(&config).await;
    for (path, open, closed) in [("data", 0o777, 0o700), ("data/keyward.db", 0o644, 0o600)] {
        let path = folder.path().join(path);
        fs::set_permissions(&path, fs::Permissions::from_mode(open)).unwrap();
        only(&complaints(&config, BEGINNING).await, "chmod");
        fs::set_permissions(&path, fs::Permissions::from_mode(closed)).unwrap();
    }
    assert_eq!(complaints(&config, BEGINNING).await, Vec::<String>::new());
}

#[tokio::test]
async fn rl_29_a_wrong_or_lost_master_key_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), &[]);
    started(&config).await;
    let path = folder.path().join("data/master.key");
    fs::write(&path, "another master key, long enough but wrong").unwrap();
    only(&complaints(&config, BEGINNING).await, "master key");
    fs::remove_file(&path).unwrap();
    only(&complaints(&config, BEGINNING).await, "`master.key` is missing");
    assert!(!path.exists());
}

#[tokio::test]
async fn a_clock_that_was_set_back_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), &[]);
    started(&config).await;
    let found = complaints(&config, BEGINNING - Duration::hours(1)).await;
    assert!(found.iter().any(|complaint| complaint.contains("behind what the database holds")), "{found:?}");
    let found = complaints(&config, BEGINNING - Duration::days(365 * 10)).await;
    assert!(found.iter().any(|complaint| complaint.contains("tokens would have expired")), "{found:?}");
}

#[tokio::test]
async fn rl_03_commits_that_a_loss_of_power_would_undo_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let Database::Postgres { url, .. } = database::empty(folder.path()).await else { return };
    let master_key = ("KEYWARD_MASTER_KEY", "a master key for tests that is long enough");
    let config = config(folder.path(), &[("DATABASE_URL", url.reveal()), master_key]);
    started(&config).await;
    assert_eq!(complaints(&config, BEGINNING).await, Vec::<String>::new());
    let mut connection = PgConnection::connect(url.reveal()).await.unwrap();
    let set = "DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || current_database() || ' SET synchronous_commit = off'; END $$";
    connection.execute(set).await.unwrap();
    only(&complaints(&config, BEGINNING).await, "synchronous_commit=on");
}

#[tokio::test]
async fn rl_07_what_is_not_a_database_is_found_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), &[]);
    started(&config).await;
    let path = folder.path().join("data/keyward.db");
    fs::write(&path, "this was a database once, before something wrote over it".repeat(100)).unwrap();
    let before = fs::read(&path).unwrap();
    only(&complaints(&config, BEGINNING).await, "database answers");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_key_of_another_certificate_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (own, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let certificate = CertificateParams::new(vec!["id.example".to_owned()]).unwrap().self_signed(&own).unwrap();
    let certificate = write("tls.crt", &certificate.pem());
    let own = write("own.key", &own.serialize_pem());
    for (key, is_good) in [(own, true), (write("other.key", &other.serialize_pem()), false), (write("no.key", "none"), false)] {
        let config =
            config(folder.path(), &[("KEYWARD_TLS__CERTIFICATE", certificate.as_str()), ("KEYWARD_TLS__KEY", key.as_str())]);
        match is_good {
            true => assert_eq!(complaints(&config, BEGINNING).await, Vec::<String>::new()),
            false => only(&complaints(&config, BEGINNING).await, "TLS key"),
        }
    }
}
