//! `enforced` beside `durable` and a round trip on the feed: what it costs to wait for every edge's word.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use super::fleet::{Fleet, Wanted};
use super::reach::{percentiles, sorted, spread_of};
use crate::harness::{
    Bound, Contender, Core, Fault, Figure, Ground, Plan, Sample, Subject, Unit, on_core, sample,
};
use crate::world;

pub(in crate::subjects) const ENFORCED: Subject = Subject {
    name: "enforced",
    what: "a revocation that returns once every edge has applied it",
    baseline: "the same with `durable`, and a round trip on the feed",
    prepare,
};

const PER_TURN: u64 = 200;
const EDGES: u64 = 1;

fn prepare(ground: &Ground) -> Result<Plan, Fault> {
    let wanted = Wanted {
        folder: "enforced",
        edges: usize::try_from(EDGES).unwrap_or(1),
        lease: "10s",
        pinned: true,
        watermarks: 0,
    };
    let fleet = Rc::new(RefCell::new(Fleet::start(ground, &wanted)?));
    let per_turn = ground.scaled(PER_TURN, 5);
    let one = |what| {
        Box::new(Asking {
            fleet: Rc::clone(&fleet),
            what,
            per_turn,
            all: Vec::new(),
        })
    };
    let us = |name, at: usize| {
        Figure::new(name, Unit::Microseconds, move |samples| {
            sample(samples, at).spread.p50 * 1e6
        })
    };
    let allowed = |of: fn(&Sample) -> f64| {
        move |samples: &[Sample]| {
            let at = |at| of(&sample(samples, at));
            at(0) / (2.0 * at(1) + at(2))
        }
    };
    Ok(Plan {
        contenders: vec![one(What::Enforced), one(What::Durable), one(What::RoundTrip)],
        figures: vec![
            Figure::ratio("p50, of 2 durable and a round trip", allowed(|s| s.spread.p50))
                .bound(Bound::BestAtMost(1.0)),
            Figure::ratio("p90, of 2 durable and a round trip", allowed(|s| s.spread.p90)),
            us("enforced, p50", 0),
            us("durable, p50", 1),
            us("round trip on the feed, p50", 2),
        ],
        remark: format!("the server's own edge and {EDGES} over the feed; {per_turn} revocations a turn"),
    })
}

#[derive(Debug, Clone, Copy)]
enum What {
    Enforced,
    Durable,
    RoundTrip,
}

struct Asking {
    fleet: Rc<RefCell<Fleet>>,
    what: What,
    per_turn: u64,
    all: Vec<Duration>,
}

impl Contender for Asking {
    fn name(&self) -> &'static str {
        match self.what {
            What::Enforced => "enforced",
            What::Durable => "durable",
            What::RoundTrip => "round trip",
        }
    }

    fn turn(&mut self) -> Result<Sample, Fault> {
        let mut fleet = self.fleet.borrow_mut();
        fleet.reconnect()?;
        let what = self.what;
        let took = on_core(Core::Load, || match what {
            What::Enforced => revoked(&mut fleet, "enforced", self.per_turn),
            What::Durable => revoked(&mut fleet, "durable", self.per_turn),
            What::RoundTrip => (0..self.per_turn).map(|_| fleet.round_trip()).collect(),
        })?;
        self.all.extend(&took);
        Ok(Sample {
            operations: took.len() as u64,
            wall: took.iter().sum(),
            spread: spread_of(&sorted(took.into_iter())),
            ..Sample::default()
        })
    }

    fn closing(&self) -> Option<String> {
        Some(format!(
            "  {}, all turns: {}",
            self.name(),
            percentiles(self.all.iter().copied())
        ))
    }
}

/// What each took. Once an enforced one has returned, every edge refuses.
fn revoked(fleet: &mut Fleet, level: &str, count: u64) -> Result<Vec<Duration>, Fault> {
    let mut took = Vec::new();
    for token in fleet.tokens(count)? {
        fleet.judged(&token, 200)?;
        fleet.board.wipe(1);
        let asked = world::boot_time();
        fleet.revoke(&token, level)?;
        took.push(world::boot_time().saturating_sub(asked));
        // A durable one is waited for as well: the next is not to meet it on its way.
        if level == "durable" {
            fleet.board.last()?;
        }
        fleet.judged(&token, 401)?;
    }
    Ok(took)
}
