//! The edge: follows the log, answers the check service and proxies to upstreams.
//!
//! [`Edge::start`] begins to follow an authority; [`Edge::handle`] answers one request. Listening is the composition
//! root's work.

mod activity;
mod aggregate;
mod answer;
mod body;
mod canary;
mod check;
mod config;
mod edge;
mod flight;
mod follow;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod guarded;
mod host;
mod identity;
mod judge;
pub mod link;
mod metrics;
mod network;
mod page;
mod proxy;
mod query;
mod streams;
mod tasks;
#[cfg(test)]
mod tests;
mod upgrade;
mod upstream;

pub use aggregate::RefusalCount;
pub use body::{Body, BodyError};
pub use config::{EdgeConfig, Peers, RawEdge, SETTINGS, SocketFile};
pub use edge::{Edge, EdgeState, StartFault};
pub use metrics::Metrics;
pub use network::{NetworkLink, UnusableCredential};
pub use streams::StreamTerms;
pub use verifier::SETTINGS as ROUTE_SETTINGS;
