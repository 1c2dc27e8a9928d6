//! The benchmark's one home for clock, environment and output.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the benchmark's one home for clock, environment and output"
)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Now.
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Lets a moment pass: between two looks at a target that starts.
pub(crate) fn pause(span: Duration) {
    std::thread::sleep(span);
}

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    // Where cargo says it is now; where it was at build time may be another check-out that shares what is built.
    let here = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&here)
        .ancestors()
        .nth(3)
        .map(Path::to_path_buf)
        .unwrap_or_default()
}

/// The program beside this one.
pub(crate) fn beside(name: &str) -> PathBuf {
    let own = std::env::current_exe().unwrap_or_default();
    let folder = own.parent().unwrap_or(Path::new("."));
    // A test program is one folder further down.
    [folder, folder.parent().unwrap_or(folder)]
        .map(|folder| folder.join(name))
        .into_iter()
        .find(|file| file.is_file())
        .unwrap_or_else(|| folder.join(name))
}

/// A line of what was asked for.
pub(crate) fn line(text: &str) {
    println!("{text}");
}

/// A line about how the work goes.
pub(crate) fn note(text: &str) {
    eprintln!("{text}");
}
