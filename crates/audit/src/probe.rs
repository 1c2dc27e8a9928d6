//! What a check is given: the target, the way to it, and a trail that becomes its evidence.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use url::Url;

use crate::answer::Answer;
use crate::client::{Client, Handshake, Stop};
use crate::exchange::{Exchange, shown_request};
use crate::redact::{Redacted, Secrets};
use crate::request::Request;
use crate::target::Target;

/// One check's view of the world. Everything it sends is kept as evidence, redacted.
pub struct Probe<'a> {
    /// What is known of the target.
    pub target: &'a Target,
    /// The wall clock when the run began, in seconds since 1970.
    pub now_s: i64,
    client: &'a Client,
    trail: Mutex<Vec<Step>>,
}

/// An exchange as it will be shown: an answer may hold what turns out to be a secret later, so it is redacted at the end.
struct Step {
    /// What tells it apart from others: the request as it is shown, the status, and the length of the answer.
    key: (Redacted, u16, usize),
    of: Source,
}

enum Source {
    Sent(Box<Request>, Box<Result<Answer, Stop>>),
    Raw(Vec<u8>, Vec<u8>),
    Earlier(Box<Exchange>),
}

impl Source {
    fn key(&self, secrets: &Secrets) -> (Redacted, u16, usize) {
        match self {
            Self::Sent(request, answer) => {
                let (status, length) = match answer.as_ref() {
                    Ok(answer) => (answer.status, answer.body.len()),
                    Err(_) => (0, 0),
                };
                (shown_request(request, secrets), status, length)
            }
            Self::Raw(request, answer) => {
                let text = secrets.redact(&String::from_utf8_lossy(request));
                (text, 0, answer.len())
            }
            Self::Earlier(exchange) => (exchange.request.clone(), 0, exchange.response.as_str().len()),
        }
    }

    fn shown(&self, secrets: &Secrets) -> Exchange {
        match self {
            Self::Sent(request, answer) => match answer.as_ref() {
                Ok(answer) => Exchange::of(request, answer, secrets),
                Err(stop) => Exchange::without_answer(request, &stop.to_string(), secrets),
            },
            Self::Raw(request, answer) => Exchange::raw(request, answer, secrets),
            Self::Earlier(exchange) => exchange.again(secrets),
        }
    }
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
        self.keep(Source::Sent(Box::new(request), Box::new(answer.clone())));
        answer
    }

    /// Sends requests at the same time; see [`Client::race`].
    ///
    /// # Errors
    /// [`Stop`], when the run may not send as many.
    pub async fn race(&self, requests: Vec<Request>) -> Result<Vec<Result<Answer, Stop>>, Stop> {
        let answers = self.client.race(&requests).await?;
        for (request, answer) in requests.into_iter().zip(&answers) {
            self.keep(Source::Sent(Box::new(request), Box::new(answer.clone())));
        }
        Ok(answers)
    }

    /// Sends bytes as they are; see [`Client::raw`].
    ///
    /// # Errors
    /// [`Stop`].
    pub async fn raw(&self, url: &Url, bytes: &[u8]) -> Result<Vec<u8>, Stop> {
        let answer = self.client.raw(url, bytes).await;
        let got = answer.as_deref().unwrap_or_default().to_vec();
        self.keep(Source::Raw(bytes.to_vec(), got));
        answer
    }

    /// Sends bytes on a connection of their own, and waits for the beginning of an answer; see [`Client::first_words`].
    ///
    /// # Errors
    /// [`Stop`].
    pub async fn first_words(
        &self,
        url: &Url,
        bytes: &[u8],
        patience: Duration,
    ) -> Result<Option<Vec<u8>>, Stop> {
        let answer = self.client.first_words(url, bytes, patience).await;
        let got = answer.as_ref().ok().and_then(Option::as_ref).cloned();
        self.keep(Source::Raw(bytes.to_vec(), got.unwrap_or_default()));
        answer
    }

    /// The same without TLS; see [`Client::plain_words`]. It holds no text, so it is no evidence.
    ///
    /// # Errors
    /// [`Stop`].
    pub async fn plain_words(
        &self,
        url: &Url,
        bytes: &[u8],
        patience: Duration,
    ) -> Result<Option<Vec<u8>>, Stop> {
        self.client.plain_words(url, bytes, patience).await
    }

    /// Agrees on a connection, and says nothing; see [`Client::handshake`].
    ///
    /// # Errors
    /// [`Stop`].
    pub async fn handshake(&self, url: &Url) -> Result<Handshake, Stop> {
        if self.client.is_dry() {
            return Err(Stop::Unsure("a handshake is not listed as a request".to_owned()));
        }
        self.client.handshake(url).await
    }

    /// Hides `text` from all evidence.
    pub fn hide(&self, text: &str, kind: &'static str) {
        self.client.secrets().add(text, kind);
    }

    /// Makes an exchange evidence that was made before the check ran.
    pub fn show(&self, exchange: &Exchange) {
        self.keep(Source::Earlier(Box::new(exchange.clone())));
    }

    /// The trail, without anything that is known to be a secret by now.
    pub(crate) fn into_evidence(self) -> Vec<Exchange> {
        let secrets = self.client.secrets();
        let trail = self.trail.into_inner().unwrap_or_else(PoisonError::into_inner);
        trail.iter().map(|step| step.of.shown(secrets)).collect()
    }

    fn keep(&self, of: Source) {
        let key = of.key(self.client.secrets());
        let mut trail = self.trail.lock().unwrap_or_else(PoisonError::into_inner);
        if trail.iter().any(|old| old.key == key) {
            return;
        }
        if trail.len() == TRAIL {
            trail.remove(0);
        }
        trail.push(Step { key, of });
    }
}
