use super::*;
use crate::topology::RawTopology;

fn told(text: &str) -> Vec<String> {
    let raw: RawTopology = toml::from_str(text).unwrap();
    let topology = raw.check().unwrap();
    let found = turns(&topology, &topology.clients[0], &Constants::default());
    found.iter().map(Turn::sentence).collect()
}

#[test]
fn a_turn_is_where_the_answer_changes_and_not_before() {
    let text = "[existing]\nredis = true\n[[client]]\nkind = \"browser_same_site\"\n";
    let found = told(text);
    let latency = found.iter().find(|text| text.contains("added_latency")).unwrap();
    assert_eq!(
        latency,
        "below 2 ms of accepted latency (requirements.added_latency) the answer becomes a session at the edge"
    );
    let raw: RawTopology = toml::from_str(text).unwrap();
    let topology = raw.check().unwrap();
    for turn in turns(&topology, &topology.clients[0], &Constants::default()) {
        let knob = KNOBS.iter().find(|knob| knob.key == turn.key).unwrap();
        let answer = |value: f64| {
            let mut other = topology.clone();
            (knob.turn)(&mut other, value);
            mechanism(&other, &topology.clients[0], &Constants::default())
        };
        let (kept, changed) = if turn.below {
            (turn.at, turn.at - 1.0)
        } else {
            (turn.at - 1.0, turn.at)
        };
        assert_eq!(answer(changed), turn.becomes, "{turn:?}");
        assert_ne!(answer(kept), turn.becomes, "{turn:?}");
    }
}

#[test]
fn what_nothing_changes_has_no_turns() {
    let found = told(
        "[[client]]\nkind = \"partner\"\noffline_validation = true\n[requirements]\nrevocation_reads = \"1h\"\nrevocation_writes = \"1h\"\n",
    );
    assert!(
        found.iter().all(|text| !text.contains("added_latency")),
        "{found:?}"
    );
    assert_eq!(
        found[0],
        "below 35 s of accepted exposure (requirements.revocation_*) no mechanism is left"
    );
}
