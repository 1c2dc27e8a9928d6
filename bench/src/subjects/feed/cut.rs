//! An edge whose connection is cut without a word: how many requests it accepts from then on, and when it is back.

use std::time::Duration;

use domain::feed::LeaseTerms;
use domain::{BootTime, Span};
use http::Request;

use super::fleet::{Fleet, Wanted, check, judge};
use crate::harness::{
    Bound, Contender, Fault, Figure, Ground, Plan, Sample, Size, Spread, Subject, Unit, sample,
};
use crate::world;

pub(in crate::subjects) const CUT: Subject = Subject {
    name: "feed-cut",
    what: "accepts of an edge since it was cut off, and until it is back; its connection is held, not closed",
    baseline: "none: the lease and its margin are the bound",
    prepare,
};

/// L, as it is configured and as it is.
const LEASE: (&str, Span) = ("1s", Span::from_secs(1));
const BUCKET_MS: u64 = 50;
/// Looked at so long since the cut: well beyond the lease.
const LOOKED_AT_MS: u64 = 1_500;
const PATIENCE: Duration = Duration::from_secs(30);
/// Where the picture goes.
const PICTURE: &str = "target/bench/feed-cut.svg";

fn prepare(ground: &Ground) -> Result<Plan, Fault> {
    let wanted = Wanted {
        folder: "feed-cut",
        edges: 1,
        lease: LEASE.0,
        pinned: false,
        watermarks: 0,
    };
    let cutting = Cutting {
        fleet: Fleet::start(ground, &wanted)?,
        buckets: vec![0; usize::try_from(LOOKED_AT_MS / BUCKET_MS).unwrap_or_default()],
        cuts: 0,
        drawn: ground.size == Size::Full,
    };
    let seconds = |span: Span| Duration::from(span).as_secs_f64();
    Ok(Plan {
        contenders: vec![Box::new(cutting)],
        figures: vec![
            Figure::new(
                "last accept, since its lease was asked",
                Unit::Seconds,
                |samples| sample(samples, 0).value,
            )
            .bound(Bound::at_most(seconds(LEASE.1 + terms().margin()))),
            Figure::new("last accept, since the cut", Unit::Seconds, |samples| {
                sample(samples, 0).spread.p50
            }),
            Figure::new("back, since it was mended", Unit::Seconds, |samples| {
                sample(samples, 0).spread.p90
            }),
        ],
        remark: format!(
            "a lease of {} with a margin of {} ms",
            LEASE.0,
            terms().margin().as_ms()
        ),
    })
}

const fn terms() -> LeaseTerms {
    LeaseTerms { lease: LEASE.1 }
}

struct Cutting {
    fleet: Fleet,
    /// Accepts since the cut, of all turns.
    buckets: Vec<u64>,
    cuts: u64,
    drawn: bool,
}

impl Contender for Cutting {
    fn name(&self) -> &'static str {
        "ours"
    }

    fn turn(&mut self) -> Result<Sample, Fault> {
        self.fleet.reconnect()?;
        let token = self.fleet.tokens(1)?;
        let request = check(token.first().map_or("", |token| token.text.as_str()))?;
        self.wait_for_accept(&request)?;
        let cut = world::boot_time();
        self.fleet.wire.cut();
        let (mut checks, mut last) = (0, cut);
        loop {
            let now = world::boot_time();
            let since_ms = (now.saturating_sub(cut)).as_millis();
            if since_ms >= u128::from(LOOKED_AT_MS) {
                break;
            }
            checks += 1;
            if self.accepts(&request) {
                last = now;
                let at = usize::try_from(since_ms / u128::from(BUCKET_MS)).unwrap_or_default();
                if let Some(bucket) = self.buckets.get_mut(at) {
                    *bucket += 1;
                }
            }
        }
        self.cuts += 1;
        let asked_at = self.fleet.asked_at();
        self.fleet.wire.mend();
        let mended = world::boot_time();
        self.wait_for_accept(&request)?;
        let back = world::boot_time().saturating_sub(mended);
        Ok(Sample {
            operations: checks,
            wall: world::boot_time().saturating_sub(cut),
            value: last.saturating_sub(since_boot(asked_at)).as_secs_f64(),
            spread: Spread {
                p50: last.saturating_sub(cut).as_secs_f64(),
                p90: back.as_secs_f64(),
                ..Spread::default()
            },
            ..Sample::default()
        })
    }

    fn closing(&self) -> Option<String> {
        let mut lines = vec!["  ms since the cut   accepts/s".to_owned()];
        let bound = (LEASE.1 + terms().margin()).as_ms();
        let rates: Vec<(u64, f64)> = (0..).map(|n| n * BUCKET_MS).zip(self.rates()).collect();
        for (from, rate) in &rates {
            let marked = (*from..from + BUCKET_MS).contains(&bound);
            let mark = if marked {
                "  <- lease and margin end at the latest"
            } else {
                ""
            };
            lines.push(format!("  {from:>16} {rate:>11.0}{mark}"));
        }
        if self.drawn && std::fs::write(PICTURE, picture(&rates, bound)).is_ok() {
            lines.push(format!("  drawn in {PICTURE}"));
        }
        Some(lines.join("\n"))
    }
}

impl Cutting {
    fn accepts(&self, request: &Request<()>) -> bool {
        let first = self.fleet.edges.first();
        first.is_some_and(|edge| judge(edge, request) == 200)
    }

    fn wait_for_accept(&self, request: &Request<()>) -> Result<(), Fault> {
        let began = world::now();
        while !self.accepts(request) {
            if began.elapsed() > PATIENCE {
                return Err(Fault::new("the edge does not accept"));
            }
            std::thread::yield_now();
        }
        Ok(())
    }

    #[allow(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    fn rates(&self) -> Vec<f64> {
        let seconds = BUCKET_MS as f64 / 1000.0 * self.cuts.max(1) as f64;
        self.buckets.iter().map(|count| *count as f64 / seconds).collect()
    }
}

fn since_boot(time: BootTime) -> Duration {
    Duration::from_millis(time.as_ms())
}

/// Bars of accepts a second over the time since the cut, with the bound as a line.
fn picture(rates: &[(u64, f64)], bound_ms: u64) -> String {
    let most = rates.iter().map(|(_, rate)| *rate).fold(1.0, f64::max);
    let bars: String = rates
        .iter()
        .map(|(from, rate)| {
            let height = rate / most * 200.0;
            let (x, width) = (40 + from * 2 / 5, BUCKET_MS * 2 / 5 - 1);
            format!(
                "<rect x=\"{x}\" y=\"{:.1}\" width=\"{width}\" height=\"{height:.1}\"/>",
                220.0 - height
            )
        })
        .collect();
    let bound = 40 + bound_ms * 2 / 5;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 660 250\" font-family=\"sans-serif\" font-size=\"11\">\
         <g fill=\"#4a7\">{bars}</g><path d=\"M40 20V220H640M{bound} 20V220\" fill=\"none\" stroke=\"#333\"/>\
         <text x=\"40\" y=\"14\">{most:.0} accepts/s</text><text x=\"{}\" y=\"32\">lease and margin</text>\
         <text x=\"40\" y=\"236\">0</text><text x=\"640\" y=\"236\" text-anchor=\"end\">{LOOKED_AT_MS} ms since the cut</text></svg>\n",
        bound + 4
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_has_a_bar_for_each_span_and_the_bound() {
        let drawn = picture(&[(0, 1000.0), (50, 500.0), (1000, 0.0)], 1004);
        assert_eq!(drawn.matches("<rect").count(), 3);
        assert!(drawn.contains("height=\"200.0\"") && drawn.contains("height=\"100.0\""));
        assert!(drawn.contains("M441 20V220"), "{drawn}");
    }
}
