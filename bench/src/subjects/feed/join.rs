//! How long an edge takes to join an authority with a million watermarks: from its start until it serves.

use std::time::Duration;

use domain::feed::EdgeCredential;

use super::fleet::{Fleet, Wanted};
use crate::harness::{Contender, Fault, Figure, Ground, Plan, Sample, Subject, Unit, sample};
use crate::world;

pub(in crate::subjects) const JOIN: Subject = Subject {
    name: "feed-join",
    what: "from the start of an edge until it serves, where the authority has a million watermarks",
    baseline: "none: to be read",
    prepare,
};

const PATIENCE: Duration = Duration::from_secs(120);
const GLANCE: Duration = Duration::from_millis(1);

fn prepare(ground: &Ground) -> Result<Plan, Fault> {
    let watermarks = ground.scaled(1_000_000, 500);
    let wanted = Wanted {
        folder: "feed-join",
        edges: 0,
        lease: "10s",
        pinned: false,
        watermarks,
    };
    let mut fleet = Fleet::start(ground, &wanted)?;
    let joining = Joining {
        credential: fleet.credential(0)?,
        fleet,
        first: None,
    };
    Ok(Plan {
        contenders: vec![Box::new(joining)],
        figures: vec![
            Figure::new("until it serves", Unit::Seconds, |samples| {
                1.0 / sample(samples, 0).per_second()
            }),
            Figure::new("to and from the edge", Unit::Bytes, |samples| {
                sample(samples, 0).value
            }),
            Figure::new("to and from the edge, a watermark", Unit::Bytes, move |samples| {
                #[allow(clippy::cast_precision_loss, reason = "a million")]
                let each = watermarks as f64;
                sample(samples, 0).value / each
            }),
        ],
        remark: format!("{watermarks} watermarks; the snapshot is made for the first who joins, and kept"),
    })
}

struct Joining {
    fleet: Fleet,
    credential: EdgeCredential,
    /// What the one took for whom the snapshot was made.
    first: Option<Duration>,
}

impl Contender for Joining {
    fn name(&self) -> &'static str {
        "ours"
    }

    fn turn(&mut self) -> Result<Sample, Fault> {
        let (passed, began) = (self.fleet.wire.passed(), world::now());
        let (edge, link) = self.fleet.join(&self.credential, 0)?;
        while !edge.ready() {
            if began.elapsed() > PATIENCE {
                return Err(Fault::new("the edge does not join"));
            }
            world::pause(GLANCE);
        }
        let wall = began.elapsed();
        #[allow(clippy::cast_precision_loss, reason = "bytes far below 2^52")]
        let value = (self.fleet.wire.passed() - passed) as f64;
        self.first.get_or_insert(wall);
        self.fleet.runtime.block_on(edge.shutdown());
        drop((edge, link));
        Ok(Sample {
            operations: 1,
            wall,
            value,
            ..Sample::default()
        })
    }

    fn closing(&self) -> Option<String> {
        let first = Unit::Seconds.show(self.first?.as_secs_f64());
        Some(format!("  the first, for whom the snapshot was made: {first}"))
    }
}
