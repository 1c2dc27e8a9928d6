//! The decision for people and for programs.

mod json;
mod short;
mod text;

pub use json::json;
pub use text::text;
