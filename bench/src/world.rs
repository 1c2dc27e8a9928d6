//! The bench's one home for clock, environment and output.
#![allow(
    dead_code,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the bench's one home for clock, environment and output; each subject uses its part"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use domain::{BootTime, Clock, Timestamp};
use nix::time::{ClockId, clock_gettime};

/// Now.
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Seconds since 1970.
pub(crate) fn unix_time_s() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}

/// Time since the machine started, its sleep counted in: what edges stamp with.
pub(crate) fn boot_time() -> Duration {
    clock_gettime(ClockId::CLOCK_BOOTTIME).map_or(Duration::ZERO, Duration::from)
}

/// The machine's clocks, read as the product reads them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MachineClock;

impl Clock for MachineClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        Timestamp::from_ms(ms(since.unwrap_or_default()))
    }
    fn boot(&self) -> BootTime {
        BootTime::from_ms(ms(boot_time()))
    }
}

fn ms(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// Lets a moment pass: between two looks at a server that starts.
pub(crate) fn pause(span: Duration) {
    std::thread::sleep(span);
}

/// This program's own file.
pub(crate) fn own_program() -> std::io::Result<PathBuf> {
    std::env::current_exe()
}

/// A folder for what one run leaves behind.
pub(crate) fn scratch() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // Two grounds of one process stand apart: each takes its own away at its end.
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("symbolon-bench-{}-{number}", std::process::id()))
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

/// What a program says, in one line; nothing where it fails.
pub(crate) fn says(program: &str, arguments: &[&str], folder: &Path) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// A line of what was asked for.
pub(crate) fn line(text: &str) {
    println!("{text}");
}

/// A line about how the work goes.
pub(crate) fn note(text: &str) {
    eprintln!("{text}");
}
