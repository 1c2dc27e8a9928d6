//! Steps of a key's life.

use domain::Span;
use domain::key::{Algorithm, KeyId, KeyRow, KeyState, KeyUse};
use domain::revocation::Position;

use super::Bench;
use crate::intent::{Actor, Committed, KeyChange, KeyRetirement, KeyStep, RetireKey};

fn key(b: &Bench, id: &str, usage: KeyUse) -> KeyRow {
    KeyRow {
        id: KeyId::new(id).unwrap(),
        usage,
        state: KeyState::Announced,
        sealed: vec![1, 2, 3],
        public: Some("{}".to_owned()),
        announced_at: b.now(),
        since: b.now(),
    }
}

fn promote(next: &str, retire: Option<&str>) -> KeyStep {
    KeyStep::Promote {
        next: KeyId::new(next).unwrap(),
        retire: retire.map(|r| KeyId::new(r).unwrap()),
        cause: "schedule",
    }
}

fn remove(id: &str) -> KeyStep {
    KeyStep::Remove(KeyId::new(id).unwrap())
}

const SIGNING: KeyUse = KeyUse::Signing(Algorithm::Es256);

async fn done(b: &Bench, step: KeyStep) {
    assert_eq!(
        b.store.change_key(step.clone(), Actor::system()).await,
        Ok(KeyChange::Done),
        "{step:?}"
    );
}

async fn outdated(b: &Bench, step: KeyStep, state: Option<KeyState>) {
    let before = (b.mark().await, b.store.keys().await.unwrap());
    let outcome = b.store.change_key(step.clone(), Actor::system()).await;
    assert_eq!(outcome, Ok(KeyChange::Outdated(state)), "{step:?}");
    assert_eq!((b.mark().await, b.store.keys().await.unwrap()), before);
}

async fn row(b: &Bench, id: &str) -> KeyRow {
    let keys = b.store.keys().await.unwrap();
    keys.into_iter().find(|k| k.id.to_string() == id).unwrap()
}

pub async fn a_key_goes_through_its_life(b: &Bench) {
    let mut early = key(b, "k1", SIGNING);
    early.announced_at = b.now() + Span::from_days(9);
    early.state = KeyState::Signing;
    done(b, KeyStep::Announce(early)).await;
    let announced = row(b, "k1").await;
    assert_eq!(announced, key(b, "k1", SIGNING), "state and time are the store's");
    done(b, promote("k1", None)).await;
    done(b, KeyStep::Announce(key(b, "k2", SIGNING))).await;
    b.clock.advance(Span::from_days(30));
    done(b, promote("k2", Some("k1"))).await;
    let (old, new) = (row(b, "k1").await, row(b, "k2").await);
    assert_eq!((old.state, old.since), (KeyState::Retiring, b.now()));
    assert_eq!((new.state, new.since), (KeyState::Signing, b.now()));
    assert_eq!(old.sealed, [1, 2, 3], "it verifies still");
    done(b, remove("k1")).await;
    let gone = row(b, "k1").await;
    assert_eq!((gone.state, gone.sealed), (KeyState::Removed, vec![]));
    let kinds = b.kinds(0).await;
    let expected = [
        "key.announced",
        "key.promoted",
        "key.announced",
        "key.promoted",
        "key.removed",
    ];
    assert_eq!(kinds, expected);
}

pub async fn one_key_of_a_use_is_in_reserve(b: &Bench) {
    done(b, KeyStep::Announce(key(b, "k1", SIGNING))).await;
    let second = KeyStep::Announce(key(b, "k2", SIGNING));
    outdated(b, second, Some(KeyState::Announced)).await;
    done(b, KeyStep::Announce(key(b, "s1", KeyUse::Sealing))).await;
    let other = KeyUse::Signing(Algorithm::EdDsa);
    done(b, KeyStep::Announce(key(b, "e1", other))).await;
}

pub async fn a_key_id_is_never_used_again(b: &Bench) {
    done(b, KeyStep::Announce(key(b, "k1", SIGNING))).await;
    done(b, promote("k1", None)).await;
    done(b, KeyStep::Announce(key(b, "k2", SIGNING))).await;
    done(b, promote("k2", Some("k1"))).await;
    done(b, remove("k1")).await;
    let again = KeyStep::Announce(key(b, "k1", SIGNING));
    outdated(b, again, Some(KeyState::Removed)).await;
}

pub async fn a_step_from_another_state_is_outdated(b: &Bench) {
    outdated(b, promote("k1", None), None).await;
    outdated(b, remove("k1"), None).await;
    done(b, KeyStep::Announce(key(b, "k1", SIGNING))).await;
    outdated(b, remove("k1"), Some(KeyState::Announced)).await;
    done(b, promote("k1", None)).await;
    outdated(b, promote("k1", None), Some(KeyState::Signing)).await;
    outdated(b, remove("k1"), Some(KeyState::Signing)).await;
    done(b, KeyStep::Announce(key(b, "k2", SIGNING))).await;
    // Two keys of one use never sign at once, and one cannot retire in another's place.
    outdated(b, promote("k2", None), Some(KeyState::Signing)).await;
    outdated(b, promote("k2", Some("k9")), None).await;
    done(b, KeyStep::Announce(key(b, "s1", KeyUse::Sealing))).await;
    outdated(b, promote("s1", Some("k1")), Some(KeyState::Signing)).await;
    done(b, promote("k2", Some("k1"))).await;
    outdated(b, promote("k2", Some("k1")), Some(KeyState::Signing)).await;
    done(b, remove("k1")).await;
    outdated(b, remove("k1"), Some(KeyState::Removed)).await;
}

async fn retired(b: &Bench, id: &str) -> Committed {
    let intent = RetireKey {
        key: KeyId::new(id).unwrap(),
        reason: "leaked".to_owned(),
        actor: Actor::new("cli"),
        receipt: None,
    };
    match b.store.retire_key(intent).await.unwrap() {
        KeyRetirement::Retired(committed) => committed,
        KeyRetirement::Unknown => panic!("unknown"),
    }
}

async fn is_dead(b: &Bench, id: &str) -> bool {
    let at = Position {
        key: Some(KeyId::new(id).unwrap()),
        ..Position::of("client:x".parse().unwrap(), b.head().await)
    };
    b.store.is_revoked(at).await.unwrap()
}

/// One key signs, one that did is still good, and one is in reserve.
async fn ring_of_three(b: &Bench) {
    done(b, KeyStep::Announce(key(b, "old", SIGNING))).await;
    done(b, promote("old", None)).await;
    done(b, KeyStep::Announce(key(b, "one", SIGNING))).await;
    done(b, promote("one", Some("old"))).await;
    done(b, KeyStep::Announce(key(b, "two", SIGNING))).await;
}

async fn are(b: &Bench, expected: &[(&str, KeyState)]) {
    for (id, state) in expected {
        assert_eq!(row(b, id).await.state, *state, "{id}");
    }
}

pub async fn a_bad_key_goes_in_one_step_from_every_state(b: &Bench) {
    use KeyState::{Removed, Signing};
    ring_of_three(b).await;
    let skip = b.events().await.len();
    let seq = retired(b, "one").await.seq;
    are(b, &[("one", Removed), ("two", Signing)]).await;
    assert_eq!((seq, row(b, "one").await.sealed), (b.head().await, vec![]));
    assert_eq!(
        b.kinds(skip).await,
        ["key.promoted", "key.removed", "revocation.committed"]
    );
    assert!(is_dead(b, "one").await && !is_dead(b, "two").await && !is_dead(b, "old").await);
    retired(b, "old").await;
    are(b, &[("old", Removed), ("two", Signing)]).await;
    done(b, KeyStep::Announce(key(b, "three", SIGNING))).await;
    retired(b, "three").await;
    are(b, &[("three", Removed), ("two", Signing)]).await;
}

pub async fn a_bad_key_dies_also_without_a_successor_and_again(b: &Bench) {
    done(b, KeyStep::Announce(key(b, "one", SIGNING))).await;
    done(b, promote("one", None)).await;
    let first = retired(b, "one").await.seq;
    are(b, &[("one", KeyState::Removed)]).await;
    assert!(is_dead(b, "one").await);
    assert!(retired(b, "one").await.seq > first, "a retry is carried out");
    // The feed's key and those of edges made no credential: to end them so would cut off every edge, and revoke nothing.
    done(b, KeyStep::Announce(key(b, "edge", KeyUse::Edge))).await;
    done(b, KeyStep::Announce(key(b, "feed", KeyUse::Feed))).await;
    for id in ["nothing", "edge", "feed"] {
        let unknown = RetireKey {
            key: KeyId::new(id).unwrap(),
            reason: String::new(),
            actor: Actor::new("cli"),
            receipt: None,
        };
        assert_eq!(
            b.store.retire_key(unknown).await,
            Ok(KeyRetirement::Unknown),
            "{id}"
        );
    }
    are(b, &[("edge", KeyState::Announced), ("feed", KeyState::Announced)]).await;
}
