//! The log of this whole process, everything in it, as an operator's sink gets it.

use std::{
    io::Write,
    sync::{Arc, Mutex, OnceLock},
};

use tracing_subscriber::{filter::LevelFilter, fmt};

#[derive(Clone, Default)]
pub struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Sink {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }

    /// How often this event was told of whatever has this id.
    pub fn count(&self, event: &str, id: &str) -> usize {
        let name = format!("event=\"{event}\"");
        self.text().lines().filter(|line| line.contains(&name) && line.contains(id)).count()
    }
}

/// From the first call on; other cases write into it too.
pub fn captured() -> Sink {
    static LOG: OnceLock<Sink> = OnceLock::new();
    let sink = LOG.get_or_init(|| {
        let sink = Sink::default();
        let writer = sink.clone();
        fmt().with_max_level(LevelFilter::TRACE).with_ansi(false).with_writer(move || writer.clone()).init();
        sink
    });
    sink.clone()
}
