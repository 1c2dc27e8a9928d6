//! The store itself, asked by 64 callers.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use domain::family::RefreshToken;
use domain::revocation::Target;
use domain::user::User;
use domain::{Seq, Span};
use store::contract::{Bench, Held};
use store::intent::{Actor, CreateSession, Revoke, RevokeOutcome, Rotate, Rotation, SessionCreation};
use store::sqlite::SqliteStore;
use tokio::runtime::Runtime;

use super::seed::{self, Seeded, World};
use super::{CALLERS, Kind, Shared};
use crate::harness::{Contender, Fault, Sample};
use crate::world;

pub(super) struct Ours {
    runtime: Runtime,
    store: Arc<SqliteStore>,
    bench: Bench,
    kind: Kind,
    people: Vec<User>,
    held: Vec<Held>,
    amount: usize,
    turn: usize,
    shared: Shared,
}

/// One write.
enum Work {
    Create(Box<CreateSession>),
    Rotate(Box<Rotate>),
    Revoke(Revoke),
}

impl Ours {
    pub(super) fn open(
        folder: &Path,
        kind: Kind,
        (seeded, amount): (Seeded, usize),
        shared: Shared,
    ) -> Result<Self, Fault> {
        let World { store, bench } = seed::open(folder)?;
        Ok(Self {
            runtime: seed::runtime()?,
            store,
            bench,
            kind,
            people: seeded.people,
            held: seeded.held,
            amount,
            turn: 0,
            shared,
        })
    }

    /// A turn's work, and for rotations the tokens that come of it. Not measured.
    fn prepare(&self) -> Result<(Vec<Work>, Vec<RefreshToken>), Fault> {
        let (mut work, mut successors) = (Vec::with_capacity(self.amount), Vec::new());
        let head = self.runtime.block_on(self.bench.head());
        for number in 0..self.amount {
            self.bench.clock.advance(Span::from_ms(1));
            work.push(match self.kind {
                Kind::Sessions => {
                    let at = (self.turn * self.amount + number) % self.people.len().max(1);
                    let user = self.people.get(at).ok_or_else(nobody)?;
                    Work::Create(Box::new(login(&self.bench, user, head)))
                }
                Kind::Rotations => {
                    let held = self.held.get(number).ok_or_else(nobody)?;
                    let (rotate, successor) = self.runtime.block_on(self.bench.rotation(&held.token));
                    successors.push(successor);
                    Work::Rotate(Box::new(rotate))
                }
                Kind::Revocations => Work::Revoke(Revoke {
                    targets: vec![Target::Session(self.bench.id())],
                    reason: "bench".to_owned(),
                    actor: Actor::new("bench"),
                    receipt: None,
                }),
            });
        }
        Ok((work, successors))
    }
}

impl Contender for Ours {
    fn name(&self) -> &'static str {
        "ours"
    }

    fn turn(&mut self) -> Result<Sample, Fault> {
        let (work, successors) = self.prepare()?;
        self.turn += 1;
        let operations = work.len() as u64;
        let counters = self.store.counters();
        let before = (counters.jobs(), counters.batches());
        let began = world::now();
        let failed = self.runtime.block_on(spread(&self.bench, work))?;
        let wall = began.elapsed();
        if failed > 0 {
            return Err(Fault::new(format!(
                "{failed} of {operations} writes were refused"
            )));
        }
        for (held, successor) in self.held.iter_mut().zip(successors) {
            held.token = successor;
        }
        let (jobs, batches) = (counters.jobs() - before.0, counters.batches() - before.1);
        let value = ratio(jobs, batches);
        self.shared.set(value);
        Ok(Sample {
            operations,
            wall,
            cpu: Duration::ZERO,
            value,
            ..Sample::default()
        })
    }
}

/// How many of the writes were refused.
async fn spread(bench: &Bench, work: Vec<Work>) -> Result<u64, Fault> {
    let mut lanes: Vec<Vec<Work>> = std::iter::repeat_with(Vec::new).take(CALLERS).collect();
    for (number, one) in work.into_iter().enumerate() {
        if let Some(lane) = lanes.get_mut(number % CALLERS) {
            lane.push(one);
        }
    }
    let callers: Vec<_> = lanes
        .into_iter()
        .map(|lane| {
            let bench = bench.clone();
            tokio::spawn(async move {
                let mut failed = 0;
                for one in lane {
                    failed += u64::from(!write(&bench, one).await);
                }
                failed
            })
        })
        .collect();
    let mut failed = 0;
    for caller in callers {
        failed += caller.await.map_err(|error| Fault::new(error.to_string()))?;
    }
    Ok(failed)
}

async fn write(bench: &Bench, work: Work) -> bool {
    let store = &bench.store;
    match work {
        Work::Create(intent) => matches!(
            store.create_session(*intent).await,
            Ok(SessionCreation::Created { .. })
        ),
        Work::Rotate(intent) => matches!(store.rotate(*intent).await, Ok(Rotation::Rotated(_))),
        Work::Revoke(intent) => matches!(store.revoke(intent).await, Ok(RevokeOutcome::Committed(_))),
    }
}

/// A login as the product makes it: no tenant, no device.
pub(super) fn login(bench: &Bench, user: &User, head: Seq) -> CreateSession {
    let mut intent = bench.login(user, head);
    intent.session.tenant = None;
    intent.session.device = None;
    intent.cap = 1000;
    intent
}

fn nobody() -> Fault {
    Fault::new("nobody was seeded")
}

#[allow(clippy::cast_precision_loss, reason = "counts far below 2^52")]
fn ratio(jobs: u64, batches: u64) -> f64 {
    jobs as f64 / batches.max(1) as f64
}

impl Drop for Ours {
    fn drop(&mut self) {
        self.store.close();
    }
}
