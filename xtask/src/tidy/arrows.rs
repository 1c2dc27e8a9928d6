//! Which crate may use which. Only direct arrows are read: what a crate reaches through another is that other's business.

use std::collections::BTreeSet;

use cargo_metadata::{DependencyKind, MetadataCommand};

use super::Report;
use crate::{Failure, world};

const RULE: &str = "arrows";

/// One crate of the house.
pub(crate) struct Room {
    /// The folder's name.
    pub(crate) name: &'static str,
    /// Completes the sentence "exists because ...".
    pub(crate) because: &'static str,
    /// The crates of the house that it may use.
    pub(crate) may_use: &'static [&'static str],
    /// The crates from outside that it must not use, for what they would bring in.
    pub(crate) never: &'static [&'static str],
}

const NO_IO: &[&str] = &[
    "tokio",
    "async-trait",
    "hyper",
    "axum",
    "http",
    "rusqlite",
    "jiff",
    "tracing",
];
const NO_WEB: &[&str] = &["hyper", "axum", "tower-http", "rusqlite"];
const NO_DATABASE: &[&str] = &["rusqlite", "tokio-postgres", "redis", "axum"];

/// The rooms and their arrows, from the ground up: a room may use only rooms above it in this list.
pub(crate) const ROOMS: &[Room] = &[
    Room {
        name: "jose",
        because: "bytes become trust in one place, without I/O, clock or async, where every line can be audited and fuzzed",
        may_use: &[],
        never: NO_IO,
    },
    Room {
        name: "domain",
        because: "the rules of sessions, token families, keys and revocation are pure decisions that need no server to be proven",
        may_use: &["jose"],
        never: NO_IO,
    },
    Room {
        name: "verifier",
        because: "a service may embed the check without taking in a web framework or a store",
        may_use: &["domain", "jose"],
        never: NO_WEB,
    },
    Room {
        name: "store",
        because: "the atomic intents are one port with one contract suite, whatever keeps the rows",
        may_use: &["domain"],
        never: &["hyper", "axum", "http"],
    },
    Room {
        name: "authority",
        because: "who issues and ends credentials has flows, pages and an API that no edge may contain",
        may_use: &["store", "domain", "jose"],
        never: &["rusqlite"],
    },
    Room {
        name: "edge",
        because: "who checks credentials must run without the authority's code and without a database driver",
        may_use: &["verifier", "domain", "jose"],
        never: NO_DATABASE,
    },
    Room {
        name: "advisor",
        because: "the choice of a mechanism is a pure calculation from a topology",
        may_use: &["domain"],
        never: NO_WEB,
    },
    Room {
        name: "audit",
        because: "the checks run against anybody's system, so they must not lean on ours",
        may_use: &["jose"],
        never: &["rusqlite", "axum"],
    },
    Room {
        name: "cli",
        because: "files, environment and output need one home, and something must join the rooms",
        may_use: &[
            "jose",
            "domain",
            "verifier",
            "store",
            "authority",
            "edge",
            "advisor",
            "audit",
        ],
        never: &[],
    },
    Room {
        name: "bench",
        because: "a figure is worth what its baseline and its interval are worth, and both must be open to reading",
        may_use: &["jose", "domain", "verifier", "store", "edge", "advisor"],
        never: &[],
    },
    Room {
        name: "detection",
        because: "the servers that are wrong on purpose must be held against the audit, and be in no program that is measured or shipped",
        may_use: &["audit"],
        never: &["rusqlite", "axum"],
    },
    Room {
        name: "lab",
        because: "the proof of the revocation plane needs a model checker and a simulated world that no server carries",
        may_use: &["domain", "jose"],
        never: NO_WEB,
    },
    Room {
        name: "faults",
        because: "what a loss of power leaves is only seen under the system's calls, and standing there takes the `unsafe` that every other crate forbids; it is for tests and in no program that is shipped",
        may_use: &[],
        never: NO_IO,
    },
    Room {
        name: "xtask",
        because: "the house rules are code with tests of their own",
        may_use: &[],
        never: &[],
    },
];

/// A crate of the workspace as cargo sees it.
#[derive(Debug, Default)]
pub(crate) struct Crate {
    name: String,
    /// Normal and build dependencies by their name: a crate of the house by its folder.
    uses: BTreeSet<String>,
    /// Crates of the house that only its tests use.
    tests_use: BTreeSet<String>,
}

/// Asks cargo for the workspace's crates.
pub(crate) fn read_crates() -> Result<Vec<Crate>, Failure> {
    let mut command = MetadataCommand::new();
    command.current_dir(world::root()).no_deps();
    let metadata = command
        .exec()
        .map_err(|error| Failure::Fault(format!("cargo metadata: {error}")))?;
    let folder = |manifest: &cargo_metadata::camino::Utf8Path| manifest.file_name().map(str::to_owned);
    let crates = metadata.workspace_packages().into_iter().map(|package| {
        let name = package
            .manifest_path
            .parent()
            .and_then(folder)
            .unwrap_or_default();
        let mut found = Crate {
            name,
            ..Crate::default()
        };
        for dependency in &package.dependencies {
            let ours = dependency.path.as_deref().and_then(folder);
            match (dependency.kind, ours) {
                (DependencyKind::Development, Some(name)) => _ = found.tests_use.insert(name),
                (DependencyKind::Development, None) => {}
                (_, ours) => _ = found.uses.insert(ours.unwrap_or_else(|| dependency.name.clone())),
            }
        }
        found
    });
    Ok(crates.collect())
}

/// Holds the crates against the table.
pub(crate) fn check(crates: &[Crate], report: &mut Report) {
    let ours =
        |name: &str| ROOMS.iter().any(|room| room.name == name) || crates.iter().any(|one| one.name == name);
    for one in crates {
        let Some(room) = ROOMS.iter().find(|room| room.name == one.name) else {
            report.find(
                RULE,
                &one.name,
                "a crate that is not in the table of rooms in xtask/src/tidy/arrows.rs",
            );
            continue;
        };
        for used in &one.uses {
            if ours(used) && !room.may_use.contains(&used.as_str()) {
                report.find(
                    RULE,
                    room.name,
                    &format!("must not use {used}: the table of rooms has no such arrow"),
                );
            }
            if room.never.contains(&used.as_str()) {
                report.find(
                    RULE,
                    room.name,
                    &format!("must not use {used}: it exists because {}", room.because),
                );
            }
        }
        for used in one
            .tests_use
            .iter()
            .filter(|used| !room.may_use.contains(&used.as_str()))
        {
            report
                .figures
                .push(format!("arrows: the tests of {} use {used} (allowed)", room.name));
        }
    }
    report.figures.push(format!("arrows: {} crates", crates.len()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(name: &str, uses: &[&str]) -> Vec<String> {
        let all = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let one = Crate {
            name: name.to_owned(),
            uses: all(uses),
            tests_use: all(&["cli"]),
        };
        let mut report = Report::default();
        check(&[one], &mut report);
        report.findings
    }

    #[test]
    fn arrows_of_the_table_pass() {
        assert_eq!(findings("verifier", &["domain", "jose", "http"]), [""; 0]);
        assert_eq!(findings("cli", &["authority", "edge", "axum"]), [""; 0]);
    }

    #[test]
    fn other_arrows_fail() {
        for (name, used) in [
            ("authority", "edge"),
            ("edge", "authority"),
            ("domain", "store"),
            ("jose", "domain"),
            ("xtask", "jose"),
        ] {
            assert_eq!(findings(name, &[used]).len(), 1, "{name} -> {used}");
        }
    }

    #[test]
    fn what_a_room_must_be_without_fails() {
        assert_eq!(findings("edge", &["rusqlite"]).len(), 1);
        assert_eq!(findings("domain", &["tokio"]).len(), 1);
    }

    #[test]
    fn an_unknown_crate_fails() {
        assert!(findings("attic", &[])[0].contains("not in the table"));
    }

    #[test]
    fn the_table_points_down_and_authority_never_meets_edge() {
        for (at, room) in ROOMS.iter().enumerate() {
            let above: Vec<&str> = ROOMS.iter().take(at).map(|room| room.name).collect();
            assert!(
                room.may_use.iter().all(|used| above.contains(used)),
                "{}",
                room.name
            );
            let both = ["authority", "edge"]
                .iter()
                .all(|name| *name == room.name || room.may_use.contains(name));
            assert!(!both || room.name == "cli", "{}", room.name);
        }
    }
}
