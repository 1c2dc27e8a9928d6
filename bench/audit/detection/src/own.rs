//! Our own servers: each wrong in one documented way, and the same without it. They are the proofs of `crates/audit`.

use std::sync::Arc;
use std::time::Duration;

use audit::testing::{NOW_S, Proof, Server, Stand, client, proofs};
use audit::{Check, Options, Severity, Verdict};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::{Fault, world};

/// What came of all of them.
#[derive(Debug, Default)]
pub(crate) struct Own {
    pub(crate) faults: usize,
    pub(crate) found: usize,
    pub(crate) twins: usize,
    /// Each fault that was not found.
    pub(crate) missed: Vec<String>,
    /// Each finding on a sound twin.
    pub(crate) wrong: Vec<String>,
    pub(crate) took: Duration,
}

/// Some wait for a server to fall silent.
const AT_ONCE: usize = 6;

/// The suites whose twins are one whole sound server, and a proof of each: everything is asked of that server.
const WHOLE: [(&str, &[&str]); 2] = [
    ("jwt.alg-none", &["jwt."]),
    (
        "session.fixation",
        &["session.", "csrf.", "login.", "oauth.", "dpop."],
    ),
];

/// Tries every proof whose check's id begins so.
///
/// # Errors
/// No thread can be started.
pub(crate) fn run(beginning: &str) -> Result<Own, Fault> {
    let threads = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    threads
        .map_err(Fault::io("threads"))
        .map(|threads| threads.block_on(try_all(beginning)))
}

async fn try_all(beginning: &str) -> Own {
    let began = world::now();
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut trials = JoinSet::new();
    let chosen = proofs()
        .into_iter()
        .filter(|proof| proof.check.starts_with(beginning));
    for proof in chosen {
        let turns = Arc::clone(&turns);
        trials.spawn(async move {
            let _turn = turns.acquire().await;
            tried(proof).await
        });
    }
    let mut own = Own::default();
    for (missed, wrong) in trials.join_all().await {
        own.faults += 1;
        own.twins += 1;
        own.found += usize::from(missed.is_none());
        own.missed.extend(missed);
        own.wrong.extend(wrong);
    }
    for (check, suites) in WHOLE.iter().filter(|(check, _)| check.starts_with(beginning)) {
        if let Some(proof) = proofs().into_iter().find(|proof| proof.check == *check) {
            own.wrong.extend(everything(&proof.passes, suites).await);
        }
    }
    own.missed.sort();
    own.wrong.sort();
    own.took = began.elapsed();
    own
}

/// What was missed of the fault, and what was said of the twin.
async fn tried(proof: Proof) -> (Option<String>, Option<String>) {
    let check = proof.check;
    let fails = proof.fails.judge(check).await;
    let missed =
        (fails.verdict != Verdict::Fail).then(|| format!("{check}: {:?}: {}", fails.verdict, fails.why));
    let passes = proof.passes.judge(check).await;
    let wrong = (passes.verdict == Verdict::Fail).then(|| format!("{check} on its own twin"));
    (missed, wrong)
}

/// What all checks of these suites find on a sound server.
async fn everything(stand: &Stand, suites: &[&str]) -> Vec<String> {
    let server = Server::start(Arc::clone(&stand.handler)).await;
    let client = Arc::new(client(&[server.url()]));
    let target = (stand.target)(server.url().clone(), Arc::clone(&client)).await;
    let checks: Vec<&'static Check> = audit::all()
        .filter(|check| suites.iter().any(|suite| check.id.starts_with(suite)))
        .collect();
    let options = Options {
        is_active: true,
        now_s: NOW_S,
        ..Options::default()
    };
    let report = audit::run(&checks, &target, &client, &options, &|_| {}).await;
    let counts =
        |outcome: &audit::Outcome| outcome.verdict == Verdict::Fail && outcome.severity >= Severity::Low;
    let place = |outcome: &audit::Outcome| {
        outcome
            .findings
            .first()
            .map_or("", |found| found.place.as_str())
            .to_owned()
    };
    let failed = report.outcomes.iter().filter(|outcome| counts(outcome));
    failed
        .map(|outcome| {
            format!(
                "{} on the sound server of {}: {}",
                outcome.check,
                suites.join(" "),
                place(outcome)
            )
        })
        .collect()
}
