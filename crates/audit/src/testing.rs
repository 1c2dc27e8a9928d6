//! Small servers with one fault each and their twins without it, on loopback. For tests, and for the detection benchmark.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "test code: what cannot go wrong on loopback does not"
)]

mod server;

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use url::Url;

pub use server::{RawServer, Server};

use crate::answer::Answer;
use crate::client::{Client, Setup, Trust};
use crate::exchange::Exchange;
use crate::limits::Limits;
use crate::redact::Secrets;
use crate::report::{Coverage, Found};
use crate::request::Request;
use crate::run::{Options, Outcome, Report, run};
use crate::scope::Scope;
use crate::set_cookie::Jar;
use crate::site::{Page, Site};
use crate::target::Target;
use crate::verdict::Verdict;

/// The wall clock of tests: in May 2027.
pub const NOW_S: i64 = 1_810_000_000;

/// A request as a handler sees it.
pub type Ask = http::Request<Bytes>;
/// What a handler answers.
pub type Reply = http::Response<Vec<u8>>;
/// What a server does.
pub type Handler = Arc<dyn Fn(&Ask) -> Reply + Send + Sync>;

/// A check with a target that it must fail and one that it must pass.
pub struct Proof {
    /// The check's id.
    pub check: &'static str,
    /// Has the fault.
    pub fails: Stand,
    /// The same without it.
    pub passes: Stand,
}

/// Starts a server, and says whose certificates it has.
pub type Start =
    Box<dyn Fn() -> std::pin::Pin<Box<dyn Future<Output = (Server, Trust)> + Send>> + Send + Sync>;

/// A server, and what a run is told of it.
pub struct Stand {
    /// What the server does.
    pub handler: Handler,
    /// A server of another kind, in its place.
    pub own: Option<Start>,
    /// What the run is told, given the server's address.
    pub target: Build,
}

/// How a target is made of a server's address.
pub type Build =
    Box<dyn Fn(Url, Arc<Client>) -> std::pin::Pin<Box<dyn Future<Output = Target> + Send>> + Send + Sync>;

impl Stand {
    /// A server and a target that is known without asking.
    pub fn of(
        handler: impl Fn(&Ask) -> Reply + Send + Sync + 'static,
        target: impl Fn(&Url) -> Target + Send + Sync + 'static,
    ) -> Self {
        let target = Arc::new(target);
        Self {
            handler: Arc::new(handler),
            own: None,
            target: Box::new(move |url, _| {
                let target = Arc::clone(&target);
                Box::pin(async move { target(&url) })
            }),
        }
    }

    /// A target for checks that send nothing.
    pub fn still(target: impl Fn() -> Target + Send + Sync + 'static) -> Self {
        Self::of(|_| reply(404, &[], ""), move |_| target())
    }

    /// Starts the server and runs one check against it, with everything permitted.
    pub async fn judge(&self, check: &'static str) -> Outcome {
        let (server, trust) = match &self.own {
            Some(start) => start().await,
            None => (Server::start(Arc::clone(&self.handler)).await, Trust::default()),
        };
        let client = Arc::new(trusting_client(&[server.url()], quick(), trust));
        let target = (self.target)(server.url().clone(), Arc::clone(&client)).await;
        let check = crate::registry::by_id(check).expect("a check of the registry");
        let options = Options {
            is_active: true,
            now_s: NOW_S,
            ..Options::default()
        };
        let mut report = run(&[check], &target, &client, &options, &|_| {}).await;
        report.outcomes.remove(0)
    }
}

/// Every proof of every suite.
#[must_use]
pub fn proofs() -> Vec<Proof> {
    [
        crate::jwt::proofs(),
        crate::cookies::proofs(),
        crate::pages::proofs(),
        crate::tls::proofs(),
        crate::pentest::proofs(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A client that may go to these origins, without waiting between requests.
#[must_use]
pub fn client(urls: &[&Url]) -> Client {
    bounded_client(urls, quick())
}

fn quick() -> Limits {
    Limits {
        rate_per_s: 5000,
        request_time: Duration::from_secs(5),
        ..Limits::default()
    }
}

/// The same within these limits.
#[must_use]
pub fn bounded_client(urls: &[&Url], limits: Limits) -> Client {
    trusting_client(urls, limits, Trust::default())
}

fn trusting_client(urls: &[&Url], limits: Limits, trust: Trust) -> Client {
    let scope = Scope::of(urls.iter().copied()).expect("http");
    Client::new(Setup {
        scope,
        limits,
        trust,
        is_dry: false,
    })
    .expect("a client")
}

/// An answer.
#[must_use]
pub fn reply(status: u16, fields: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Reply {
    let mut reply = http::Response::new(body.into());
    *reply.status_mut() = http::StatusCode::from_u16(status).expect("a status");
    for (name, value) in fields {
        let name = http::HeaderName::from_bytes(name.as_bytes()).expect("a name");
        reply.headers_mut().append(name, value.parse().expect("a value"));
    }
    reply
}

/// The value of a request's field.
#[must_use]
pub fn field<'a>(ask: &'a Ask, name: &str) -> Option<&'a str> {
    ask.headers().get(name)?.to_str().ok()
}

/// Path, whether it is private, fields, body.
pub type PageRow<'a> = (&'a str, bool, &'a [(&'a str, &'a str)], &'a str);

/// A site as if it had been looked at: environment, address, and pages (path, whether private, fields, body).
#[must_use]
pub fn site(environment: &str, url: &str, pages: &[PageRow<'_>]) -> Site {
    let url = Url::parse(url).expect("an address");
    let page = |(path, is_private, fields, body): &PageRow<'_>| {
        let answer = Answer {
            url: url.join(path).expect("a path"),
            status: 200,
            fields: fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            body: body.as_bytes().to_vec(),
            is_cut: false,
            is_garbled: false,
            took: Duration::ZERO,
        };
        let exchange = Exchange::of(&Request::get(answer.url.clone()), &answer, &Secrets::default());
        Page {
            is_private: *is_private,
            is_fresh: true,
            answer,
            exchange,
        }
    };
    Site {
        environment: environment.to_owned(),
        pages: pages.iter().map(page).collect(),
        signed_in: pages.iter().any(|page| page.1).then(Jar::default),
        url,
        session_cookie: None,
        samples: None,
        troubles: Vec::new(),
    }
}

/// An outcome with this verdict, and one finding at `here` if it fails.
#[must_use]
pub fn outcome(check: &str, verdict: Verdict, asvs: &[&str]) -> Outcome {
    let found = Found {
        place: "here".to_owned(),
        detail: "seen".to_owned(),
        silenced: None,
        compared: None,
    };
    Outcome {
        check: check.to_owned(),
        title: format!("title of {check}"),
        severity: crate::Severity::High,
        asvs: asvs.iter().map(|id| (*id).to_owned()).collect(),
        rfc: vec!["RFC 7519 section 4".to_owned()],
        verdict,
        why: "because".to_owned(),
        findings: if verdict == Verdict::Fail {
            vec![found]
        } else {
            Vec::new()
        },
        evidence: Vec::new(),
    }
}

/// A report of these outcomes.
#[must_use]
pub fn report(outcomes: Vec<Outcome>) -> Report {
    Report {
        schema: 1,
        version: "0.0.0".to_owned(),
        target: "https://app.example".to_owned(),
        started: "2027-05-11T00:00:00Z".to_owned(),
        is_active: true,
        requests: 7,
        coverage: Coverage::of(&outcomes),
        outcomes,
    }
}

/// Loopback, any port.
const ANY: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

#[cfg(test)]
mod tests;
