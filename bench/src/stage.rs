//! Servers that are measured, each a process of its own, and how to talk to them.

mod bare;
mod drawn;
mod http;
mod load;
mod load2;
mod nginx;
mod process;
mod product;

pub(crate) use bare::{Bare, BareArgs, Kind, serve_bare};
pub(crate) use http::{Answer, ask};
pub(crate) use load::{Connect, Driving, Load, Loaded};
pub(crate) use load2::{Load2, block};
pub(crate) use nginx::Nginx;
pub(crate) use product::{Product, described, request_bytes};
