//! A process pinned to the first core, and what the system says about it. It ends with its handle.

use std::{
    fs,
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use super::wire::Connection;

pub struct Pinned(Child);

impl Drop for Pinned {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Pinned {
    pub fn start(program: &str, arguments: &[&str]) -> Self {
        let arguments: Vec<&str> = ["-c", "0", program].into_iter().chain(arguments.iter().copied()).collect();
        Self(Command::new("taskset").args(arguments).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap())
    }

    /// Until it answers 200. The span since `started`.
    pub fn wait_for(&self, host: &'static str, path: &str, started: Instant) -> Duration {
        while TcpStream::connect(host).is_err() {
            assert!(started.elapsed() < Duration::from_secs(20), "{host} does not listen");
            std::thread::sleep(Duration::from_millis(1));
        }
        Connection::open(host).get(path, "");
        started.elapsed()
    }

    fn status(&self, file: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{file}", self.0.id())).unwrap()
    }

    pub fn resident_mb(&self) -> f64 {
        let status = self.status("status");
        let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
    }

    /// Processor time so far.
    pub fn used(&self) -> Duration {
        let stat = self.status("stat");
        let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
        let ticks: u64 = [11, 12].iter().map(|at| fields[*at].parse::<u64>().unwrap()).sum();
        Duration::from_millis(ticks * 10)
    }
}
