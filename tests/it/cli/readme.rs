//! The README's commands, run as they stand.

use serde_json::Value;

use super::program::Program;

const README: &str = include_str!("../../../README.md");

/// The shell lines of a chapter.
fn shell_lines(chapter: &str) -> Vec<String> {
    let text = README.split(&format!("\n## {chapter}\n")).nth(1).unwrap_or_else(|| panic!("no chapter {chapter}"));
    let text = text.split("\n## ").next().unwrap();
    let blocks = text.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap());
    blocks.flat_map(|block| block.replace("\\\n", " ").lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}

#[test]
fn the_first_sign_in_can_be_followed_to_the_letter() {
    let program = Program::new();
    let lines = shell_lines("First sign-in, step by step");
    let commands: Vec<&String> = lines.iter().filter(|line| line.contains("keyward ") && !line.starts_with("cargo")).collect();
    assert_eq!(commands.len(), 4, "{lines:?}");
    for line in &commands[..3] {
        let script = format!("keyward() {{ {} \"$@\"; }}; {line}", env!("CARGO_BIN_EXE_keyward"));
        program.shell(&script).ok();
    }
    assert_eq!(*commands[3], "keyward serve");
    let server = program.serve();
    let clients = program.run(&["client", "list", "--org", "acme", "--json"]).json();
    let id = clients[0]["client_id"].as_str().unwrap();
    let url = README.lines().find(|line| line.starts_with("http://127.0.0.1:8080/oauth/authorize?")).unwrap();
    let path = url.trim_start_matches("http://127.0.0.1:8080").replace("CLIENT_ID", id).replace(' ', "%20");
    let (status, answer) = server.get(&path);
    assert_eq!(status, 303);
    assert!(answer.contains("location: /login?i=int_"), "{answer}");
    let exchange = lines.iter().find(|line| line.contains("grant_type=authorization_code")).unwrap();
    let answer = program.shell(&exchange.replace("http://127.0.0.1:8080", &program.issuer())).ok();
    assert!(answer.contains("invalid_client"), "the placeholders are no client: {answer}");
}

#[test]
fn the_first_token_is_one_line_that_dev_prints() {
    let program = Program::new();
    let (server, facts) = program.dev();
    let template = &shell_lines("First token in one curl")[0];
    let client: &Value = &facts["client"];
    let text = |member: &str| client[member].as_str().unwrap();
    let line = template.replace("CLIENT_ID", text("client_id")).replace("CLIENT_SECRET", text("client_secret"));
    let line = line.replace("http://127.0.0.1:8080", &program.issuer());
    assert_eq!(line, facts["curl"]["token"].as_str().unwrap());
    let answer: Value = serde_json::from_str(&program.shell(&line).ok()).unwrap();
    assert!(answer["access_token"].is_string(), "{answer}");
    drop(server);
    // A second start finds what the first made up.
    assert_eq!(program.dev().1["client"], facts["client"]);
}

/// From nothing to a revoked key.
#[test]
fn the_chapter_on_api_keys_can_be_followed_to_the_letter() {
    let program = Program::new();
    let server = program.serve();
    program.run(&["org", "create", "--name", "Acme"]).ok();
    let lines = shell_lines("API keys");
    let (mut key, mut id) = (String::new(), String::new());
    let mut last = String::new();
    for line in &lines {
        let line = line.replace("http://127.0.0.1:8080", &program.issuer());
        let line = format!("keyward() {{ {} \"$@\" --json; }}; KEY={key}; ID={id}; {line}", env!("CARGO_BIN_EXE_keyward"));
        last = program.shell(&line).ok();
        let Ok(answer) = serde_json::from_str::<Value>(&last) else { continue };
        assert!(answer["title"].is_null(), "{line}: {answer}");
        if key.is_empty() {
            key = answer["key"].as_str().unwrap().to_owned();
        } else if let Some(made) = answer["id"].as_str().filter(|_| answer["key"].is_string()) {
            id = made.to_owned();
        }
    }
    assert_eq!((lines.len(), last.as_str()), (6, ""));
    let listed = program.run(&["key", "list", "--org", "acme", "--json"]).json();
    let revoked = listed.as_array().unwrap().iter().find(|key| key["id"] == id.as_str()).unwrap();
    assert!(revoked["revokedAt"].is_string(), "{listed}");
    drop(server);
}

#[test]
fn dev_prints_a_call_with_an_api_key_that_works() {
    let program = Program::new();
    let (server, facts) = program.dev();
    let answer: Value = serde_json::from_str(&program.shell(facts["curl"]["api_key"].as_str().unwrap()).ok()).unwrap();
    assert_eq!(answer["data"][0]["username"], "ada", "{answer}");
    drop(server);
    assert_eq!(program.dev().1["api_key"], facts["api_key"]);
}
