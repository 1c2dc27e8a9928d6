//! The one place of xtask that prints. Data goes to standard output, progress and errors to standard error.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this module is the chores' one home for output"
)]

/// A line of what was asked for.
pub(crate) fn line(text: &str) {
    println!("{text}");
}

/// A line about how the work goes.
pub(crate) fn progress(text: &str) {
    eprintln!("{text}");
}

/// What went wrong, last on the screen.
pub(crate) fn error(text: &str) {
    eprintln!("error: {text}");
}
