//! What one edge costs the network: bytes a second both ways, TLS and HTTP/2 included, headers of TCP not.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use super::fleet::{Fleet, Wanted};
use crate::harness::{Contender, Fault, Figure, Ground, Plan, Sample, Subject, Unit, sample};
use crate::world;

pub(in crate::subjects) const TRAFFIC: Subject = Subject {
    name: "feed-traffic",
    what: "bytes that pass between one edge and the authority in a second, both ways",
    baseline: "none: to be read",
    prepare,
};

/// Contenders: their names, revocations a second, and seconds of a turn.
const RATES: [(&str, u64, u64); 4] = [
    ("idle", 0, 20),
    ("10 revocations/s", 10, 5),
    ("100 revocations/s", 100, 5),
    ("1000 revocations/s", 1000, 5),
];

fn prepare(ground: &Ground) -> Result<Plan, Fault> {
    let wanted = Wanted {
        folder: "feed-traffic",
        edges: 1,
        lease: "10s",
        pinned: false,
        watermarks: 0,
    };
    let fleet = Rc::new(RefCell::new(Fleet::start(ground, &wanted)?));
    let mut plan = Plan {
        contenders: Vec::new(),
        figures: Vec::new(),
        remark: "one edge, a lease of 10 s, revocations one after the other at an even pace".to_owned(),
    };
    for (at, (name, rate, seconds)) in RATES.into_iter().enumerate() {
        plan.contenders.push(Box::new(Passing {
            fleet: Rc::clone(&fleet),
            name,
            rate,
            span: Duration::from_millis(ground.scaled(seconds * 1000, 100)),
        }));
        let of = move |samples: &[Sample]| sample(samples, at).value;
        plan.figures.push(Figure::new(name, Unit::Bytes, of));
    }
    plan.figures.push(Figure::rate_of(
        "revocations, where 1000/s were wanted",
        RATES.len() - 1,
    ));
    Ok(plan)
}

struct Passing {
    fleet: Rc<RefCell<Fleet>>,
    name: &'static str,
    rate: u64,
    span: Duration,
}

impl Contender for Passing {
    fn name(&self) -> &'static str {
        self.name
    }

    fn turn(&mut self) -> Result<Sample, Fault> {
        let mut fleet = self.fleet.borrow_mut();
        fleet.reconnect()?;
        let wanted = u64::try_from(self.span.as_millis()).unwrap_or(u64::MAX) * self.rate / 1000;
        let targets = fleet.strangers(wanted);
        let (passed, began) = (fleet.wire.passed(), world::now());
        let pace = self.span / u32::try_from(wanted.max(1)).unwrap_or(u32::MAX);
        for (number, target) in targets.iter().enumerate() {
            let due = pace * u32::try_from(number).unwrap_or(u32::MAX);
            world::pause(due.saturating_sub(began.elapsed()));
            fleet.revoke(target, "durable")?;
        }
        world::pause(self.span.saturating_sub(began.elapsed()));
        let wall = began.elapsed();
        #[allow(clippy::cast_precision_loss, reason = "bytes far below 2^52")]
        let bytes = (fleet.wire.passed() - passed) as f64;
        Ok(Sample {
            // An idle turn did one thing: it waited.
            operations: wanted.max(1),
            wall,
            value: bytes / wall.as_secs_f64(),
            ..Sample::default()
        })
    }
}
