//! The revocation plane over real sockets: a running `symbolon serve` with its durable store, and edges of the product's own
//! code in this process, each with a connection, a follower and a map of its own.

mod board;
mod cut;
mod enforced;
mod fan;
mod fleet;
mod join;
mod mass;
mod reach;
mod traffic;
mod watched;
mod wire;

pub(crate) use fan::{FanArgs, serve_fan};

pub(super) use cut::CUT;
pub(super) use enforced::ENFORCED;
pub(super) use join::JOIN;
pub(super) use mass::{MASS, RATE};
pub(super) use reach::{REACH_1, REACH_10, REACH_100};
pub(super) use traffic::TRAFFIC;
