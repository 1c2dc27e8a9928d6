//! Lines over time, one a way, with what is disturbed as a shade behind them.

use std::fmt::Write as _;

use crate::figures::{Unit, human};
use crate::simulation::Way;
use crate::simulation::asked::Window;

/// One way's line.
pub(super) struct Line<'a> {
    pub(super) way: Way,
    pub(super) values: &'a [f64],
    pub(super) scale: f64,
}

/// Where and of what it is drawn.
pub(super) struct Panel<'a> {
    pub(super) title: &'a str,
    pub(super) x: f64,
    pub(super) width: f64,
    pub(super) window: Window,
    pub(super) marked: &'a [Window],
    pub(super) unit: Unit,
    pub(super) is_log: bool,
}

const LEFT: f64 = 62.0;
const TOP: f64 = 24.0;
const TALL: f64 = 170.0;
/// Points of a line: more cannot be told apart.
const POINTS: usize = 360;

/// The least that a label tells.
const LEAST: f64 = 0.01;

/// The values' scale.
struct Scale {
    low: f64,
    high: f64,
    is_log: bool,
}

impl Scale {
    fn of(points: &[Vec<(f64, f64)>], is_log: bool) -> Self {
        let values = || points.iter().flatten().map(|(_, value)| *value);
        let most = values().fold(0.0, f64::max);
        if !is_log {
            return Self {
                low: 0.0,
                high: round_up(most),
                is_log,
            };
        }
        let least = values()
            .filter(|value| *value > 0.0)
            .fold(most.max(1e-3), f64::min);
        // What is written as less than a hundredth is not told apart, unless there is nothing else.
        let floor = if most > LEAST * 10.0 { LEAST } else { least };
        let (low, high) = (
            libm::floor(libm::log10(least.max(floor)) + 1e-9),
            libm::ceil(libm::log10(most.max(LEAST))),
        );
        Self {
            low,
            high: high.max(low + 1.0),
            is_log,
        }
    }

    fn y(&self, value: f64) -> f64 {
        let value = if self.is_log {
            libm::log10(value.max(1e-12))
        } else {
            value
        };
        TOP + TALL * (1.0 - ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0))
    }

    fn ticks(&self) -> Vec<f64> {
        if self.is_log {
            let every = ((self.high - self.low) / 5.0).ceil().max(1.0);
            let count = ((self.high - self.low) / every) as usize;
            return (0..=count)
                .map(|n| libm::pow(10.0, self.low + every * n as f64))
                .collect();
        }
        (0..=4).map(|n| self.high / 4.0 * f64::from(n)).collect()
    }
}

fn round_up(most: f64) -> f64 {
    if most <= 0.0 {
        return 1.0;
    }
    let unit = libm::pow(10.0, libm::floor(libm::log10(most)));
    [1.0, 2.0, 4.0, 5.0, 10.0]
        .into_iter()
        .map(|step| step * unit)
        .find(|value| *value >= most)
        .unwrap_or(most)
}

/// The panel; and how high it is.
pub(super) fn panel(place: &Panel<'_>, lines: &[Line<'_>], step_s: f64) -> (String, f64) {
    let points: Vec<Vec<(f64, f64)>> = lines.iter().map(|line| sampled(line, place, step_s)).collect();
    let scale = Scale::of(&points, place.is_log);
    let (left, room) = (place.x + LEFT, place.width - LEFT - 14.0);
    let length = place.window.to_s - place.window.from_s;
    let x = |time_s: f64| left + room * ((time_s - place.window.from_s) / length).clamp(0.0, 1.0);
    let mut drawing = String::new();
    for marked in place.marked {
        let _ = write!(
            drawing,
            "<rect class=\"mark\" x=\"{:.1}\" y=\"{TOP:.0}\" width=\"{:.1}\" height=\"{TALL:.0}\"/>",
            x(marked.from_s),
            (x(marked.to_s) - x(marked.from_s)).max(2.0)
        );
    }
    let _ = write!(
        drawing,
        "<text class=\"small\" x=\"{left:.0}\" y=\"14\">{}</text>",
        place.title
    );
    axes(&mut drawing, place, &scale, &x);
    for (line, points) in lines.iter().zip(&points) {
        if points.iter().all(|(_, value)| *value <= 0.0) {
            continue;
        }
        let told = points
            .iter()
            .map(|(time, value)| format!("{:.1},{:.1}", x(*time), scale.y(*value)));
        let told: Vec<String> = told.collect();
        let _ = write!(
            drawing,
            "<polyline class=\"{}\" points=\"{}\"/>",
            line.way.as_str(),
            told.join(" ")
        );
    }
    (drawing, TOP + TALL + 26.0)
}

fn axes(drawing: &mut String, place: &Panel<'_>, scale: &Scale, x: &dyn Fn(f64) -> f64) {
    let (left, right) = (x(place.window.from_s), x(place.window.to_s));
    let mut told = String::new();
    for tick in scale.ticks() {
        let (y, label) = (scale.y(tick), human(tick, place.unit));
        let _ = write!(
            drawing,
            "<line class=\"grid\" x1=\"{left:.1}\" y1=\"{y:.1}\" x2=\"{right:.1}\" y2=\"{y:.1}\"/>"
        );
        if label != told {
            let _ = write!(
                drawing,
                "<text class=\"small\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                left - 6.0,
                y + 4.0,
                crate::report::escape(&label)
            );
        }
        told = label;
    }
    let length = place.window.to_s - place.window.from_s;
    for quarter in 0..=4 {
        let time_s = place.window.from_s + length / 4.0 * f64::from(quarter);
        let anchor = match quarter {
            0 => "start",
            4 => "end",
            _ => "middle",
        };
        let _ = write!(
            drawing,
            "<text class=\"small\" x=\"{:.1}\" y=\"{:.0}\" text-anchor=\"{anchor}\">{}</text>",
            x(time_s),
            TOP + TALL + 16.0,
            clock(time_s)
        );
    }
}

/// `14:05`, with the day where there are several.
pub(super) fn clock(time_s: f64) -> String {
    let minutes = (time_s / 60.0).max(0.0) as u64;
    let (day, hour, minute) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    if day == 0 {
        format!("{hour:02}:{minute:02}")
    } else {
        format!("{day}d {hour:02}:{minute:02}")
    }
}

/// The highest of each group of steps within the window: a peak is never left out.
fn sampled(line: &Line<'_>, place: &Panel<'_>, step_s: f64) -> Vec<(f64, f64)> {
    let shown: Vec<(f64, f64)> = line
        .values
        .iter()
        .enumerate()
        .map(|(at, value)| ((at as f64 + 0.5) * step_s, value * line.scale))
        .filter(|(time, _)| place.window.holds(*time))
        .collect();
    let group = shown.len().div_ceil(POINTS).max(1);
    shown
        .chunks(group)
        .filter_map(|group| {
            group
                .iter()
                .copied()
                .max_by(|one, other| one.1.total_cmp(&other.1))
        })
        .collect()
}

/// What each line is, as a list of a page.
pub(super) fn legend_html() -> String {
    let one = |way: &Way| {
        format!(
            "<li><svg viewBox=\"0 0 34 10\" role=\"presentation\"><path class=\"{}\" d=\"M0 5H34\"/></svg>{}</li>",
            way.as_str(),
            way.title()
        )
    };
    format!(
        "<ul class=\"legend\">{}</ul>\n",
        Way::ALL.iter().map(one).collect::<String>()
    )
}

/// The same in a drawing, at a height.
pub(super) fn legend(y: f64) -> String {
    let one = |(at, way): (usize, &Way)| {
        let x = 146.0 * at as f64;
        format!(
            "<path class=\"key {}\" d=\"M{x:.0} {y:.0}h24\"/><text class=\"small\" x=\"{:.0}\" y=\"{:.0}\">{}</text>",
            way.as_str(),
            x + 28.0,
            y + 4.0,
            way.title()
        )
    };
    Way::ALL.iter().enumerate().map(one).collect()
}
