//! What one durable write of the store takes: one caller, who shares the commit with nobody.

use domain::revocation::Target;
use store::intent::{Actor, Revoke, RevokeOutcome};

use crate::harness::{Fault, Ground};
use crate::subjects::durable::{World, open, runtime};
use crate::world;

/// Milliseconds of each of some revocations of sessions, in order of size.
///
/// # Errors
/// One was not written.
pub(super) fn commits_ms(ground: &Ground) -> Result<Vec<f64>, Fault> {
    let runtime = runtime()?;
    let World { store, bench } = open(&ground.scratch.join("commits"))?;
    let mut taken = Vec::new();
    for _ in 0..ground.scaled(1000, 5) {
        let revoke = Revoke {
            targets: vec![Target::Session(bench.id())],
            reason: "bench".to_owned(),
            actor: Actor::new("bench"),
            receipt: None,
        };
        let began = world::now();
        let outcome = runtime.block_on(bench.store.revoke(revoke));
        taken.push(began.elapsed().as_secs_f64() * 1000.0);
        if !matches!(outcome, Ok(RevokeOutcome::Committed(_))) {
            return Err(Fault::new("a revocation was not written"));
        }
    }
    store.close();
    taken.sort_by(f64::total_cmp);
    Ok(taken)
}
