use std::collections::BTreeSet;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::*;

/// So many proofs are tried side by side: some wait for a server to fall silent.
const AT_ONCE: usize = 6;

/// The proof of teeth: each check finds its fault, and is silent about the same target without it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_check_fails_one_target_and_passes_its_twin() {
    let mut proven = BTreeSet::new();
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut trials = JoinSet::new();
    for proof in proofs() {
        proven.insert(proof.check);
        let turns = Arc::clone(&turns);
        trials.spawn(async move {
            let _turn = turns.acquire().await;
            let fails = wrong(proof.check, &proof.fails, Verdict::Fail).await;
            let passes = wrong(proof.check, &proof.passes, Verdict::Pass).await;
            [fails, passes]
        });
    }
    let mut list: Vec<String> = trials.join_all().await.into_iter().flatten().flatten().collect();
    list.extend(
        crate::all()
            .filter(|check| !proven.contains(check.id))
            .map(|check| format!("{}: no proof", check.id)),
    );
    list.sort();
    assert!(list.is_empty(), "{}", list.join("\n"));
}

/// What came of it, if that is not what was expected.
async fn wrong(check: &'static str, stand: &Stand, expected: Verdict) -> Option<String> {
    let outcome = stand.judge(check).await;
    let seen: Vec<_> = outcome
        .findings
        .iter()
        .map(|found| format!("{}: {}", found.place, found.detail))
        .collect();
    let told = format!(
        "{check}: {:?}, not {expected:?}: {} {seen:?}",
        outcome.verdict, outcome.why
    );
    (outcome.verdict != expected).then_some(told)
}
