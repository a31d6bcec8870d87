//! The configuration as the program meets it: what refuses a start, and that no message holds a secret.

use super::program::Program;

#[test]
fn rl_30_a_broken_file_refuses_to_start_with_file_key_and_line() {
    let program = Program::new();
    let path = program.file("broken.toml", "listen = \"127.0.0.1:1\"\n\n[tokens]\nacces = \"1h\"\n");
    for command in ["serve", "doctor", "healthcheck"] {
        let run = program.run(&[command, "--config", &path]);
        assert!(run.status == 1 && run.error.contains(&format!("`tokens.acces` is not a setting ({path}, line 4)")), "{run:?}");
    }
    assert!(!program.path("data").exists());
}

#[test]
fn ad_10_no_secret_is_told_by_what_goes_wrong() {
    let program = Program::new();
    let broken = program.file("broken.toml", "master_key = \"hunter2 hunter2 hunter2 hunter2\n");
    let lax = program.file("lax.toml", "master_key = \"hunter2 hunter2 hunter2 hunter2 hunter2\"\nnonsense = 1\n");
    let wrong = program.file("wrong.toml", "database_url = \"mysql://keyward:hunter2@localhost/keyward\"\n");
    for path in [&broken, &lax, &wrong] {
        for command in [&["config", "check"][..], &["config", "dump"], &["serve"], &["doctor"]] {
            let run = program.run(&[command, &["--config", path]].concat());
            assert!(!format!("{run:?}").contains("hunter2"), "{run:?}");
            assert!(run.status == 1 || command.contains(&"dump"), "{run:?}");
        }
    }
    let down = "postgres://keyward:hunter2@127.0.0.1:1/keyward";
    let key = program.file("master", "a master key that is long enough for this");
    program.chmod("master", 0o600);
    let away = program.file("away.toml", &format!("database_url = \"{down}\"\nmaster_key_file = \"{key}\"\n"));
    program.chmod("away.toml", 0o600);
    let run = program.run(&["doctor", "--config", &away]);
    assert!(run.status == 1 && !format!("{run:?}").contains("hunter2"), "{run:?}");
    program.serve_with(&["serve", "--config", &away]).stop();
    let log = program.log();
    assert!(log.contains("does not answer yet") && !log.contains("hunter2"), "{log}");
}
