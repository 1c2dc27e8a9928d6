//! What a check is given: the target, the way to it, and a trail that becomes its evidence.

use std::sync::{Mutex, PoisonError};

use url::Url;

use crate::answer::Answer;
use crate::client::{Client, Stop};
use crate::exchange::Exchange;
use crate::request::Request;
use crate::target::Target;

/// One check's view of the world. Everything it sends is kept as evidence, redacted.
pub struct Probe<'a> {
    /// What is known of the target.
    pub target: &'a Target,
    /// The wall clock when the run began, in seconds since 1970.
    pub now_s: i64,
    client: &'a Client,
    trail: Mutex<Vec<Exchange>>,
}

/// The last so many exchanges are evidence: the one that decided is among them.
const TRAIL: usize = 8;

impl<'a> Probe<'a> {
    pub(crate) const fn new(target: &'a Target, client: &'a Client, now_s: i64) -> Self {
        Self {
            target,
            now_s,
            client,
            trail: Mutex::new(Vec::new()),
        }
    }

    /// The way to the target. What is sent through it directly leaves no evidence.
    #[must_use]
    pub const fn client(&self) -> &'a Client {
        self.client
    }

    /// Sends one request. Redirects are answers like any other. Requests may run side by side: join the futures.
    ///
    /// # Errors
    /// [`Stop`].
    pub async fn send(&self, request: Request) -> Result<Answer, Stop> {
        let answer = self.client.send(&request).await;
        let secrets = self.client.secrets();
        self.note(match &answer {
            Ok(answer) => Exchange::of(&request, answer, secrets),
            Err(stop) => Exchange::without_answer(&request, &stop.to_string(), secrets),
        });
        answer
    }

    /// Sends requests at the same time; see [`Client::race`].
    ///
    /// # Errors
    /// [`Stop`], when the run may not send as many.
    pub async fn race(&self, requests: Vec<Request>) -> Result<Vec<Result<Answer, Stop>>, Stop> {
        let answers = self.client.race(&requests).await?;
        for (request, answer) in requests.iter().zip(&answers) {
            if let Ok(answer) = answer {
                self.note(Exchange::of(request, answer, self.client.secrets()));
            }
        }
        Ok(answers)
    }

    /// Sends bytes as they are; see [`Client::raw`].
    ///
    /// # Errors
    /// [`Stop`].
    pub async fn raw(&self, url: &Url, bytes: &[u8]) -> Result<Vec<u8>, Stop> {
        let answer = self.client.raw(url, bytes).await;
        let got = answer.as_deref().unwrap_or_default();
        self.note(Exchange::raw(bytes, got, self.client.secrets()));
        answer
    }

    /// Hides `text` from all evidence.
    pub fn hide(&self, text: &str, kind: &'static str) {
        self.client.secrets().add(text, kind);
    }

    /// Makes an exchange evidence that was made before the check ran.
    pub fn show(&self, exchange: &Exchange) {
        self.note(exchange.clone());
    }

    pub(crate) fn into_evidence(self) -> Vec<Exchange> {
        self.trail.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, exchange: Exchange) {
        let mut trail = self.trail.lock().unwrap_or_else(PoisonError::into_inner);
        if trail.contains(&exchange) {
            return;
        }
        if trail.len() == TRAIL {
            trail.remove(0);
        }
        trail.push(exchange);
    }
}
