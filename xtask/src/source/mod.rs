//! A reader of Rust sources that knows just enough: words, brackets, functions and test blocks.

mod items;
mod mask;
mod tokens;

pub(crate) use items::{Function, Source};
