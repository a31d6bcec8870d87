//! A process pinned to the first core, and what the system says about it. It ends with its handle.

use std::{
    fs,
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use super::{parts::Parts, wire::Connection};

pub struct Pinned(Child);

/// What was measured of one operation.
pub struct Row {
    pub name: &'static str,
    /// What it cannot do without, in seconds, and which share of one over that it should reach.
    pub sum: fn(&Parts) -> f64,
    pub bar: f64,
    pub per_second: f64,
    /// Of the server's core, while it ran. Less than whole: the other side was the bound.
    pub busy: f64,
    pub resident_mb: f64,
}

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
    pub async fn wait_for(&self, host: &'static str, path: &str, started: Instant) -> Duration {
        while TcpStream::connect(host).is_err() {
            assert!(started.elapsed() < Duration::from_secs(20), "{host} does not listen");
            std::thread::sleep(Duration::from_millis(1));
        }
        Connection::open(host).await.get(path, "").await;
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
    fn used(&self) -> Duration {
        let stat = self.status("stat");
        let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
        let ticks: u64 = [11, 12].iter().map(|at| fields[*at].parse::<u64>().unwrap()).sum();
        Duration::from_millis(ticks * 10)
    }

    /// What it does while something is asked of it.
    pub async fn measured(&self, name: &'static str, sum: fn(&Parts) -> f64, bar: f64, rate: impl Future<Output = f64>) -> Row {
        let (used, started) = (self.used(), Instant::now());
        let per_second = rate.await;
        let busy = (self.used() - used).as_secs_f64() / started.elapsed().as_secs_f64();
        Row { name, sum, bar, per_second, busy, resident_mb: self.resident_mb() }
    }
}
