//! Connections to upstreams: HTTP/1.1, kept for the next request, made anew when one has gone.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::body::Body;

/// Connections kept per upstream while nobody uses them.
const MAX_IDLE: usize = 32;
const CONNECT: Duration = Duration::from_secs(3);

/// Why an upstream did not answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UpstreamFault {
    #[error("no connection")]
    Connect,
    #[error("no answer in time")]
    Timeout,
    #[error("the exchange broke off")]
    Exchange(#[source] hyper::Error),
}

/// Idle connections by upstream.
#[derive(Debug, Default)]
pub(crate) struct Upstreams(Mutex<HashMap<String, Vec<SendRequest<Body>>>>);

impl Upstreams {
    /// Sends a request and returns the head of the answer; its body streams.
    pub(crate) async fn send(
        &self,
        upstream: &str,
        request: Request<Body>,
        patience: Duration,
    ) -> Result<Response<Incoming>, UpstreamFault> {
        let exchange = self.exchange(upstream, request);
        tokio::time::timeout(patience, exchange)
            .await
            .map_err(|_| UpstreamFault::Timeout)?
    }

    async fn exchange(
        &self,
        upstream: &str,
        mut request: Request<Body>,
    ) -> Result<Response<Incoming>, UpstreamFault> {
        while let Some(mut kept) = self.take(upstream) {
            match kept.try_send_request(request).await {
                Ok(response) => {
                    self.keep(upstream, kept);
                    return Ok(response);
                }
                // The connection had gone before anything was sent: nothing can happen twice.
                Err(mut error) => match error.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Err(UpstreamFault::Exchange(error.into_error())),
                },
            }
        }
        let mut fresh = connect(upstream).await?;
        let response = fresh
            .send_request(request)
            .await
            .map_err(UpstreamFault::Exchange)?;
        self.keep(upstream, fresh);
        Ok(response)
    }

    /// A connection whose last exchange is over.
    fn take(&self, upstream: &str) -> Option<SendRequest<Body>> {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let list = idle.get_mut(upstream)?;
        list.retain(|kept| !kept.is_closed());
        let at = list.iter().rposition(SendRequest::is_ready)?;
        Some(list.swap_remove(at))
    }

    fn keep(&self, upstream: &str, connection: SendRequest<Body>) {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let list = idle.entry(upstream.to_owned()).or_default();
        list.retain(|kept| !kept.is_closed());
        if list.len() < MAX_IDLE {
            list.push(connection);
        }
    }
}

async fn connect(upstream: &str) -> Result<SendRequest<Body>, UpstreamFault> {
    let address = if upstream
        .rsplit_once(':')
        .is_some_and(|(_, port)| port.parse::<u16>().is_ok())
    {
        upstream.to_owned()
    } else {
        format!("{upstream}:80")
    };
    let stream = tokio::time::timeout(CONNECT, TcpStream::connect(&address)).await;
    let stream = stream
        .map_err(|_| UpstreamFault::Timeout)?
        .map_err(|_| UpstreamFault::Connect)?;
    let _ = stream.set_nodelay(true);
    let (sender, connection) = handshake(TokioIo::new(stream))
        .await
        .map_err(UpstreamFault::Exchange)?;
    tokio::spawn(async move {
        if let Err(error) = connection.with_upgrades().await {
            tracing::debug!(%error, "a connection to an upstream ended");
        }
    });
    Ok(sender)
}
