//! The one home of the process environment. Everybody else is handed values.
#![allow(clippy::disallowed_methods, reason = "the one home of the environment")]

use std::collections::BTreeMap;
use std::io::IsTerminal;

use zeroize::Zeroizing;

/// What every variable of ours begins with.
pub(crate) const PREFIX: &str = "SYMBOLON_";

/// A variable that is set, not empty and valid Unicode.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

/// The same for a secret.
pub(crate) fn secret(name: &str) -> Option<Zeroizing<String>> {
    variable(name).map(Zeroizing::new)
}

/// Every `SYMBOLON_SECTION__KEY`: those with a double underscore are configuration, others are not.
pub(crate) fn settings() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| name.strip_prefix(PREFIX).is_some_and(|rest| rest.contains("__")))
        .collect()
}

/// Whether standard error may be coloured: a terminal, and nobody set `NO_COLOR` (<https://no-color.org>).
pub(crate) fn wants_color() -> bool {
    let dumb = variable("TERM").is_some_and(|term| term == "dumb");
    std::io::stderr().is_terminal() && variable("NO_COLOR").is_none() && !dumb
}

/// A new directory for scratch, closed to others.
pub(crate) fn scratch_directory() -> std::io::Result<std::path::PathBuf> {
    use std::os::unix::fs::DirBuilderExt;
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("symbolon-scratch-{}-{number}", std::process::id());
    let path = std::env::temp_dir().join(name);
    std::fs::DirBuilder::new().mode(0o700).create(&path)?;
    Ok(path)
}
