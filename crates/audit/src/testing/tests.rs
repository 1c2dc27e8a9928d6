use std::collections::BTreeSet;

use super::*;

/// The proof of teeth: each check finds its fault, and is silent about the same target without it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_check_fails_one_target_and_passes_its_twin() {
    let proofs = proofs();
    let mut wrong = Vec::new();
    let mut proven = BTreeSet::new();
    for proof in &proofs {
        let fails = proof.fails.judge(proof.check).await;
        let passes = proof.passes.judge(proof.check).await;
        for (outcome, expected) in [(&fails, Verdict::Fail), (&passes, Verdict::Pass)] {
            if outcome.verdict != expected {
                let seen: Vec<_> = outcome
                    .findings
                    .iter()
                    .map(|found| format!("{}: {}", found.place, found.detail))
                    .collect();
                wrong.push(format!(
                    "{}: {:?}, not {expected:?}: {} {seen:?}",
                    proof.check, outcome.verdict, outcome.why
                ));
            }
        }
        proven.insert(proof.check);
    }
    wrong.extend(
        crate::all()
            .filter(|check| !proven.contains(check.id))
            .map(|check| format!("{}: no proof", check.id)),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
