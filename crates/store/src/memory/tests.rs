use domain::cookie::Purpose;
use domain::feed::FeedHead;
use domain::key::KeyId;
use domain::revocation::{Judgement, LogEntry, Position, RevocationMap, Target};
use domain::session::Face;
use domain::testing::{ManualClock, SeededEntropy};
use domain::{ClientId, Digest, Epoch, Id, Seq, Subject};
use proptest::prelude::*;

use super::*;
use crate::intents;
use crate::rows::Rows;

fn store() -> Arc<MemoryStore> {
    let clock = Arc::new(ManualClock::default());
    MemoryStore::new(clock, Arc::new(SeededEntropy::new(3)))
}

fn append(rows: &mut State, target: Target) -> Seq {
    let head = rows.head().unwrap();
    let seq = head.seq.next().unwrap();
    rows.append_entry(&LogEntry::following(
        &head.digest,
        seq,
        target,
        Timestamp::from_ms(1),
    ))
    .unwrap();
    seq
}

fn receipt(now: Timestamp) -> crate::intent::KeptReceipt {
    crate::intent::KeptReceipt {
        number: 1,
        seq: Seq::default(),
        at: now,
        ends_at: now,
        repeats: None,
        body: crate::intent::ReceiptBody {
            targets: "all".to_owned(),
            level: domain::revocation::Level::Durable,
            actor: "cli".to_owned(),
            reason: String::new(),
            reached: None,
        },
    }
}

/// A few keys of each class, so that positions and targets meet often.
fn target(class: u8, key: u8, generation: u32) -> Target {
    let name = format!("k{key}");
    match class % 10 {
        0 => Target::Tenant(name.parse().unwrap()),
        1 => Target::Client(name.parse().unwrap()),
        2 => Target::Subject(Subject::Client(name.parse().unwrap())),
        3 => Target::Device(Id::from_bytes([key; 16])),
        4 => Target::Grant(Id::from_bytes([key; 16])),
        5 => Target::Session(Id::from_bytes([key; 16])),
        6 => Target::Jti(Id::from_bytes([key; 16])),
        7 => Target::SessionSecret(Id::from_bytes([key; 16]), generation),
        8 => Target::Key(KeyId::new(&name).unwrap()),
        _ => Target::All,
    }
}

/// Which key of each class, or none, and how far into the log.
type Draw = ([Option<u8>; 7], u8, Option<u32>, usize);

fn position(draw: &Draw, log: &[Seq]) -> Position {
    let ([tenant, client, device, grant, session, jti, key], subject, generation, at) = draw;
    let name = |key: u8| format!("k{}", key % 3);
    let bytes = |key: u8| [key % 3; 16];
    Position {
        rs: log[at % log.len()],
        subject: Subject::Client(name(*subject).parse().unwrap()),
        tenant: tenant.map(|k| name(k).parse().unwrap()),
        client: client.map(|k| name(k).parse().unwrap()),
        device: device.map(|k| Id::from_bytes(bytes(k))),
        grant: grant.map(|k| Id::from_bytes(bytes(k))),
        session: session.map(|k| Id::from_bytes(bytes(k))),
        jti: jti.map(|k| Id::from_bytes(bytes(k))),
        generation: generation.map(|g| g % 4),
        key: key.map(|k| KeyId::new(&name(k)).unwrap()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn watermarks_and_the_edges_map_judge_alike(
        entries in proptest::collection::vec((0u8..30, 0u8..3, 0u32..4), 0..12),
        drawn in any::<Draw>(),
    ) {
        let mut rows = State::new(&SeededEntropy::new(1));
        let map = RevocationMap::default();
        let mut log = vec![rows.head().unwrap().seq];
        for (class, key, generation) in entries {
            // Class `all` covers everything: rare, or nothing else would be seen.
            let target = target(if class < 29 { class % 9 } else { 9 }, key, generation);
            let seq = append(&mut rows, target.clone());
            map.apply(&target, seq);
            log.push(seq);
        }
        let at = position(&drawn, &log);
        let revoked = map.judge(&at) != Judgement::Clear;
        prop_assert_eq!(intents::is_revoked(&mut rows, &at).unwrap(), revoked);
    }
}

#[test]
fn an_intent_that_fails_leaves_no_row_entry_or_event() {
    let store = store();
    let before = store.transact(|rows, _| rows.head()).unwrap();
    let failed: Result<(), StoreError> = store.transact(|rows, now| {
        append(rows, Target::All);
        let key = domain::event::Event::KeyRemoved { key: "k".to_owned() };
        intents::append_events(rows, now, &[key])?;
        rows.put_receipt(&receipt(now))?;
        Err(StoreError::Full)
    });
    assert_eq!(failed, Err(StoreError::Full));
    let after = store.transact(|rows, _| {
        assert_eq!(rows.event_head()?.0, 0);
        assert_eq!(rows.watermark(&Target::All)?, None);
        assert_eq!((rows.last_receipt()?, rows.receipt(1)?), (0, None));
        rows.head()
    });
    assert_eq!(after, Ok(before));
}

#[test]
fn an_intent_that_panics_leaves_nothing_either() {
    let store = store();
    let before = store.transact(|rows, _| rows.head()).unwrap();
    let inner = Arc::clone(&store);
    let panicked = std::thread::spawn(move || {
        let _: Result<(), _> = inner.transact(|rows, _| {
            append(rows, Target::All);
            panic!("half-way")
        });
    });
    assert!(panicked.join().is_err());
    let after = store.transact(|rows, _| Ok((rows.head()?, rows.watermark(&Target::All)?)));
    assert_eq!(after, Ok((before, None)));
}

#[test]
fn a_new_epoch_is_above_everything_and_forgets_no_mark() {
    let mut rows = State::new(&SeededEntropy::new(1));
    let now = Timestamp::from_ms(5);
    let session = Target::Session(Id::from_bytes([1; 16]));
    let old = append(&mut rows, session.clone());
    let genesis = Digest::of(b"genesis");
    let epoch = Epoch::FIRST.next().unwrap();
    let head = intents::start_epoch(&mut rows, now, epoch, genesis, "restore").unwrap();
    let start = FeedHead {
        seq: Seq::start_of(epoch),
        digest: genesis,
    };
    assert_eq!((head, rows.head().unwrap()), (start, start));
    assert!(rows.present().is_empty());
    assert_eq!(rows.watermark(&session), Ok(Some(old.as_u64())));
    assert_eq!(rows.event_head().unwrap().0, 1);
    let first = append(&mut rows, Target::All);
    assert_eq!((first.epoch(), first.position()), (epoch, 1));
    let before = (rows.head().unwrap(), rows.event_head().unwrap());
    for used in [Epoch::FIRST, epoch] {
        let refused = intents::start_epoch(&mut rows, now, used, genesis, "again");
        assert!(matches!(refused, Err(StoreError::Limit(_))));
    }
    assert_eq!((rows.head().unwrap(), rows.event_head().unwrap()), before);
}

#[test]
fn an_entry_that_does_not_follow_is_refused() {
    let mut rows = State::new(&SeededEntropy::new(1));
    let head = rows.head().unwrap();
    let gap = head.seq.next().unwrap().next().unwrap();
    let now = Timestamp::from_ms(1);
    for entry in [
        LogEntry::following(&head.digest, gap, Target::All, now),
        LogEntry::following(&Digest::of(b"other"), head.seq.next().unwrap(), Target::All, now),
    ] {
        assert!(matches!(rows.append_entry(&entry), Err(StoreError::Corrupt(_))));
    }
    assert_eq!(rows.head(), Ok(head));
}

fn session(now: Timestamp) -> domain::session::Session {
    domain::session::Session {
        id: Id::from_bytes([7; 16]),
        subject: Subject::User(Id::from_bytes([8; 16])),
        tenant: None,
        device: None,
        rs: Seq::default(),
        generation: 1,
        assurance: domain::assurance::Assurance::Aal1,
        amr: vec![],
        authenticated_at: now,
        created_at: now,
        active_at: now,
        idle: domain::Span::from_hours(1),
        expires_at: now + domain::Span::from_hours(24),
        origin: domain::session::Origin::default(),
    }
}

/// A client that does not hear fills its own queue: its next end is an event instead, and another client is told as ever.
#[test]
fn a_full_queue_of_one_client_is_no_other_clients() {
    use crate::intent::{Actor, MAX_NOTICES, Notice, Revoke};
    let store = store();
    let now = Timestamp::from_ms(1);
    let (deaf, other): (ClientId, ClientId) = ("deaf".parse().unwrap(), "other".parse().unwrap());
    let session = session(now);
    store
        .transact(|rows, _| {
            let face = Face {
                session: session.id,
                purpose: Purpose::Authority,
                digest: Digest::of(b"secret"),
                generation: session.generation,
                previous: None,
            };
            assert!(rows.insert_session(&session, &face)?);
            for number in 1..=MAX_NOTICES {
                rows.put_notice(&Notice {
                    number,
                    client: deaf.clone(),
                    subject: session.subject.clone(),
                    session: session.id,
                    at: now,
                    due_at: now,
                    tries: 0,
                })?;
            }
            rows.put_party(session.id, &deaf)?;
            rows.put_party(session.id, &other)?;
            let intent = Revoke {
                targets: vec![Target::Session(session.id)],
                reason: String::new(),
                actor: Actor::new("test"),
                receipt: None,
            };
            intents::revoke(rows, now, &intent)?;
            assert_eq!(rows.waiting_notices(&deaf, u64::MAX)?, MAX_NOTICES);
            assert_eq!(rows.waiting_notices(&other, u64::MAX)?, 1);
            Ok(())
        })
        .unwrap();
    let untold: Vec<_> = store
        .state
        .lock()
        .unwrap()
        .events
        .iter()
        .filter(|e| e.kind == "logout.untold")
        .cloned()
        .collect();
    assert_eq!(untold.len(), 1);
    assert!(untold[0].body.contains("too_many_wait") && untold[0].body.contains("deaf"));
}
