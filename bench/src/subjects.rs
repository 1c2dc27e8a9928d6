//! Every subject, each in a module of its own.

mod check;
mod decision;
pub(crate) mod durable;
mod feed;
mod login;
mod million;
mod serving;
mod signatures;
mod size;
mod soak;
mod start;

use crate::harness::{Fault, Subject};
pub(crate) use feed::{FanArgs, serve_fan};
pub(crate) use soak::soak;

/// In the order of the table.
pub(crate) const SUBJECTS: &[Subject] = &[
    signatures::SIGNATURES,
    durable::SESSIONS,
    durable::ROTATIONS,
    durable::REVOCATIONS,
    login::LOGIN,
    size::SIZE,
    start::START,
    decision::WARM,
    decision::COLD,
    check::HTTP1,
    check::SESSION,
    check::HTTP2,
    check::SOCKET,
    check::COLD_ES256,
    check::COLD_EDDSA,
    check::COLD_RS256,
    check::GATEWAY,
    feed::REACH_1,
    feed::REACH_10,
    feed::REACH_100,
    feed::ENFORCED,
    feed::RATE,
    feed::MASS,
    feed::CUT,
    feed::TRAFFIC,
    feed::JOIN,
];

/// The subjects of these names; `all` is all, `check-*` those that begin so.
pub(crate) fn chosen(names: &[String]) -> Result<Vec<&'static Subject>, Fault> {
    let fits = |subject: &Subject, name: &str| match name.strip_suffix('*') {
        Some(beginning) => subject.name.starts_with(beginning),
        None => name == "all" || name == subject.name,
    };
    if let Some(unknown) = names
        .iter()
        .find(|name| !SUBJECTS.iter().any(|subject| fits(subject, name)))
    {
        let known: Vec<&str> = SUBJECTS.iter().map(|subject| subject.name).collect();
        return Err(Fault::new(format!(
            "no subject is called {unknown}; there are: all, {}",
            known.join(", ")
        )));
    }
    Ok(SUBJECTS
        .iter()
        .filter(|subject| names.iter().any(|name| fits(subject, name)))
        .collect())
}

#[cfg(test)]
mod tests;
