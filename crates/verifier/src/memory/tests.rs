use super::*;
use crate::facts::SessionFacts;
use domain::revocation::Position;
use domain::testing::SeededEntropy;
use domain::{Assurance, Seq, Subject};
use zeroize::Zeroizing;

fn session(cookie: CookieName) -> Holder {
    Holder(Arc::new(Facts {
        position: Position::of(Subject::User(Id::from_bytes([1; 16])), Seq::default()),
        ends_at: Timestamp::from_secs(100),
        number: 1,
        epoch: AtomicU32::new(1),
        authenticated_s: 1,
        kind: Kind::Session(SessionFacts {
            cookie,
            assurance: Assurance::Aal1,
            csrf: Zeroizing::new([0; 32]),
            idle_s: 60,
            active: AtomicU64::new(0),
        }),
    }))
}

#[test]
fn a_name_counts_as_a_whole() {
    let memory = Memory::new(8, &SeededEntropy::new(1));
    let name = memory.cookie_name(b"value", None);
    memory.insert(Key::Cookie(name), session(name), Timestamp::default());
    assert!(memory.find(Key::Cookie(name), 1).is_some_and(|hit| hit.current));
    assert!(memory.find(Key::Cookie(name), 2).is_some_and(|hit| !hit.current));
    let same_place = name.with_other_half();
    assert_eq!(same_place.hash(), name.hash());
    assert!(memory.find(Key::Cookie(same_place), 1).is_none());
    assert!(memory.find(Key::Token(b"value"), 1).is_none());
}

#[test]
fn what_has_ended_is_let_go_and_its_activity_is_kept() {
    let memory = Memory::new(8, &SeededEntropy::new(1));
    let name = memory.cookie_name(b"value", None);
    let Holder(mut facts) = session(name);
    let known = Arc::get_mut(&mut facts).unwrap();
    known.position.session = Some(Id::from_bytes([2; 16]));
    let Kind::Session(own) = &known.kind else {
        panic!("no session")
    };
    own.touch(Timestamp::from_secs(99));
    memory.insert(Key::Cookie(name), Holder(facts), Timestamp::default());
    memory.let_go(Timestamp::from_ms(99_999));
    assert!(memory.find(Key::Cookie(name), 1).is_some());
    memory.let_go(Timestamp::from_secs(100));
    assert!(memory.find(Key::Cookie(name), 1).is_none());
    assert_eq!(
        memory.take_activity(),
        [(Id::from_bytes([2; 16]), Timestamp::from_secs(99))]
    );
    memory.let_go(Timestamp::from_secs(101));
    assert_eq!(memory.take_activity(), []);
}

/// What the size of an edge is made of. A session more than this, and 300 bytes with its place are not kept.
#[test]
fn a_remembered_session_has_264_bytes() {
    let counts = 2 * size_of::<usize>();
    assert_eq!(counts + size_of::<Facts>(), 264);
    assert_eq!(size_of::<Set>() / WAYS, 12);
}
