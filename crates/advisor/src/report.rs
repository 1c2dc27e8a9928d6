//! The decision for people and for programs.

mod html;
mod json;
mod short;
mod text;

pub(crate) use html::escape;
pub use html::{STYLE, fragment, html};
pub use json::json;
pub use text::text;
