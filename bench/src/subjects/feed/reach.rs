//! From a revocation to the last edge that refuses, beside the same bytes synced to a file and sent to as many bare sockets.
//!
//! Each edge stamps `CLOCK_BOOTTIME` when its map holds the entry. Before each revocation every edge let the token through in a
//! real check, and after it every edge refuses it in another; neither is in the time.

use std::time::Duration;

use domain::feed::wire::{Reply, Version};
use domain::id::{Id, Token as TokenId};
use domain::revocation::{LogEntry, Target};
use domain::{Digest, Epoch, Seq, Timestamp};

use super::fan::Fan;
use super::fleet::{Fleet, Wanted};
use crate::harness::{
    Bound, Contender, Core, Fault, Figure, Ground, Plan, Sample, Spread, Subject, Unit, on_core, percentile,
    sample,
};
use crate::world;

pub(in crate::subjects) const REACH_1: Subject = Subject {
    name: "feed-1",
    what: "from a revocation to the refusal at 1 edge, over the feed",
    baseline: BASELINE,
    prepare: |ground| prepare(ground, 1),
};

pub(in crate::subjects) const REACH_10: Subject = Subject {
    name: "feed-10",
    what: "from a revocation to the refusal at the last of 10 edges, over the feed",
    baseline: BASELINE,
    prepare: |ground| prepare(ground, 10),
};

pub(in crate::subjects) const REACH_100: Subject = Subject {
    name: "feed-100",
    what: "from a revocation to the refusal at the last of 100 edges, over the feed",
    baseline: BASELINE,
    prepare: |ground| prepare(ground, 100),
};

const BASELINE: &str = "a program that appends the same bytes to a file, syncs it, and writes them to as many bare TCP connections";

/// Revocations of one turn.
const PER_TURN: u64 = 500;
/// The bounds: from the acknowledgement, in microseconds, and as a multiple of the baseline.
const MOST_US: f64 = 5_000.0;
const MOST_OF_RAW: f64 = 3.0;

/// What single revocations took.
#[derive(Debug, Clone, Copy)]
pub(super) struct Took {
    /// From when it was asked for until the last one had it.
    pub(super) whole: Duration,
    /// From its acknowledgement on; nothing where the last one had it before that arrived.
    pub(super) after: Duration,
}

fn prepare(ground: &Ground, edges: usize) -> Result<Plan, Fault> {
    let wanted = Wanted {
        folder: match edges {
            1 => "feed-1",
            10 => "feed-10",
            _ => "feed-100",
        },
        edges: usize::try_from(ground.scaled(edges as u64, edges.min(3) as u64)).unwrap_or(edges),
        lease: "10s",
        pinned: true,
        watermarks: 0,
    };
    let per_turn = ground.scaled(PER_TURN, 5);
    let bytes = entry_bytes()?;
    let (length, count) = (bytes.len(), wanted.edges);
    let ours = Ours {
        fleet: Fleet::start(ground, &wanted)?,
        per_turn,
        all: Vec::new(),
    };
    let raw = Raw {
        fan: Fan::start(ground, wanted.folder, count, bytes)?,
        per_turn,
        all: Vec::new(),
    };
    let of_raw = |ours: fn(&Sample) -> f64, raw: fn(&Sample) -> f64| {
        move |samples: &[Sample]| ours(&sample(samples, 0)) / raw(&sample(samples, 1))
    };
    let us = |name, at, of: fn(&Sample) -> f64| {
        Figure::new(name, Unit::Microseconds, move |samples| {
            of(&sample(samples, at)) * 1e6
        })
    };
    Ok(Plan {
        contenders: vec![Box::new(ours), Box::new(raw)],
        figures: vec![
            Figure::ratio(
                "from ack, p50, of sync and raw fan-out's",
                of_raw(|s| s.after.p50, |s| s.spread.p50),
            )
            .bound(Bound::BestAtMost(MOST_OF_RAW)),
            Figure::ratio(
                "from ack, p90, of sync and raw fan-out's",
                of_raw(|s| s.after.p90, |s| s.spread.p90),
            )
            .bound(Bound::BestAtMost(MOST_OF_RAW)),
            us("from ack to the last, p99", 0, |s| s.after.p99).bound(Bound::at_most(MOST_US)),
            us("from ack to the last, p90", 0, |s| s.after.p90),
            us("from ack to the last, p50", 0, |s| s.after.p50),
            us("asked to the last, p50", 0, |s| s.spread.p50),
            us("asked to the last, p90", 0, |s| s.spread.p90),
            us("asked to the last, p99", 0, |s| s.spread.p99),
            us("sync and raw fan-out, p50", 1, |s| s.spread.p50),
            us("sync and raw fan-out, p90", 1, |s| s.spread.p90),
            us("sync and raw fan-out, p99", 1, |s| s.spread.p99),
            Figure::ratio(
                "asked, p50, of sync and raw fan-out's",
                of_raw(|s| s.spread.p50, |s| s.spread.p50),
            ),
            Figure::ratio(
                "asked, p90, of sync and raw fan-out's",
                of_raw(|s| s.spread.p90, |s| s.spread.p90),
            ),
        ],
        remark: format!(
            "{count} edges with a connection and a map each, {per_turn} revocations a turn, one after the other; \
             each checked at every edge before and after; {length} bytes a frame"
        ),
    })
}

struct Ours {
    fleet: Fleet,
    per_turn: u64,
    /// Of all turns.
    all: Vec<Took>,
}

impl Contender for Ours {
    fn name(&self) -> &'static str {
        "the feed"
    }

    fn turn(&mut self) -> Result<Sample, Fault> {
        self.fleet.reconnect()?;
        let tokens = self.fleet.tokens(self.per_turn)?;
        on_core(Core::Load, || {
            let began = world::now();
            let mut took = Vec::new();
            for token in &tokens {
                self.fleet.judged(token, 200)?;
                self.fleet.board.wipe(1);
                let asked = world::boot_time();
                self.fleet.revoke(token, "durable")?;
                let acknowledged = world::boot_time();
                let last = self.fleet.board.last()?;
                self.fleet.judged(token, 401)?;
                took.push(Took {
                    whole: last.saturating_sub(asked),
                    after: last.saturating_sub(acknowledged),
                });
            }
            self.all.extend(&took);
            Ok(turned(&took, began.elapsed()))
        })
    }

    fn closing(&self) -> Option<String> {
        Some(format!(
            "  acknowledged to the last, all turns: {}\n  asked to the last, all turns:        {}",
            percentiles(self.all.iter().map(|took| took.after)),
            percentiles(self.all.iter().map(|took| took.whole))
        ))
    }
}

struct Raw {
    fan: Fan,
    per_turn: u64,
    all: Vec<Took>,
}

impl Contender for Raw {
    fn name(&self) -> &'static str {
        "sync and raw fan-out"
    }

    fn turn(&mut self) -> Result<Sample, Fault> {
        on_core(Core::Load, || {
            let began = world::now();
            let took = (0..self.per_turn).map(|_| self.fan.send());
            let took = took.collect::<Result<Vec<_>, Fault>>()?;
            self.all.extend(&took);
            Ok(turned(&took, began.elapsed()))
        })
    }

    fn closing(&self) -> Option<String> {
        Some(format!(
            "  sync and raw fan-out, all turns:     {}",
            percentiles(self.all.iter().map(|took| took.whole))
        ))
    }
}

fn turned(took: &[Took], wall: Duration) -> Sample {
    let whole = sorted(took.iter().map(|took| took.whole));
    let after = sorted(took.iter().map(|took| took.after));
    Sample {
        operations: took.len() as u64,
        wall,
        spread: spread_of(&whole),
        after: spread_of(&after),
        ..Sample::default()
    }
}

pub(super) fn spread_of(sorted: &[f64]) -> Spread {
    Spread {
        p50: percentile(sorted, 0.5),
        p90: percentile(sorted, 0.9),
        p99: percentile(sorted, 0.99),
    }
}

/// Seconds, in order of size.
pub(super) fn sorted(took: impl Iterator<Item = Duration>) -> Vec<f64> {
    let mut sorted: Vec<f64> = took.map(|took| took.as_secs_f64()).collect();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// For people; of how many, since p99.9 of a few means nothing.
pub(super) fn percentiles(took: impl Iterator<Item = Duration>) -> String {
    let sorted = sorted(took);
    let at = |share| Unit::Microseconds.show(percentile(&sorted, share) * 1e6);
    format!(
        "p50 {}, p90 {}, p99 {}, p99.9 {}, most {} of {}",
        at(0.5),
        at(0.9),
        at(0.99),
        at(0.999),
        at(1.0),
        sorted.len()
    )
}

/// The frame that each edge is sent for one revocation of a token.
fn entry_bytes() -> Result<Vec<u8>, Fault> {
    let entry = LogEntry {
        seq: Seq::start_of(Epoch::FIRST),
        target: Target::Jti(Id::<TokenId>::from_bytes([7; 16])),
        at: Timestamp::from_ms(world::unix_time_s() * 1000),
        digest: Digest::of(b"entry"),
    };
    Reply::Entries(vec![entry])
        .encode(Version::V1)
        .map_err(|error| Fault::new(error.to_string()))
}
