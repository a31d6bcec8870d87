//! Traces on their way to a collector. Redirects are not followed, and of an answer only its head counts.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use tokio::runtime::Handle;

use crate::model::fault::Fault;

/// Sends on the runtime on which it was made. Tells once that nothing arrives, and once that it does again.
#[derive(Debug)]
pub struct Collector {
    client: reqwest::Client,
    runtime: Handle,
    is_away: AtomicBool,
}

/// An answer says next to nothing; what is longer ends its connection.
const LONGEST_ANSWER: usize = 64 * 1024;

impl Collector {
    /// Without TLS, no system certificates are needed.
    pub fn new(is_plain: bool, timeout: Duration) -> Result<Self, Fault> {
        #[expect(clippy::disallowed_methods, reason = "outbound makes the clients")]
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(timeout);
        let client = if is_plain { client.tls_certs_only([]) } else { client };
        let client = client.build().map_err(|error| Fault::while_doing("set up the export of traces", error))?;
        Ok(Self { client, runtime: Handle::current(), is_away: AtomicBool::new(false) })
    }

    /// Once for each time that it goes away or comes back.
    fn tell(&self, problem: Option<String>) {
        match (self.is_away.swap(problem.is_some(), Ordering::Relaxed), problem) {
            (false, Some(problem)) => {
                tracing::warn!(problem, "the collector of traces is away; what does not reach it is dropped")
            }
            (true, None) => tracing::info!("the collector of traces is back"),
            _ => {}
        }
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let answer = self.runtime.spawn(send(self.client.clone(), request.try_into()?)).await?;
        self.tell(match &answer {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("it answered {}", answer.status())),
            Err(fault) => Some(fault.chain()),
        });
        Ok(answer?)
    }
}

async fn send(client: reqwest::Client, request: reqwest::Request) -> Result<Response<Bytes>, Fault> {
    let failed = |error: reqwest::Error| Fault::while_doing("send traces", error.without_url());
    let mut answer = client.execute(request).await.map_err(failed)?;
    let mut head = Response::new(Bytes::new());
    *head.status_mut() = answer.status();
    *head.headers_mut() = answer.headers().clone();
    let mut length = 0;
    while let Some(chunk) = answer.chunk().await.map_err(failed)? {
        length += chunk.len();
        if length > LONGEST_ANSWER {
            break;
        }
    }
    Ok(head)
}
