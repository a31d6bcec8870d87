//! A full disk, as a process meets it whose files may not grow: writes fail, and everything else goes on. SQLite; a full disk of
//! PostgreSQL's is an error that it tells.

use std::{fs, process::Command, thread, time::Duration};

use crate::{
    cli::program::{Program, Server},
    kill::Machine,
};

/// Files of the server's may be so long, its log among them; none: as long as they like.
fn limit(server: &Server, bytes: Option<u64>) {
    let limit = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
    let done = Command::new("prlimit").args([format!("--pid={}", server.id()), format!("--fsize={limit}:")]).status().unwrap();
    assert!(done.success());
}

fn has_retry_after(answer: &str) -> bool {
    answer.starts_with("HTTP/1.1 503") && answer.contains("\r\nretry-after: ")
}

/// Readiness is looked at once a second.
fn soon_says(server: &Server, status: u16) -> bool {
    (0..30).any(|_| {
        thread::sleep(Duration::from_millis(100));
        server.get("/readyz").0 == status
    })
}

#[test]
fn rl_05_a_full_disk_stops_writes_only_and_they_go_on_when_there_is_room() {
    let program = Program::new();
    let machine = Machine::make(&program);
    // A write beyond the limit is an error, as it is on a full disk, and no signal.
    let server = program.serve_by("trap '' XFSZ; keyward serve");
    let mut acknowledged = vec![machine.token(&server).unwrap()];
    let grown = fs::metadata(program.path("data/keyward.db-wal")).unwrap().len();
    // Full in the midst of work, then from one moment to the next and for the log as well.
    for bytes in [grown + 100_000, 0] {
        limit(&server, Some(bytes));
        let mut refused = 0;
        for _ in 0..1000 {
            let answer = machine.ask(&server, "/oauth/token", "grant_type=client_credentials").unwrap();
            match machine.token_in(&answer) {
                Some(token) => acknowledged.push(token),
                None => {
                    assert!(has_retry_after(&answer), "{answer}");
                    refused += 1;
                }
            }
            if refused == 20 {
                break;
            }
        }
        assert_eq!(refused, 20, "the disk was never full");
        // As long as there is a little room, the write-ahead log can be begun anew once it was copied.
        if bytes == 0 {
            assert!(soon_says(&server, 503));
        }
        for path in ["/healthz", "/.well-known/jwks.json", "/.well-known/openid-configuration"] {
            assert_eq!(server.get(path).0, 200, "{path}");
        }
        assert!(acknowledged.iter().all(|token| machine.is_active(&server, token)), "an acknowledged token is lost");

        limit(&server, None);
        let token = (0..20).find_map(|_| {
            thread::sleep(Duration::from_millis(50));
            machine.token(&server)
        });
        acknowledged.push(token.expect("there is room again"));
        assert!(soon_says(&server, 200));
    }
    println!("{} tokens were acknowledged", acknowledged.len());
    server.kill();
    let server = program.serve();
    assert!(acknowledged.iter().all(|token| machine.is_active(&server, token)), "an acknowledged token is lost");
}
