//! The decision for people and for programs.

mod html;
mod json;
mod short;
mod text;

pub(crate) use html::escape;
pub use html::{STYLE, fragment, html};
pub use json::json;
pub use text::text;

/// Names come from a file: nothing of them steers a terminal.
pub(crate) fn printable(text: &str) -> String {
    let visible = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    text.chars().map(visible).collect()
}
