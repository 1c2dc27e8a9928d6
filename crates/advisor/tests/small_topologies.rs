//! Forty small topologies: the mechanism, what is excluded by which rule, and the conflicts.

#[path = "support/small.rs"]
mod small;
mod support;

use small::{CASES, expand};
use support::{decided, line};

#[test]
fn each_small_topology_has_its_answer() {
    let mut wrong = Vec::new();
    for (name, short, expected) in CASES {
        let found = line(&decided(&expand(short)).clients[0]);
        if found != *expected {
            wrong.push(format!("{name}\n    expected {expected}\n    found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
    assert!(CASES.len() >= 40);
}
