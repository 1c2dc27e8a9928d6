//! Checks with ASVS ids against anybody's system.
//!
//! A [`Check`] is data: what it claims, where that is demanded, what it sends and how it judges. [`run()`] puts checks to a
//! [`Target`] through a [`Client`] that goes only where it was told, slowly, and never for long. What comes out is a
//! [`Report`]: a verdict per check, the evidence without the secrets, and the share of ASVS that was looked at.
//! A check that was not run is `not tested`, and never counts as passed.

mod answer;
pub mod asvs;
pub mod baseline;
mod check;
mod client;
pub mod cookies;
pub mod docs;
mod entities;
mod exchange;
pub mod jwt;
mod leak;
mod likeness;
mod limits;
mod pages;
pub mod pentest;
mod probe;
mod redact;
mod registry;
pub mod report;
mod request;
mod run;
mod scope;
mod script;
mod set_cookie;
mod silence;
pub mod site;
mod tally;
mod target;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod tls;
mod verdict;

pub use answer::Answer;
pub use check::{Attempt, Check, Fix, Judge, Need, Severity, Snippet};
pub use client::{Client, Handshake, Plan, Setup, Stop, Trust};
pub use exchange::Exchange;
pub use limits::Limits;
pub use probe::Probe;
pub use redact::{Redacted, Secrets};
pub use registry::{SUITES, Suite, all, by_id};
pub use request::{Protocol, Request};
pub use run::{Options, Outcome, Progress, Report, run};
pub use scope::{Scope, ScopeError, is_public};
pub use set_cookie::{Jar, SameSite, SetCookie};
pub use silence::{Silence, SilenceError, Silences};
pub use target::Target;
pub use verdict::{Finding, Judgement, Verdict};
