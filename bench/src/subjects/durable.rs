//! Durable writes with 64 callers, beside a bare loop: one thread that commits the same rows to the same kind of store,
//! as many in a transaction as ours shared a sync, and does nothing else.
//!
//! The bare loop judges nothing and reads nothing. Its statements are prepared once, its connection has the store's
//! settings, and its rows are made beforehand: ids, texts, event bodies of ours, with digests that are not computed.

mod bare;
mod ours;
mod rows;
mod seed;

use std::cell::Cell;
use std::path::Path;
use std::rc::Rc;

use crate::harness::{Bound, Fault, Figure, Ground, Plan, Subject, Unit};
use bare::Bare;
use ours::Ours;

pub(super) use bare::engine;
pub(crate) use seed::{World, open, runtime};

pub(super) const SESSIONS: Subject = Subject {
    name: "sessions",
    what: "sessions created by 64 callers, each on the disk before it is acknowledged",
    baseline: "a bare loop that inserts session, face, event and notice and commits as many at once",
    prepare: |ground| prepare(ground, Kind::Sessions),
};

pub(super) const ROTATIONS: Subject = Subject {
    name: "rotations",
    what: "refresh tokens rotated by 64 callers, each on the disk before it is acknowledged",
    baseline: "a bare loop that updates the family, inserts the event and commits as many at once",
    prepare: |ground| prepare(ground, Kind::Rotations),
};

pub(super) const REVOCATIONS: Subject = Subject {
    name: "revocations",
    what: "sessions revoked by 64 callers, each on the disk before it is acknowledged",
    baseline: "a bare loop that inserts log entry, watermark and event and commits as many at once",
    prepare: |ground| prepare(ground, Kind::Revocations),
};

/// Callers that wait for one answer each.
const CALLERS: usize = 64;

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sessions,
    Rotations,
    Revocations,
}

/// How many writes ours shared a sync in its last turn: as many as the bare loop puts in a transaction.
type Shared = Rc<Cell<f64>>;

fn prepare(ground: &Ground, kind: Kind) -> Result<Plan, Fault> {
    let operations = ground.scaled(4096, 64);
    let people = ground.scaled(20_000, 64);
    let (own, other) = (
        ground.scratch.join(kind.folder()),
        ground.scratch.join(kind.bare_folder()),
    );
    let seeded = seed::seed(
        &own,
        kind,
        usize::try_from(people.max(operations)).unwrap_or(usize::MAX),
    )?;
    copy(&own, &other)?;
    let shared: Shared = Rc::new(Cell::new(32.0));
    let amount = usize::try_from(operations).unwrap_or(usize::MAX);
    let ours = Ours::open(&own, kind, (seeded, amount), Rc::clone(&shared))?;
    let bare = Bare::open(&other, kind, amount, shared)?;
    let ratio = Figure::rate_ratio("rate, of the bare loop's");
    Ok(Plan {
        contenders: vec![Box::new(ours), Box::new(bare)],
        figures: vec![
            match kind {
                Kind::Revocations => ratio,
                Kind::Sessions | Kind::Rotations => ratio.bound(Bound::at_least(0.7)),
            },
            Figure::new("writes that share a sync", Unit::Count, |samples| {
                samples.first().map_or(f64::NAN, |ours| ours.value)
            })
            .bound(Bound::at_least(20.0)),
            Figure::new("ours", Unit::PerSecond, |samples| rate(samples, 0)),
            Figure::new("the bare loop", Unit::PerSecond, |samples| rate(samples, 1)),
        ],
        remark: format!("{CALLERS} callers, {operations} a turn; event digests constant in the bare loop"),
    })
}

fn rate(samples: &[crate::harness::Sample], at: usize) -> f64 {
    samples
        .get(at)
        .map_or(f64::NAN, crate::harness::Sample::per_second)
}

impl Kind {
    const fn folder(self) -> &'static str {
        match self {
            Self::Sessions => "sessions",
            Self::Rotations => "rotations",
            Self::Revocations => "revocations",
        }
    }

    const fn bare_folder(self) -> &'static str {
        match self {
            Self::Sessions => "sessions-bare",
            Self::Rotations => "rotations-bare",
            Self::Revocations => "revocations-bare",
        }
    }
}

fn copy(from: &Path, to: &Path) -> Result<(), Fault> {
    let doing = Fault::io("the bare loop's copy of the data");
    let copied = std::fs::create_dir_all(to).and_then(|()| {
        for entry in std::fs::read_dir(from)? {
            let entry = entry?;
            std::fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
        Ok(())
    });
    copied.map_err(doing)
}
