//! What authority and edges say to each other, and the machines on both sides. Sans-I/O: time is an argument.
//!
//! An edge knows the log up to its *frontier* and holds a *lease*: a grant, counted from the moment the edge **asked**,
//! during which it may trust its map. Cut off, it stops by itself; no clock but its own is read for that.

mod canary;
mod credential;
mod decide;
mod follower;
mod lease;
mod lease_book;
mod message;
pub mod wire;

pub use canary::{
    CANARY_AUDIENCE, CANARY_CLIENT, CANARY_ID, CanaryAnswer, CanaryCheck, CanarySeen, CanaryWanted,
    MAX_CANARY,
};
pub use credential::{EdgeCredential, InvalidCredential};
pub use decide::{Decision, OnStale, StalenessPolicy, decide};
pub use follower::{ApplyError, Follower, GrantOutcome, Moment};
pub use lease::{LeaseCell, LeaseTerms, LeaseView};
pub use lease_book::{EdgeStart, EdgeStatus, Exceptions, ExemptUntil, LeaseBook, WaitSet, WaitStatus};
pub use message::{
    EdgeName, FeedHead, Grant, HostJoin, KeyBundle, Renewal, RenewalReply, SessionAnswer, Snapshot, Word,
};

#[cfg(test)]
mod tests;
