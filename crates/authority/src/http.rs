//! Thin adapters: HTTP in, flow, HTTP out.

pub mod admin;
pub mod api;
pub mod client_info;
pub mod cookies;
pub mod csrf;
pub(crate) mod form;
pub(crate) mod moment;
pub mod oauth;
pub mod pages;
mod probe;
pub(crate) mod refusal;
pub(crate) mod reports;
pub mod respond;
mod router;
pub(crate) mod visit;

pub use admin::admin;
pub use router::public;

/// The product's mark, an SVG.
pub const MARK: &str = include_str!("../assets/symbolon.svg");
