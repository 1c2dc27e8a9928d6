//! The one way onto the network. Everything that is sent goes through [`Client`], within its scope and its limits.

mod body;
mod pace;
mod wire;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use crate::answer::Answer;
use crate::exchange::shown_request;
use crate::limits::Limits;
use crate::redact::{Redacted, Secrets};
use crate::request::{Protocol, Request};
use crate::scope::{Scope, ScopeError};
use pace::Pace;
pub use wire::{Handshake, Trust};

/// Sends requests: slowly, to named origins only, and never for long.
#[derive(Debug)]
pub struct Client {
    scope: Scope,
    limits: Limits,
    pace: Pace,
    tls: Arc<rustls::ClientConfig>,
    tls_h2: Arc<rustls::ClientConfig>,
    secrets: Secrets,
    plan: Option<Plan>,
}

/// What a client is made of.
#[derive(Debug)]
pub struct Setup {
    /// Where it may go.
    pub scope: Scope,
    /// How much it may do.
    pub limits: Limits,
    /// Whose certificates it believes.
    pub trust: Trust,
    /// Whether requests are only listed. Each is then answered by a stand-in: 200, without fields and body.
    pub is_dry: bool,
}

/// What would be sent, in order.
#[derive(Debug, Default)]
pub struct Plan(Mutex<Vec<Redacted>>);

/// Why a request has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// It leads where the run may not go.
    #[error(transparent)]
    Scope(#[from] ScopeError),
    /// The run has used its requests up.
    #[error("the run has used up its {0} requests")]
    Requests(u32),
    /// The run has used its time up.
    #[error("the run has used up its time")]
    Time,
    /// The target took too long.
    #[error("no complete answer within {0} s")]
    Slow(u64),
    /// There is no connection.
    #[error("cannot connect: {0}")]
    Unreachable(String),
    /// TLS was not agreed upon.
    #[error("TLS failed: {0}")]
    Tls(String),
    /// What came is not HTTP, or too much of it.
    #[error("not an answer that can be read: {0}")]
    Broken(String),
    /// What came is HTTP, and does not tell what was asked: the target is busy, or what should work does not.
    #[error("{0}")]
    Unsure(String),
    /// The request cannot be said in HTTP.
    #[error("the request cannot be sent: {0}")]
    Unsendable(String),
}

impl Client {
    /// A client that is ready to send.
    ///
    /// # Errors
    /// [`Stop::Tls`] when the trusted certificates cannot be used.
    pub fn new(setup: Setup) -> Result<Self, Stop> {
        Ok(Self {
            tls: wire::tls(&setup.trust, Protocol::Http1)?,
            tls_h2: wire::tls(&setup.trust, Protocol::Http2)?,
            pace: Pace::new(&setup.limits),
            scope: setup.scope,
            limits: setup.limits,
            secrets: Secrets::default(),
            plan: setup.is_dry.then(Plan::default),
        })
    }

    /// The secrets that its evidence does not show.
    #[must_use]
    pub const fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Where it may go.
    #[must_use]
    pub const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// How much it may do.
    #[must_use]
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whether nothing is sent.
    #[must_use]
    pub const fn is_dry(&self) -> bool {
        self.plan.is_some()
    }

    /// Requests sent so far, or listed.
    #[must_use]
    pub fn sent(&self) -> u32 {
        self.pace.sent()
    }

    /// What would have been sent, if this is a dry run.
    #[must_use]
    pub fn planned(&self) -> Vec<Redacted> {
        let list = |plan: &Plan| plan.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.plan.as_ref().map(list).unwrap_or_default()
    }

    /// Sends one request. Redirects are answers like any other.
    ///
    /// # Errors
    /// [`Stop`].
    pub async fn send(&self, request: &Request) -> Result<Answer, Stop> {
        self.scope.permits(&request.url)?;
        if let Some(plan) = &self.plan {
            self.pace.count()?;
            plan.add(shown_request(request, &self.secrets));
            return Ok(stand_in(&request.url));
        }
        self.pace.turn().await?;
        self.send_in_turn(request).await
    }

    /// Sends requests at the same time: each waits for its turn first, and then they go together.
    ///
    /// # Errors
    /// [`Stop`], when the run may not send as many.
    pub async fn race(&self, requests: &[Request]) -> Result<Vec<Result<Answer, Stop>>, Stop> {
        if self.is_dry() || !requests.iter().all(|request| self.scope.holds(&request.url)) {
            let mut answers = Vec::with_capacity(requests.len());
            for request in requests {
                answers.push(self.send(request).await);
            }
            return Ok(answers);
        }
        for _ in requests {
            self.pace.turn().await?;
        }
        Ok(together(requests.iter().map(|request| self.send_in_turn(request))).await)
    }

    async fn send_in_turn(&self, request: &Request) -> Result<Answer, Stop> {
        let address = self.scope.address(&request.url).await?;
        let tls = match request.protocol {
            Protocol::Http1 => &self.tls,
            Protocol::Http2 => &self.tls_h2,
        };
        let started = Instant::now();
        let work = wire::exchange(request, address, tls, &self.limits);
        let mut answer = self.within_time(work).await?;
        answer.took = started.elapsed();
        for cookie in answer.set_cookies() {
            self.secrets.add(&cookie.value, "cookie");
        }
        Ok(answer)
    }

    /// Sends bytes as they are and gives back what comes until the target closes, falls silent for a second, or the
    /// limit is reached. For shapes that no HTTP library sends.
    ///
    /// # Errors
    /// [`Stop`].
    pub async fn raw(&self, url: &Url, bytes: &[u8]) -> Result<Vec<u8>, Stop> {
        self.scope.permits(url)?;
        if let Some(plan) = &self.plan {
            self.pace.count()?;
            plan.add(
                self.secrets
                    .redact(&format!("raw to {url}\n{}", String::from_utf8_lossy(bytes))),
            );
            return Ok(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec());
        }
        self.pace.turn().await?;
        let address = self.scope.address(url).await?;
        self.within_time(wire::raw(url, bytes, address, &self.tls, &self.limits))
            .await
    }

    /// Sends bytes on a connection of their own, and waits for the beginning of an answer: nothing, if none came within
    /// `patience`; no bytes, if the target hung up.
    ///
    /// # Errors
    /// [`Stop`].
    pub async fn first_words(
        &self,
        url: &Url,
        bytes: &[u8],
        patience: Duration,
    ) -> Result<Option<Vec<u8>>, Stop> {
        if self.is_dry() {
            return self.raw(url, bytes).await.map(Some);
        }
        let address = self.turn_at(url).await?;
        self.within_time(wire::first_words(url, bytes, address, &self.tls, patience))
            .await
    }

    /// The same without TLS, whatever the address says: for the first message of a handshake that is made by hand.
    ///
    /// # Errors
    /// [`Stop`].
    pub async fn plain_words(
        &self,
        url: &Url,
        bytes: &[u8],
        patience: Duration,
    ) -> Result<Option<Vec<u8>>, Stop> {
        if self.is_dry() {
            return self.raw(url, bytes).await.map(Some);
        }
        let address = self.turn_at(url).await?;
        self.within_time(wire::plain_words(bytes, address, patience))
            .await
    }

    /// Agrees on a connection, and says nothing.
    ///
    /// # Errors
    /// [`Stop`].
    pub async fn handshake(&self, url: &Url) -> Result<Handshake, Stop> {
        let address = self.turn_at(url).await?;
        self.within_time(wire::handshake(url, address, &self.tls)).await
    }

    /// Waits for the turn of a connection that bytes of our own are sent on; gives where it goes.
    async fn turn_at(&self, url: &Url) -> Result<SocketAddr, Stop> {
        self.scope.permits(url)?;
        self.pace.turn().await?;
        Ok(self.scope.address(url).await?)
    }

    async fn within_time<T>(&self, work: impl Future<Output = Result<T, Stop>>) -> Result<T, Stop> {
        let limit = self.limits.request_time;
        let end = self.pace.end().min(Instant::now() + limit);
        match tokio::time::timeout_at(end, work).await {
            Ok(done) => done,
            Err(_) if Instant::now() >= self.pace.end() => Err(Stop::Time),
            Err(_) => Err(Stop::Slow(limit.as_secs())),
        }
    }
}

impl Plan {
    fn add(&self, request: Redacted) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(request);
    }
}

/// Waits for all of them, side by side.
pub(crate) async fn together<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        for (future, done) in &mut running {
            if done.is_none()
                && let Poll::Ready(output) = future.as_mut().poll(context)
            {
                *done = Some(output);
            }
        }
        match running.iter().all(|(_, done)| done.is_some()) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
    running.into_iter().filter_map(|(_, done)| done).collect()
}

/// What a dry run takes for an answer.
fn stand_in(url: &Url) -> Answer {
    Answer {
        url: url.clone(),
        status: 200,
        fields: Vec::new(),
        body: Vec::new(),
        is_cut: false,
        is_garbled: false,
        took: Duration::ZERO,
    }
}

#[cfg(test)]
mod tests;
