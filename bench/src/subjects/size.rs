//! What a session and a watermark weigh, on disk and in memory.

mod memory;

use std::time::Duration;

use super::{durable, million};
use crate::harness::{Bound, Contender, Fault, Figure, Ground, Plan, Sample, Subject, Unit};

pub(super) const SIZE: Subject = Subject {
    name: "size",
    what: "bytes of a session with its face and of a watermark, on disk and in an edge's memory, at a million",
    baseline: "none: absolute bounds",
    prepare,
};

/// Weighed once: a weight does not depend on the time of day.
struct Weighed {
    name: &'static str,
    bytes: f64,
}

fn prepare(ground: &Ground) -> Result<Plan, Fault> {
    let (sessions, marks) = (ground.scaled(1_000_000, 2_000), ground.scaled(100_000, 500));
    // Before anything else: what was freed would be taken again, and nothing would grow.
    let (edge, map) = memory::weigh(sessions)?;
    let folder = ground.scratch.join("size");
    durable::open(&folder)?.store.close();
    let disk = million::fill(&folder, sessions, marks)?;
    let weights = [
        ("session on disk", disk.session),
        ("watermark on disk", disk.watermark),
        ("log entry and event on disk", disk.record),
        ("watermark in memory", map),
        ("session in memory", edge),
    ];
    let contenders = weights.map(|(name, bytes)| Box::new(Weighed { name, bytes }) as Box<dyn Contender>);
    Ok(Plan {
        contenders: contenders.into(),
        figures: vec![
            figure("session with face and index, on disk", 0).bound(Bound::at_most(700.0)),
            figure("watermark, on disk", 1),
            figure("its log entry and event, on disk", 2),
            figure("watermark, in an edge's map", 3),
            figure("remembered session, in an edge's memory", 4).bound(Bound::at_most(300.0)),
        ],
        remark: format!("{sessions} sessions, {marks} watermarks on disk; memory by /proc/self/statm"),
    })
}

fn figure(name: &'static str, at: usize) -> Figure {
    Figure::new(name, Unit::Bytes, move |samples| {
        samples.get(at).map_or(f64::NAN, |one| one.value)
    })
}

impl Contender for Weighed {
    fn name(&self) -> &'static str {
        self.name
    }

    fn turn(&mut self) -> Result<Sample, Fault> {
        Ok(Sample {
            operations: 1,
            wall: Duration::from_nanos(1),
            cpu: Duration::ZERO,
            value: self.bytes,
            ..Sample::default()
        })
    }
}
