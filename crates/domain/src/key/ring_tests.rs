use jose::{Algorithm, KeyId};

use super::*;
use crate::time::Span;

const USE: KeyUse = KeyUse::Signing(Algorithm::Es256);

fn row(id: &str, state: KeyState, at: u64) -> KeyRow {
    KeyRow {
        id: KeyId::new(id).unwrap(),
        usage: USE,
        state,
        sealed: vec![1],
        public: None,
        announced_at: Timestamp::from_secs(at),
        since: Timestamp::from_secs(at),
    }
}

fn plan(rows: &[KeyRow], at: u64, confirmed: bool) -> Vec<Step> {
    KeyRing::new(USE, rows)
        .plan(&KeyPolicy::default(), Timestamp::from_secs(at), confirmed)
        .0
}

fn promote(next: &str, old: Option<&str>) -> Step {
    Step::Promote {
        next: KeyId::new(next).unwrap(),
        retire: old.map(|o| KeyId::new(o).unwrap()),
    }
}

const MONTH: u64 = 30 * 86_400;

#[test]
fn a_new_ring_gets_a_key_and_a_reserve() {
    assert_eq!(plan(&[], 0, true), [Step::Announce(USE)]);
    let first = [row("a", KeyState::Announced, 0)];
    assert_eq!(plan(&first, 0, false), [promote("a", None), Step::Announce(USE)]);
    let both = [row("a", KeyState::Signing, 0), row("b", KeyState::Announced, 0)];
    assert_eq!(plan(&both, MONTH - 1, true), []);
}

#[test]
fn rotation_waits_for_every_edge_and_for_the_cache_time() {
    let rows = [
        row("a", KeyState::Signing, 0),
        row("b", KeyState::Announced, MONTH),
    ];
    assert_eq!(plan(&rows, MONTH, true), []);
    assert_eq!(plan(&rows, MONTH + 600, false), []);
    assert_eq!(
        plan(&rows, MONTH + 600, true),
        [promote("b", Some("a")), Step::Announce(USE)]
    );
}

#[test]
fn a_retired_key_verifies_until_its_last_token_ended() {
    let rows = [
        row("z", KeyState::Retiring, 0),
        row("a", KeyState::Signing, 0),
        row("b", KeyState::Announced, 0),
    ];
    let life = KeyPolicy::default().verify_for.as_secs();
    assert_eq!(plan(&rows, life - 1, true), []);
    assert_eq!(plan(&rows, life, true), [Step::Remove(KeyId::new("z").unwrap())]);
}

#[test]
fn an_emergency_promotes_the_reserve_at_once() {
    let rows = [row("a", KeyState::Signing, 0), row("b", KeyState::Announced, 0)];
    let ring = KeyRing::new(USE, &rows);
    let now = Timestamp::from_secs(1);
    assert_eq!(
        ring.replace(&KeyId::new("a").unwrap()),
        Some(promote("b", Some("a")))
    );
    let after = [row("a", KeyState::Retiring, 1), row("b", KeyState::Signing, 1)];
    assert_eq!(plan(&after, 1, false), [Step::Announce(USE)], "the next reserve");
    assert_eq!(ring.replace(&KeyId::new("b").unwrap()), None);
    assert_eq!(ring.rotate_now(&KeyPolicy::default(), now, true), None);
    let later = now + Span::from_mins(10);
    assert_eq!(
        ring.rotate_now(&KeyPolicy::default(), later, true),
        Some(promote("b", Some("a")))
    );
}
