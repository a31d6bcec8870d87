//! The way to a server, as a case has it: shut, open, cut, or frozen with everything that is on it.

use std::{
    net::{Ipv4Addr, TcpListener},
    sync::mpsc::{Sender, channel},
};

use tokio::{
    io::copy_bidirectional,
    net::TcpStream,
    runtime::{Builder, Runtime},
};

pub struct Proxy {
    to: String,
    pub port: u16,
    open: Option<Runtime>,
    frozen: Option<Sender<()>>,
}

impl Proxy {
    /// Shut: whoever knocks is refused.
    pub fn to(address: String) -> Self {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        Self { to: address, port, open: None, frozen: None }
    }

    pub fn open(&mut self) {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let to = self.to.clone();
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            while let Ok((mut here, _)) = listener.accept().await {
                let to = to.clone();
                tokio::spawn(async move {
                    let mut there = TcpStream::connect(&to).await.unwrap();
                    let _ = copy_bidirectional(&mut here, &mut there).await;
                });
            }
        });
        self.open = Some(runtime);
    }

    /// Nothing passes, and nobody is told.
    pub fn freeze(&mut self) {
        let (frozen, thawed) = channel::<()>();
        // It has one thread only, which is held up by this.
        self.open.as_ref().unwrap().spawn(async move { thawed.recv() });
        self.frozen = Some(frozen);
    }

    pub fn thaw(&mut self) {
        self.frozen = None;
    }

    /// Cuts every connection, and takes no more.
    pub fn shut(&mut self) {
        if let Some(runtime) = self.open.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shut();
    }
}
