//! `cargo xtask fuzz`: runs the fuzz targets one after the other and tells what each came to. Needs a nightly toolchain and
//! cargo-fuzz; see fuzz/README.md.

use std::process::{Command, Stdio};

use crate::{Failure, out, world};

/// What to run, and for how long each.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    targets: Vec<String>,
    minutes: u32,
}

/// What one target came to, as libFuzzer says at its end.
#[derive(Debug, Default, PartialEq, Eq)]
struct Total {
    executions: u64,
    coverage: u64,
    corpus: u64,
    crashed: bool,
}

impl Options {
    /// Names of targets, all without one, and `--minutes`.
    pub(crate) fn parse(words: &[&str]) -> Result<Self, Failure> {
        let mut options = Self {
            targets: Vec::new(),
            minutes: 30,
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if *word == "--minutes" {
                let minutes = words.next().and_then(|number| number.parse().ok());
                options.minutes = minutes
                    .filter(|minutes| (1..=100_000).contains(minutes))
                    .ok_or_else(|| Failure::Fault("--minutes takes a number, 1 or more".to_owned()))?;
            } else if word.starts_with('-') {
                return Err(Failure::Fault(format!("no such option: {word}")));
            } else {
                options.targets.push((*word).to_owned());
            }
        }
        Ok(options)
    }
}

/// Runs them; a crash is a finding.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let known = targets()?;
    let wanted = if options.targets.is_empty() {
        known.clone()
    } else {
        options.targets.clone()
    };
    if let Some(unknown) = wanted.iter().find(|name| !known.contains(name)) {
        let known = known.join(", ");
        return Err(Failure::Fault(format!(
            "no target is called {unknown}; there are: {known}"
        )));
    }
    let mut crashed = Vec::new();
    out::line(&format!(
        "{:<16} {:>14} {:>9} {:>7}",
        "target", "executions", "coverage", "corpus"
    ));
    for name in &wanted {
        out::progress(&format!("      {name}, {} min", options.minutes));
        let total = fuzz(name, options.minutes)?;
        let mark = if total.crashed {
            "  CRASHED: see fuzz/artifacts"
        } else {
            ""
        };
        out::line(&format!(
            "{name:<16} {:>14} {:>9} {:>7}{mark}",
            total.executions, total.coverage, total.corpus
        ));
        crashed.extend(total.crashed.then(|| name.clone()));
    }
    if crashed.is_empty() {
        return Ok(());
    }
    Err(Failure::Finding(format!(
        "a property does not hold: {}",
        crashed.join(", ")
    )))
}

/// The names of all targets.
fn targets() -> Result<Vec<String>, Failure> {
    let fault = |error: std::io::Error| Failure::Fault(format!("cannot read fuzz/fuzz_targets: {error}"));
    let mut names = Vec::new();
    for entry in std::fs::read_dir(world::root().join("fuzz/fuzz_targets")).map_err(fault)? {
        let path = entry.map_err(fault)?.path();
        names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

fn fuzz(name: &str, minutes: u32) -> Result<Total, Failure> {
    let mut command = Command::new("rustup");
    command
        .current_dir(world::root())
        // The chore's own toolchain is pinned, and would win.
        .env_remove("RUSTUP_TOOLCHAIN")
        .env_remove("CARGO")
        .args(["run", "nightly", "cargo", "fuzz", "run", "-s", "none", name, "--"])
        .arg(format!("-max_total_time={}", u64::from(minutes) * 60))
        .args([
            "-max_len=4096",
            "-rss_limit_mb=1024",
            "-timeout=20",
            "-print_final_stats=1",
        ])
        .stdin(Stdio::null());
    let output = command
        .output()
        .map_err(|error| Failure::Fault(format!("rustup does not start: {error}")))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let mut total = read(&said).ok_or_else(|| {
        let last: Vec<&str> = said.lines().rev().take(5).collect();
        Failure::Fault(format!("{name} was not fuzzed: {}", last.join(" | ")))
    })?;
    total.crashed = !output.status.success();
    Ok(total)
}

/// The figures in what libFuzzer said; nothing where it never ran.
fn read(said: &str) -> Option<Total> {
    let mut total = Total::default();
    let mut ran = false;
    for line in said.lines() {
        let after = |mark: &str| {
            let rest = line.split_once(mark)?.1.trim_start();
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse::<u64>().ok()
        };
        if let Some(count) = after("stat::number_of_executed_units:") {
            total.executions = count;
            ran = true;
        }
        if let Some(coverage) = after(" cov: ") {
            total.coverage = coverage;
            total.corpus = after(" corp: ").unwrap_or(total.corpus);
            ran = true;
        }
    }
    ran.then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_names_and_minutes() {
        let read = Options::parse(&["jwk", "--minutes", "5"]).unwrap();
        assert_eq!((read.targets, read.minutes), (vec!["jwk".to_owned()], 5));
        for bad in [&["--minutes"][..], &["--minutes", "0"], &["--fast"]] {
            assert!(matches!(Options::parse(bad), Err(Failure::Fault(_))), "{bad:?}");
        }
    }

    #[test]
    fn what_the_fuzzer_says_is_read() {
        let said = "#2\tINITED cov: 5 ft: 6 corp: 3/9b\n#4096\tREDUCE cov: 48 ft: 131 corp: 25/974b lim: 4096\n\
                    stat::number_of_executed_units: 8192\n";
        let total = read(said).unwrap();
        assert_eq!((total.executions, total.coverage, total.corpus), (8192, 48, 25));
        assert_eq!(read("error: no such command: `fuzz`"), None);
    }

    #[test]
    fn the_targets_are_those_in_the_folder() {
        let names = targets().unwrap();
        assert!(
            names.contains(&"jwk".to_owned()) && names.len() >= 17,
            "{names:?}"
        );
    }
}
