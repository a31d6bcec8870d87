//! The built binary with a folder and a port of its own.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use keyward::config::database::Database;
use serde_json::Value;
use tempfile::TempDir;

pub struct Program {
    folder: TempDir,
    pub port: u16,
    /// None: a SQLite file in the folder.
    pub database_url: Option<String>,
    /// On top of the environment that every command gets.
    variables: Vec<(&'static str, String)>,
}

#[derive(Debug)]
pub struct Run {
    pub status: i32,
    pub output: String,
    pub error: String,
}

impl Run {
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.status, 0, "{self:?}");
        self.output
    }

    #[track_caller]
    pub fn json(self) -> Value {
        serde_json::from_str(&self.ok()).unwrap()
    }
}

impl Program {
    pub fn new() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self { folder: tempfile::tempdir().unwrap(), port, database_url: None, variables: Vec::new() }
    }

    /// On a new database of whichever kind these tests run on.
    pub fn on_test_database() -> Self {
        let program = Self::new();
        let made = std::thread::scope(|scope| {
            let folder = program.folder.path();
            let made = scope.spawn(|| tokio::runtime::Runtime::new().unwrap().block_on(crate::support::database::empty(folder)));
            made.join().unwrap()
        });
        let database_url = match made {
            Database::Postgres { url, .. } => Some(url.reveal().to_owned()),
            Database::Sqlite { .. } => None,
        };
        Self { database_url, ..program }
    }

    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn file(&self, name: &str, text: &str) -> String {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name).to_str().unwrap().to_owned()
    }

    /// What the server that was started last has told.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap()
    }

    pub fn chmod(&self, name: &str, mode: u32) {
        std::fs::set_permissions(self.path(name), std::fs::Permissions::from_mode(mode)).unwrap();
    }

    pub fn issuer(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyward"));
        #[expect(clippy::disallowed_methods, reason = "the child finds its programs where the test does")]
        let path = std::env::var_os("PATH").unwrap_or_default();
        command.args(arguments).current_dir(self.folder.path()).env_clear().env("PATH", path);
        command.env("KEYWARD_DATA_DIR", self.path("data")).env("KEYWARD_METRICS_LISTEN", "off");
        command.env("KEYWARD_LISTEN", format!("127.0.0.1:{}", self.port)).env("KEYWARD_ISSUER", self.issuer());
        command.env("KEYWARD_LOGIN__HASH_MEMORY", "64").env("KEYWARD_LOGIN__HASH_PASSES", "1");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        if let Some(url) = &self.database_url {
            command.env("DATABASE_URL", url).env("KEYWARD_MASTER_KEY", "a master key for tests that is long enough");
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(arguments, "")
    }

    pub fn spawn(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().unwrap()
    }

    pub fn run_with(&self, arguments: &[&str], input: &str) -> Run {
        let mut child = self.spawn(arguments);
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let done = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Run { status: done.status.code().unwrap_or(-1), output: text(done.stdout), error: text(done.stderr) }
    }

    /// A line for a shell, in the same folder and environment.
    pub fn shell(&self, line: &str) -> Run {
        let done = self.in_shell(line).stdin(Stdio::null()).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Run { status: done.status.code().unwrap_or(-1), output: text(done.stdout), error: text(done.stderr) }
    }

    fn in_shell(&self, line: &str) -> Command {
        let command = self.command(&[]);
        let mut shell = Command::new("bash");
        shell.args(["-c", line]).current_dir(self.folder.path()).env_clear();
        shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        shell
    }

    /// `keyward dev --json`, and what it says.
    pub fn dev(&self) -> (Server, Value) {
        let mut child = self.command(&["dev", "--json"]).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        (Server { child, port: self.port }, serde_json::from_str(&line).unwrap())
    }

    pub fn serve(&self) -> Server {
        self.serve_with(&["serve"])
    }

    pub fn serve_with(&self, arguments: &[&str]) -> Server {
        self.started(self.command(arguments))
    }

    /// The same by way of a line for a shell, in which `keyward` is the program.
    pub fn serve_by(&self, line: &str) -> Server {
        self.started(self.in_shell(&format!("keyward() {{ exec '{}' \"$@\"; }}; {line}", env!("CARGO_BIN_EXE_keyward"))))
    }

    fn started(&self, mut command: Command) -> Server {
        let log = std::fs::File::create(self.path("log")).unwrap();
        Server::of(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap(), self)
    }
}

/// A running server; killed when it is dropped.
pub struct Server {
    child: Child,
    port: u16,
}

impl Server {
    /// A child that will listen soon.
    pub fn of(child: Child, program: &Program) -> Self {
        let server = Self { child, port: program.port };
        for _ in 0..100 {
            if TcpStream::connect(("127.0.0.1", server.port)).is_ok() {
                return server;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("the server does not listen");
    }

    pub fn get(&self, path: &str) -> (u16, String) {
        status(self.request("GET", path, "", ""))
    }

    pub fn post(&self, path: &str, form: &str) -> (u16, String) {
        status(self.request("POST", path, "", form))
    }

    /// The whole answer to one request on a connection of its own. `headers` are whole lines.
    pub fn request(&self, method: &str, path: &str, headers: &str, form: &str) -> String {
        self.try_request(method, path, headers, form).expect("the server answers")
    }

    /// None: the server went away.
    pub fn try_request(&self, method: &str, path: &str, headers: &str, form: &str) -> Option<String> {
        let form_type = if form.is_empty() { "" } else { "content-type: application/x-www-form-urlencoded\r\n" };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{}\r\nconnection: close\r\n{headers}{form_type}content-length: {}\r\n\r\n{form}",
            self.port,
            form.len()
        );
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Names of its threads, as far as the system keeps them.
    pub fn threads(&self) -> Vec<String> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        tasks.filter_map(|task| std::fs::read_to_string(task.unwrap().path().join("comm")).ok()).collect()
    }

    /// SIGKILL: no goodbye. Afterwards nobody listens.
    pub fn kill(&self) {
        signal("KILL", self.child.id());
        while TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// SIGTERM.
    pub fn terminate(&self) {
        signal("TERM", self.child.id());
    }

    /// SIGTERM, and the exit that follows within ten seconds.
    pub fn stop(self) {
        self.terminate();
        assert_eq!(self.end(Duration::from_secs(10)), Some(0));
    }

    /// The status it exits with. None: a signal ended it.
    pub fn end(mut self, limit: Duration) -> Option<i32> {
        let began = Instant::now();
        while began.elapsed() < limit {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the server does not end");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn status(answer: String) -> (u16, String) {
    (answer.split(' ').nth(1).unwrap().parse().unwrap(), answer)
}

/// By the shell's own `kill`: a small system has no other.
pub fn signal(name: &str, process: u32) {
    let sent = Command::new("bash").args(["-c", &format!("kill -{name} {process}")]).status().unwrap();
    assert!(sent.success(), "{name} could not be sent to {process}");
}
