//! Many revocations at once through the admin API: how many a second, and when the last edge holds all of them.

use domain::Subject as Person;
use domain::id::{Id, Session, User};
use domain::testing::SeededEntropy;
use domain::{Clock, Entropy};
use serde_json::json;

use super::fleet::{Fleet, Wanted};
use crate::harness::{
    Bound, Contender, Cpu, Fault, Figure, Ground, Plan, Sample, Spread, Subject, Unit, sample,
};
use crate::stage::{Connect, Driving, Load};
use crate::world::{self, MachineClock};

pub(in crate::subjects) const RATE: Subject = Subject {
    name: "feed-rate",
    what: "sessions revoked through the admin API, each with an idempotency key, its receipt kept, and on the disk before it is acknowledged",
    baseline: "none: an absolute bound",
    prepare: |ground| {
        let count = ground.scaled(20_000, 100);
        let mass = Mass::start(ground, ("feed-rate", 0), (count, Whom::Sessions))?;
        Ok(Plan {
            contenders: vec![Box::new(mass)],
            figures: vec![
                Figure::rate_of("revocations", 0).bound(Bound::at_least(10_000.0)),
                Figure::cpu_of("CPU of the server, each", 0),
            ],
            remark: format!("{CONNECTIONS} connections, {count} a turn; the generator shares the cores"),
        })
    },
};

pub(in crate::subjects) const MASS: Subject = Subject {
    name: "feed-mass",
    what: "100,000 subjects revoked through the admin API while 10 edges follow",
    baseline: "none: to be read",
    prepare: |ground| {
        let count = ground.scaled(100_000, 100);
        let edges = usize::try_from(ground.scaled(10, 2)).unwrap_or(10);
        let mass = Mass::start(ground, ("feed-mass", edges), (count, Whom::Subjects))?;
        Ok(Plan {
            contenders: vec![Box::new(mass)],
            figures: vec![
                Figure::rate_of("revocations", 0),
                Figure::new(
                    "last edge has all, since the last ack",
                    Unit::Seconds,
                    |samples| sample(samples, 0).spread.p50,
                ),
                Figure::new("all of it, to the last edge", Unit::Seconds, |samples| {
                    sample(samples, 0).spread.p90
                }),
                Figure::new("to and from one edge", Unit::Bytes, |samples| {
                    sample(samples, 0).value
                }),
                Figure::new("to and from one edge, an entry", Unit::Bytes, move |samples| {
                    sample(samples, 0).value / count as f64
                }),
            ],
            remark: format!(
                "{count} subjects a turn, {CONNECTIONS} connections, {edges} edges; nothing pinned"
            ),
        })
    },
};

/// Callers of the admin API, each with one request under way.
const CONNECTIONS: usize = 64;

#[derive(Debug, Clone, Copy)]
enum Whom {
    Sessions,
    Subjects,
}

struct Mass {
    fleet: Fleet,
    count: u64,
    whom: Whom,
    entropy: SeededEntropy,
}

impl Mass {
    fn start(
        ground: &Ground,
        (folder, edges): (&str, usize),
        (count, whom): (u64, Whom),
    ) -> Result<Self, Fault> {
        let wanted = Wanted {
            folder,
            edges,
            lease: "10s",
            pinned: false,
            watermarks: 0,
        };
        Ok(Self {
            fleet: Fleet::start(ground, &wanted)?,
            count,
            whom,
            entropy: SeededEntropy::new(world::unix_time_s()),
        })
    }

    /// A turn's requests, none of which was made before.
    fn load(&self) -> Result<Load, Fault> {
        let (port, bearer) = (self.fleet.server.plan.admin, &self.fleet.bearer);
        let requests = (0..self.count).map(|_| {
            let now = MachineClock.now();
            let (class, key) = match self.whom {
                Whom::Sessions => ("session", Id::<Session>::generate(now, &self.entropy).to_string()),
                Whom::Subjects => {
                    let user = Id::<User>::generate(now, &self.entropy);
                    ("subject", Person::User(user).to_string())
                }
            };
            let mut random = [0u8; 16];
            self.entropy.fill(&mut random);
            let idempotency = jose::base64url::encode(&random);
            let body = json!({ "class": class, "key": key, "reason": "bench" }).to_string();
            format!(
                "POST /admin/v1/revocations HTTP/1.1\r\nhost: localhost:{port}\r\nauthorization: {bearer}\r\n\
                 content-type: application/json\r\nidempotency-key: {idempotency}\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            )
            .into_bytes()
        });
        let order = (0..u32::try_from(self.count).unwrap_or(u32::MAX)).collect();
        let load = Load::new(&Connect::Port(port), requests.collect(), order, self.count)?;
        // Answers are receipts: an object with lists that are empty.
        Ok(load.ending(b"}").over(CONNECTIONS))
    }
}

impl Contender for Mass {
    fn name(&self) -> &'static str {
        "ours"
    }

    fn turn(&mut self) -> Result<Sample, Fault> {
        let mut load = self.load()?;
        self.fleet.board.wipe(self.count);
        let cpu = Cpu::Processes(vec![self.fleet.server.id()]);
        let used = || cpu.used().map_err(Fault::io("CPU time"));
        let (passed, before, began) = (self.fleet.wire.passed(), used()?, world::boot_time());
        let operations = load.drive()?;
        let (acknowledged, after) = (world::boot_time(), used()?);
        let last = if self.fleet.edges.is_empty() {
            acknowledged
        } else {
            self.fleet.board.last()?
        };
        #[allow(clippy::cast_precision_loss, reason = "bytes far below 2^52")]
        let value = (self.fleet.wire.passed() - passed) as f64;
        Ok(Sample {
            operations,
            wall: acknowledged.saturating_sub(began),
            cpu: after.saturating_sub(before),
            value,
            spread: Spread {
                p50: last.saturating_sub(acknowledged).as_secs_f64(),
                p90: last.saturating_sub(began).as_secs_f64(),
                ..Spread::default()
            },
            ..Sample::default()
        })
    }
}
