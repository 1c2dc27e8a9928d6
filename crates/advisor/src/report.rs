//! The decision for people and for programs.

mod html;
mod json;
mod short;
mod text;

pub use html::html;
pub(crate) use html::{STYLE as PAGE_STYLE, escape};
pub use json::json;
pub use text::text;
