//! A pair of targets from each registry, and a few of our own servers, in the ordinary tests. All of them: `cargo xtask bench audit`.

use std::process::Command;

use super::*;

const PAIRS: [&str; 4] = [
    "jwt-simple 0.5.2",
    "jwt-simple 0.5.6",
    "PyJWT 2.3.0",
    "PyJWT 2.4.0",
];

/// The binary that users run, as it is in this tree.
fn symbolon() -> PathBuf {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .current_dir(world::root())
        .args(["build", "--quiet", "--locked", "--package", "symbolon"]);
    assert!(cargo.status().unwrap().success());
    world::beside("symbolon")
}

#[test]
fn a_vulnerable_library_of_each_registry_is_found_and_its_mended_form_is_not() {
    let symbolon = symbolon();
    let shelf = Shelf::new(folder(), world::root().join("target/detection"));
    let targets = truth::read(&folder().join("truth")).unwrap();
    let mut rows = Vec::new();
    for name in PAIRS {
        let target = targets.iter().find(|target| target.name == name).unwrap();
        rows.push(tried(target, &shelf, &symbolon, None).unwrap());
    }
    let found: Vec<_> = rows
        .iter()
        .map(|row| (row.ours.exploitable_found, row.ours.exploitable))
        .collect();
    assert_eq!(found, [(1, 1), (0, 0), (1, 1), (0, 0)]);
    let summary = Summary::of(&rows, None);
    assert!(summary.is_met(RECALL), "{}", summary.text(&rows));
}

#[test]
fn our_own_servers_are_tried_and_counted() {
    let own = own::run("pages.csp").unwrap();
    assert!(
        own.faults > 4 && own.found == own.faults && own.wrong.is_empty(),
        "{own:?}"
    );
    assert_eq!(own::run("no-such-suite.").unwrap().faults, 0);
}
