//! What a subject is: contenders, figures and bounds.

use std::path::PathBuf;
use std::time::Duration;

use crate::world;

/// Something that is measured. All of them stand in [`crate::subjects::SUBJECTS`].
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    /// What is measured, in one line.
    pub(crate) what: &'static str,
    /// What it is held against.
    pub(crate) baseline: &'static str,
    /// Makes everything ready; nothing of it is measured.
    pub(crate) prepare: fn(&Ground) -> Result<Plan, Fault>,
}

/// A subject that is ready.
pub(crate) struct Plan {
    /// They take turns: forwards, then backwards. Ours comes first.
    pub(crate) contenders: Vec<Box<dyn Contender>>,
    pub(crate) figures: Vec<Figure>,
    /// What a reader must know of this run: how many credentials, which core.
    pub(crate) remark: String,
}

/// One of those that take turns. Dropping it ends what it started.
pub(crate) trait Contender {
    /// As it is called in the raw samples.
    fn name(&self) -> &'static str;
    /// Works for one turn: always the same amount, about a second of it at most.
    ///
    /// # Errors
    /// It could not do all of its work. One wrong answer is a fault: nothing is measured of a server that refuses.
    fn turn(&mut self) -> Result<Sample, Fault>;

    /// What is to be said of all its turns together, once they are over.
    fn closing(&self) -> Option<String> {
        None
    }
}

/// What one turn took.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Sample {
    /// Requests, decisions, or whatever is counted.
    pub(crate) operations: u64,
    /// From the first to the last of them.
    pub(crate) wall: Duration,
    /// CPU time, user and system, of the process or thread under test; a load generator's is not in it.
    pub(crate) cpu: Duration,
    /// What is measured where it is neither time nor CPU: bytes, a percentile in seconds. Zero otherwise.
    pub(crate) value: f64,
    /// How long single operations took. Zero where nobody asks.
    pub(crate) spread: Spread,
    /// The same of that part of each which came after it was acknowledged.
    pub(crate) after: Spread,
}

/// Percentiles of a turn's operations, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize)]
pub(crate) struct Spread {
    pub(crate) p50: f64,
    pub(crate) p90: f64,
    pub(crate) p99: f64,
}

/// From one round's samples to a number.
type Reading = Box<dyn Fn(&[Sample]) -> f64>;

/// A number made of one round.
pub(crate) struct Figure {
    /// What it is, in up to 40 letters.
    pub(crate) name: &'static str,
    pub(crate) unit: Unit,
    /// From the round's samples, one a contender in the plan's order (both turns of a round added up).
    pub(crate) of: Reading,
    /// Without a bound it is there to be read.
    pub(crate) bound: Option<Bound>,
}

/// What a figure counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Ratio,
    Microseconds,
    PerSecond,
    Bytes,
    Seconds,
    Count,
}

/// What a figure's median must be, and the worse end of its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Bound {
    AtMost {
        median: f64,
        worse_end: f64,
    },
    AtLeast {
        median: f64,
        worse_end: f64,
    },
    /// The best of at least three rounds: of what a busy machine can only make longer.
    BestAtMost(f64),
}

/// How much work a turn has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// As the bounds mean it.
    Full,
    /// A few operations: for the test that every subject still works.
    #[cfg_attr(not(test), allow(dead_code, reason = "only the smoke test asks for it"))]
    Tiny,
}

/// What a subject may stand on.
#[derive(Debug)]
pub(crate) struct Ground {
    pub(crate) size: Size,
    /// The product's program.
    pub(crate) symbolon: PathBuf,
    /// This program, to be started as a baseline.
    pub(crate) bench: PathBuf,
    /// A folder of this run; removed at its end.
    pub(crate) scratch: PathBuf,
}

/// Nothing was measured, and why.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("{0}")]
    Said(String),
    #[error("{0}: {1}")]
    Io(&'static str, #[source] std::io::Error),
}

impl Fault {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self::Said(text.into())
    }

    /// For `map_err`: what was being done.
    pub(crate) fn io(doing: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |error| Self::Io(doing, error)
    }
}

impl Ground {
    /// The product's program is the one that was built beside this one.
    pub(crate) fn new(size: Size) -> Result<Self, Fault> {
        let own = world::own_program().map_err(Fault::io("where am I"))?;
        let built = |name: &str| {
            let file = own
                .ancestors()
                .map(|folder| folder.join(name))
                .find(|file| file.is_file());
            file.ok_or_else(|| {
                Fault::new(format!(
                    "there is no `{name}` beside this program: use `cargo xtask bench`"
                ))
            })
        };
        let (symbolon, bench) = (built("symbolon")?, built("symbolon-bench")?);
        let scratch = world::scratch();
        std::fs::create_dir_all(&scratch).map_err(Fault::io("the scratch folder"))?;
        Ok(Self {
            size,
            symbolon,
            bench,
            scratch,
        })
    }

    /// So much work at full size, and so much in the smoke test.
    pub(crate) fn scaled(&self, full: u64, tiny: u64) -> u64 {
        match self.size {
            Size::Full => full,
            Size::Tiny => tiny,
        }
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.scratch);
    }
}

impl Bound {
    /// At most, with one bound for the median and the interval.
    pub(crate) const fn at_most(median: f64) -> Self {
        Self::AtMost {
            median,
            worse_end: median,
        }
    }

    /// At least, with one bound for the median and the interval.
    pub(crate) const fn at_least(median: f64) -> Self {
        Self::AtLeast {
            median,
            worse_end: median,
        }
    }
}

impl Figure {
    pub(crate) fn new(name: &'static str, unit: Unit, of: impl Fn(&[Sample]) -> f64 + 'static) -> Self {
        Self {
            name,
            unit,
            of: Box::new(of),
            bound: None,
        }
    }

    pub(crate) fn bound(self, bound: Bound) -> Self {
        Self {
            bound: Some(bound),
            ..self
        }
    }

    /// CPU time per operation of a contender, in microseconds.
    pub(crate) fn cpu_of(name: &'static str, at: usize) -> Self {
        Self::new(name, Unit::Microseconds, move |samples| {
            sample(samples, at).cpu_us()
        })
    }

    /// CPU time per operation of the first contender, as a multiple of the second's.
    pub(crate) fn cpu_ratio(name: &'static str) -> Self {
        Self::new(name, Unit::Ratio, |samples| {
            sample(samples, 0).cpu_us() / sample(samples, 1).cpu_us()
        })
    }

    /// A number without a unit.
    pub(crate) fn ratio(name: &'static str, of: impl Fn(&[Sample]) -> f64 + 'static) -> Self {
        Self::new(name, Unit::Ratio, of)
    }

    /// Operations per second of a contender.
    pub(crate) fn rate_of(name: &'static str, at: usize) -> Self {
        Self::new(name, Unit::PerSecond, move |samples| {
            sample(samples, at).per_second()
        })
    }

    /// Operations per second of the first contender, as a multiple of the second's.
    pub(crate) fn rate_ratio(name: &'static str) -> Self {
        Self::new(name, Unit::Ratio, |samples| {
            sample(samples, 0).per_second() / sample(samples, 1).per_second()
        })
    }
}

/// A contender's sample of a round. One that is not there counts nothing, and shows as a figure that is no number.
pub(crate) fn sample(samples: &[Sample], at: usize) -> Sample {
    samples.get(at).copied().unwrap_or_default()
}

impl Spread {
    fn and(&self, other: &Self) -> Self {
        Self {
            p50: f64::midpoint(self.p50, other.p50),
            p90: f64::midpoint(self.p90, other.p90),
            p99: f64::midpoint(self.p99, other.p99),
        }
    }
}

impl Sample {
    /// CPU time per operation, in microseconds.
    pub(crate) fn cpu_us(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.count()
    }

    /// Operations per second of wall time.
    pub(crate) fn per_second(&self) -> f64 {
        self.count() / self.wall.as_secs_f64()
    }

    /// Both turns of a round. What is neither time nor CPU is averaged.
    pub(crate) fn and(&self, other: &Self) -> Self {
        Self {
            operations: self.operations + other.operations,
            wall: self.wall + other.wall,
            cpu: self.cpu + other.cpu,
            value: f64::midpoint(self.value, other.value),
            spread: self.spread.and(&other.spread),
            after: self.after.and(&other.after),
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    fn count(&self) -> f64 {
        self.operations as f64
    }
}
