//! Turns, and how they become rounds.

use std::time::Duration;

use serde::Serialize;

use super::machine::{Busy, busy};
use super::plan::{Contender, Fault, Figure, Ground, Plan, Sample, Spread, Subject};
use super::statistics::{Estimate, estimate};

/// What came out of a subject.
pub(crate) struct Measured {
    pub(crate) figures: Vec<(Figure, Option<Estimate>)>,
    pub(crate) remark: String,
    /// What the contenders say of all their turns.
    pub(crate) closing: Vec<String>,
    pub(crate) raw: Raw,
}

/// Everything that was measured, as it is kept.
#[derive(Debug, Serialize)]
pub(crate) struct Raw {
    contenders: Vec<&'static str>,
    /// Per round, per turn: which contender, and what it took.
    rounds: Vec<Vec<(usize, Turn)>>,
    /// Share of all cores that other processes took, per round.
    pub(crate) others: Vec<f64>,
}

#[derive(Debug, Serialize)]
struct Turn {
    operations: u64,
    wall_ns: u64,
    cpu_ns: u64,
    value: f64,
    spread: Spread,
    after: Spread,
}

/// Prepares a subject and lets its contenders take turns: forwards, then backwards (A-B-B-A), so that a machine that
/// grows slower or faster harms both alike. The first round is thrown away.
pub(crate) fn measure(subject: &Subject, ground: &Ground, rounds: u32) -> Result<Measured, Fault> {
    let Plan {
        mut contenders,
        figures,
        remark,
    } = (subject.prepare)(ground)?;
    for contender in &mut contenders {
        contender.turn()?;
    }
    let mut raw = Raw {
        contenders: contenders.iter().map(|one| one.name()).collect(),
        rounds: Vec::new(),
        others: Vec::new(),
    };
    let mut per_round = Vec::new();
    for _ in 0..rounds {
        let before = busy();
        let turns = round(&mut contenders)?;
        raw.others.push(Busy::share_of_others(&before, &busy()));
        per_round.push(paired(&turns, contenders.len()));
        raw.rounds.push(
            turns
                .iter()
                .map(|(at, sample)| (*at, Turn::from(sample)))
                .collect(),
        );
    }
    let figures = figures.into_iter().map(|figure| {
        let values: Vec<f64> = per_round.iter().map(|samples| (figure.of)(samples)).collect();
        (figure, estimate(&values))
    });
    Ok(Measured {
        figures: figures.collect(),
        remark,
        closing: contenders.iter().filter_map(|one| one.closing()).collect(),
        raw,
    })
}

#[cfg(test)]
impl Raw {
    /// Whether every turn of every round did something.
    pub(crate) fn did_something(&self) -> bool {
        let mut turns = self.rounds.iter().flatten().peekable();
        turns.peek().is_some() && turns.all(|(_, turn)| turn.operations > 0 && turn.wall_ns > 0)
    }
}

fn round(contenders: &mut [Box<dyn Contender>]) -> Result<Vec<(usize, Sample)>, Fault> {
    let mut turns = Vec::new();
    let there = 0..contenders.len();
    for at in there.clone().chain(there.rev()) {
        if let Some(contender) = contenders.get_mut(at) {
            turns.push((at, contender.turn()?));
        }
    }
    Ok(turns)
}

/// A round's turns, added up per contender.
fn paired(turns: &[(usize, Sample)], contenders: usize) -> Vec<Sample> {
    let of = |wanted: usize| {
        let mut own = turns
            .iter()
            .filter(|(at, _)| *at == wanted)
            .map(|(_, sample)| *sample);
        let first = own.next().unwrap_or_default();
        own.fold(first, |sum, next| sum.and(&next))
    };
    (0..contenders).map(of).collect()
}

impl From<&Sample> for Turn {
    fn from(sample: &Sample) -> Self {
        let ns = |span: Duration| u64::try_from(span.as_nanos()).unwrap_or(u64::MAX);
        Self {
            operations: sample.operations,
            wall_ns: ns(sample.wall),
            cpu_ns: ns(sample.cpu),
            value: sample.value,
            spread: sample.spread,
            after: sample.after,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::plan::{Bound, Size};
    use super::*;
    use std::cell::RefCell;
    use std::rc::Rc;

    struct Drifting {
        name: &'static str,
        cost_us: u64,
        /// Grows with every turn of anybody: a machine that slows down steadily.
        drift: Rc<RefCell<u64>>,
    }

    impl Contender for Drifting {
        fn name(&self) -> &'static str {
            self.name
        }
        fn turn(&mut self) -> Result<Sample, Fault> {
            let mut drift = self.drift.borrow_mut();
            *drift += 10;
            let wall = Duration::from_micros(self.cost_us + *drift);
            Ok(Sample {
                operations: 1,
                wall,
                cpu: wall,
                ..Sample::default()
            })
        }
    }

    const SUBJECT: Subject = Subject {
        name: "drift",
        what: "",
        baseline: "",
        prepare,
    };

    fn prepare(_: &Ground) -> Result<Plan, Fault> {
        let drift = Rc::default();
        let one = |name| {
            Box::new(Drifting {
                name,
                cost_us: 1000,
                drift: Rc::clone(&drift),
            })
        };
        Ok(Plan {
            contenders: vec![one("ours"), one("baseline")],
            figures: vec![
                Figure::cpu_ratio("CPU").bound(Bound::at_most(1.0)),
                Figure::rate_ratio("rate"),
            ],
            remark: String::new(),
        })
    }

    #[test]
    fn turns_forwards_and_backwards_cancel_a_steady_drift() {
        let ground = Ground {
            size: Size::Tiny,
            symbolon: "symbolon".into(),
            bench: std::path::PathBuf::new(),
            scratch: "no-such-folder".into(),
        };
        let measured = measure(&SUBJECT, &ground, 7).unwrap();
        for (figure, estimate) in &measured.figures {
            let found = estimate.unwrap();
            assert_eq!(
                (found.low, found.median, found.high),
                (1.0, 1.0, 1.0),
                "{}",
                figure.name
            );
        }
        let order: Vec<usize> = measured.raw.rounds[0].iter().map(|(at, _)| *at).collect();
        assert_eq!(order, [0, 1, 1, 0]);
        assert_eq!((measured.raw.rounds.len(), measured.raw.others.len()), (7, 7));
    }
}
