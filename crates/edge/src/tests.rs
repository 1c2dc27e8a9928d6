//! The edge against a simulated world: a clock moved by hand, an authority that can be cut off.

mod activity;
mod canary;
mod check;
mod follow;
mod forward;
mod host;
mod proxy;
mod streams;
mod world;
