//! A place that takes tokens, and how one tells that it let one through.

use http::Method;
use tokio::sync::OnceCell;
use url::Url;

use crate::answer::Answer;
use crate::client::Stop;
use crate::probe::Probe;
use crate::request::Request;

/// A place that accepts the token.
#[derive(Debug)]
pub struct Endpoint {
    /// Where.
    pub url: Url,
    /// How it is asked. Something that changes nothing.
    pub method: Method,
    /// How the token travels.
    pub carrier: Carrier,
    /// Other fields that every request has.
    pub fields: Vec<(String, String)>,
    /// A text that only accepted requests are answered with, where status and size do not tell.
    pub accepted_text: Option<String>,
    oracle: OnceCell<Result<Oracle, String>>,
}

/// How often more the good token and none are tried before their answers are believed.
const ROUNDS: usize = 2;

/// How a token travels.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Carrier {
    /// `Authorization: Bearer`.
    #[default]
    Bearer,
    /// A cookie of this name.
    Cookie(String),
    /// A field of this name, with the bare token.
    Field(String),
}

/// What an endpoint answers to a good token, and to none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Oracle {
    good: Shape,
    none: Shape,
    text: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Shape {
    status: u16,
    bytes: usize,
    location: Option<String>,
}

/// What an answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    Accepted,
    Refused,
    /// Neither like one nor like the other.
    Unclear,
}

impl Endpoint {
    /// A place that takes `Authorization: Bearer` on GET.
    #[must_use]
    pub const fn new(url: Url) -> Self {
        Self {
            url,
            method: Method::GET,
            carrier: Carrier::Bearer,
            fields: Vec::new(),
            accepted_text: None,
            oracle: OnceCell::const_new(),
        }
    }

    /// A request that presents `token`, whatever that is.
    #[must_use]
    pub fn request(&self, token: &str) -> Request {
        let request = self.bare();
        match &self.carrier {
            Carrier::Bearer => request.bearer(token),
            Carrier::Cookie(name) => request.cookies(&format!("{name}={token}")),
            Carrier::Field(name) => request.field(name, token),
        }
    }

    /// A request that presents nothing.
    #[must_use]
    pub fn bare(&self) -> Request {
        let request = Request::new(self.method.clone(), self.url.clone());
        self.fields.iter().fold(request, |request, (name, value)| {
            request.field(name, value.as_str())
        })
    }

    /// Learns, once a run, what acceptance looks like. The inner error says why that cannot be told.
    pub(crate) async fn oracle(
        &self,
        probe: &Probe<'_>,
        good: &str,
    ) -> Result<&Result<Oracle, String>, Stop> {
        self.oracle
            .get_or_try_init(|| async {
                let accepted = probe.send(self.request(good)).await?;
                let none = probe.send(self.bare()).await?;
                let oracle = Oracle {
                    good: Shape::of(&accepted),
                    none: Shape::of(&none),
                    text: self.accepted_text.clone(),
                };
                // A dry run goes on as if everything was in order, so that every request is listed.
                if probe.client().is_dry() {
                    return Ok(Ok(oracle));
                }
                let oracle = match oracle.sound(&accepted, &none) {
                    Ok(oracle) => oracle,
                    Err(why) => return Ok(Err(why)),
                };
                // Who answers one request in two ways answers a forged one by chance.
                for _ in 0..ROUNDS {
                    if !oracle.is_steady(self, probe, good).await? {
                        return Ok(Err(
                            "the endpoint answers the same request now in one way and now in another"
                                .to_owned(),
                        ));
                    }
                }
                Ok(Ok(oracle))
            })
            .await
    }
}

impl Oracle {
    /// Whether the good token still is accepted, and none refused.
    pub(crate) async fn is_steady(
        &self,
        endpoint: &Endpoint,
        probe: &Probe<'_>,
        good: &str,
    ) -> Result<bool, Stop> {
        let accepted = probe.send(endpoint.request(good)).await?;
        let none = probe.send(endpoint.bare()).await?;
        Ok(self.judge(&accepted) == Admission::Accepted && self.judge(&none) == Admission::Refused)
    }

    fn sound(self, accepted: &Answer, none: &Answer) -> Result<Self, String> {
        if accepted.status >= 400 {
            return Err(format!(
                "the endpoint answers {} to the good token",
                accepted.status
            ));
        }
        if none.says_nothing() {
            return Err(format!(
                "the endpoint answers {} to a request without a token, which is no refusal",
                none.status
            ));
        }
        if self.judge(accepted) == Admission::Accepted && self.judge(none) == Admission::Refused {
            return Ok(self);
        }
        Err("the endpoint answers the same with the good token and with none: name another, or a text that only accepted requests are answered with (--accepted-text)".to_owned())
    }

    /// What `answer` means.
    pub(crate) fn judge(&self, answer: &Answer) -> Admission {
        // Too many requests, or a server in trouble, says nothing about a token.
        if answer.says_nothing() {
            return Admission::Unclear;
        }
        if let Some(text) = &self.text {
            let has_it = answer.text().contains(text.as_str());
            return if has_it {
                Admission::Accepted
            } else {
                Admission::Refused
            };
        }
        if self.good.status != self.none.status {
            return match answer.status {
                status if status == self.good.status => Admission::Accepted,
                status if status == self.none.status || status >= 400 => Admission::Refused,
                status if (200..300).contains(&status) && (200..300).contains(&self.good.status) => {
                    Admission::Accepted
                }
                _ => Admission::Unclear,
            };
        }
        let shape = Shape::of(answer);
        if shape == self.none {
            Admission::Refused
        } else if shape == self.good {
            Admission::Accepted
        } else if shape.status >= 400 {
            Admission::Refused
        } else {
            Admission::Unclear
        }
    }
}

impl Shape {
    fn of(answer: &Answer) -> Self {
        Self {
            status: answer.status,
            bytes: answer.body.len(),
            location: answer.field("location").map(str::to_owned),
        }
    }
}

#[cfg(test)]
mod tests;
