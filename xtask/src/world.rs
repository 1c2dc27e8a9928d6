//! The one place of xtask that reads the environment and the clock.
#![allow(
    clippy::disallowed_methods,
    reason = "this module is the chores' one home for environment and clock"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::Failure;

/// The words after `cargo xtask`.
pub(crate) fn arguments() -> Vec<String> {
    std::env::args().skip(1).collect()
}

/// The moment at which a step starts.
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The repository's root. Cargo says where it is now; where it was at build time may be another check-out that
/// shares the folder for what is built.
pub(crate) fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&here)
        .parent()
        .map(Path::to_path_buf)
        .unwrap_or_default()
}

/// The cargo that runs this chore, started at the repository's root.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(root()).args(arguments);
    command
}

/// A program that `cargo build --release` made, to be started at the repository's root. It lies beside the debug programs,
/// of which this one is one.
pub(crate) fn released(program: &str) -> Result<Command, Failure> {
    let own = std::env::current_exe()
        .map_err(|error| Failure::Fault(format!("this program's own file: {error}")))?;
    let folder = own.parent().and_then(Path::parent).unwrap_or(Path::new("target"));
    let mut command = Command::new(folder.join("release").join(program));
    command.current_dir(root());
    Ok(command)
}

/// Where `program` is, also in the system folders that a plain user's `PATH` leaves out.
pub(crate) fn find_program(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from);
    std::env::split_paths(&path)
        .chain(system)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}
