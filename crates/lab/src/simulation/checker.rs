//! Judges a history. Each revocation is a register that is set once, so one pass over the checks is enough.

use domain::revocation::{Position, Target};

use super::history::{Check, CheckResult, Credential, History, Moment, Revocation};

/// A promise that was not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Violation {
    /// Which: P1 to P5 of revocation.md.
    pub property: &'static str,
    /// When.
    pub at: Moment,
    /// Index of the revocation.
    pub revocation: usize,
}

/// Whether a revocation names something of a credential.
fn names(target: &Target, at: &Position) -> bool {
    match target {
        Target::All => true,
        Target::Tenant(key) => at.tenant.as_ref() == Some(key),
        Target::Client(key) => at.client.as_ref() == Some(key),
        Target::Subject(key) => at.subject == *key,
        Target::Device(key) => at.device == Some(*key),
        Target::Grant(key) => at.grant == Some(*key),
        Target::Session(key) => at.session == Some(*key),
        Target::Jti(key) => at.jti == Some(*key),
        Target::SessionSecret(key, least) => {
            at.session == Some(*key) && at.generation.is_some_and(|generation| generation < *least)
        }
        Target::Key(key) => at.key.as_ref() == Some(key),
    }
}

/// Whether a credential must die by a revocation: it is named, and its authentication began before.
fn covers(revocation: &Revocation, credential: &Credential) -> bool {
    let regardless = matches!(revocation.target, Target::Key(_) | Target::SessionSecret(..));
    names(&revocation.target, &credential.position) && (regardless || credential.began < revocation.committed)
}

/// Everything that is wrong.
#[must_use]
pub fn check(history: &History) -> Vec<Violation> {
    let mut found = Vec::new();
    for check in &history.checks {
        let Some(credential) = history.credentials.get(check.credential) else {
            continue;
        };
        match check.result {
            CheckResult::Accepted { staleness_ms } => {
                accepted(history, check, credential, staleness_ms, &mut found);
            }
            CheckResult::Revoked => refused(history, check, credential, &mut found),
            CheckResult::NotNow => {}
        }
    }
    let bound = history.lease_ms + history.margin_ms;
    for (index, revocation) in history.revocations.iter().enumerate() {
        if let (Some(frozen), Some(enforced), false) =
            (revocation.frozen, revocation.enforced, revocation.disturbed)
            && enforced.ms > frozen.ms + bound
        {
            found.push(Violation {
                property: "P5",
                at: enforced,
                revocation: index,
            });
        }
    }
    found
}

fn accepted(
    history: &History,
    check: &Check,
    credential: &Credential,
    staleness_ms: u64,
    found: &mut Vec<Violation>,
) {
    let bound = history.lease_ms + history.margin_ms;
    for (index, revocation) in history.revocations.iter().enumerate() {
        if revocation.committed > check.at {
            continue;
        }
        let mut broken = |property| {
            found.push(Violation {
                property,
                at: check.at,
                revocation: index,
            });
        };
        if covers(revocation, credential) {
            if revocation.enforced.is_some_and(|at| at < check.at) {
                broken("P1");
            }
            if check.at.ms > revocation.committed.ms + bound {
                broken("P2");
            }
        }
        // The map lacks this entry, so it is behind by the time since: the edge may not say less.
        let behind_ms = check.at.ms - revocation.committed.ms;
        if revocation.seq > check.frontier && behind_ms > staleness_ms + history.margin_ms {
            broken("P3");
        }
    }
}

fn refused(history: &History, check: &Check, credential: &Credential, found: &mut Vec<Violation>) {
    let rightly = history
        .revocations
        .iter()
        .any(|revocation| revocation.committed < check.at && covers(revocation, credential));
    if !rightly {
        found.push(Violation {
            property: "P4",
            at: check.at,
            revocation: usize::MAX,
        });
    }
}

#[cfg(test)]
mod tests;
