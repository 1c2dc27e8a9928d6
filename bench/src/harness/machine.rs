//! What else was true while something was measured: versions, cores, and how busy everybody else was.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use serde::Serialize;

use super::cpu::cores;
use crate::world;

/// What the run stands on.
#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    commit: String,
    rustc: String,
    crates: Vec<String>,
    kernel: String,
    processor: String,
    cores: usize,
    began_unix_s: u64,
}

/// The crates whose versions matter to a figure.
const CRATES: &[&str] = &[
    "hyper",
    "hyper-util",
    "h2",
    "tokio",
    "aws-lc-rs",
    "rustls",
    "rusqlite",
    "argon2",
];
const LOCK: &str = include_str!("../../../Cargo.lock");

impl Machine {
    pub(crate) fn look() -> Self {
        let here = Path::new(".");
        let says =
            |program, arguments: &[&str]| world::says(program, arguments, here).unwrap_or_else(|| "?".into());
        let dirty = match says("git", &["status", "--porcelain", "--untracked-files=no"]).as_str() {
            "" => "",
            _ => " with changes",
        };
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let model = read("/proc/cpuinfo");
        let model = model
            .lines()
            .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        Self {
            commit: format!("{}{dirty}", says("git", &["rev-parse", "--short=12", "HEAD"])),
            rustc: says("rustc", &["--version"]),
            crates: versions(LOCK),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            processor: model.map_or("?", |(_, name)| name).to_owned(),
            cores: cores().len(),
            began_unix_s: world::unix_time_s(),
        }
    }

    /// In a few lines of at most 100 letters.
    pub(crate) fn lines(&self) -> String {
        let pinned = if self.cores > 1 {
            "servers on the first, load on the last"
        } else {
            "nothing pinned"
        };
        format!(
            "commit {}, {}\n{}\n{}, {} cores ({pinned}), Linux {}",
            self.commit,
            self.rustc,
            self.crates.join(", "),
            self.processor,
            self.cores,
            self.kernel
        )
    }
}

fn versions(lock: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = lock.lines();
    while let Some(line) = lines.next() {
        let name = line
            .strip_prefix("name = \"")
            .and_then(|rest| rest.strip_suffix('"'));
        let Some(name) = name.filter(|name| CRATES.contains(name)) else {
            continue;
        };
        let version = lines.next().and_then(|line| line.strip_prefix("version = \""));
        found.push(format!("{name} {}", version.unwrap_or("?").trim_end_matches('"')));
    }
    found
}

/// Ticks of CPU time so far, of the whole machine and of this program with all that it started.
pub(crate) struct Busy {
    all: u64,
    idle: u64,
    ours: u64,
}

/// Reads `/proc`. Zero everywhere where there is none.
pub(crate) fn busy() -> Busy {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let ticks: Vec<u64> = stat
        .lines()
        .next()
        .map(|line| {
            line.split_whitespace()
                .skip(1)
                .filter_map(|word| word.parse().ok())
                .collect()
        })
        .unwrap_or_default();
    // user nice system idle iowait irq softirq steal; guest time is in user already.
    let at = |index: usize| ticks.get(index).copied().unwrap_or_default();
    Busy {
        all: ticks.iter().take(8).sum(),
        idle: at(3) + at(4),
        ours: ours(),
    }
}

/// User and system ticks of this process and of its descendants, those included that have ended and were waited for.
fn ours() -> u64 {
    let mut processes: HashMap<u32, (u32, u64)> = HashMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        if let Some(read) = parent_and_ticks(&stat) {
            processes.insert(id, read);
        }
    }
    let own = std::process::id();
    let is_ours = |mut id: u32| {
        while id != own {
            match processes.get(&id) {
                Some((parent, _)) if *parent != 0 => id = *parent,
                _ => return false,
            }
        }
        true
    };
    processes
        .iter()
        .filter(|(id, _)| is_ours(**id))
        .map(|(_, (_, ticks))| ticks)
        .sum()
}

/// From `/proc/PID/stat`; the name in parentheses may hold anything.
fn parent_and_ticks(stat: &str) -> Option<(u32, u64)> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields
        .get(11..15)?
        .iter()
        .filter_map(|word| word.parse::<u64>().ok())
        .sum();
    Some((fields.get(1)?.parse().ok()?, ticks))
}

impl Busy {
    /// Between two looks: of all cores' time, the share that was neither idle nor ours.
    pub(crate) fn share_of_others(before: &Self, after: &Self) -> f64 {
        let grown = |of: fn(&Self) -> u64| {
            f64::from(u32::try_from(of(after).saturating_sub(of(before))).unwrap_or(u32::MAX))
        };
        let all = grown(|busy| busy.all);
        let others = all - grown(|busy| busy.idle) - grown(|busy| busy.ours);
        if all > 0.0 {
            (others / all).clamp(0.0, 1.0)
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_hides_nothing() {
        let stat = "7 (a) b) R 1 7 7 0 -1 4194304 1 2 3 4 10 20 30 40 20 0 1 0 5 6 7";
        assert_eq!(parent_and_ticks(stat), Some((1, 100)));
        assert_eq!(parent_and_ticks(""), None);
    }

    #[test]
    fn others_are_what_is_left() {
        let busy = |all, idle, ours| Busy { all, idle, ours };
        let share = Busy::share_of_others(&busy(100, 50, 10), &busy(300, 110, 50));
        assert!((share - 0.5).abs() < 1e-9, "{share}");
        assert_eq!(Busy::share_of_others(&busy(5, 5, 5), &busy(5, 5, 5)), 0.0);
    }

    #[test]
    fn versions_are_those_of_the_lock_file() {
        let lock = "[[package]]\nname = \"hyper\"\nversion = \"1.2.3\"\n\n[[package]]\nname = \"other\"\nversion = \"9\"\n";
        assert_eq!(versions(lock), ["hyper 1.2.3"]);
        assert!(versions(LOCK).len() >= CRATES.len());
    }
}
