//! The log, its watermarks, and revocation by request.

use domain::feed::FeedHead;
use domain::key::KeyId;
use domain::revocation::{Judgement, Position, RevocationMap, Target};
use domain::{Epoch, Seq, Span, Subject};

use super::Bench;
use super::bench::revocation;
use crate::StoreError;
use crate::intent::{Committed, RevokeOutcome};

fn position(b: &Bench, rs: Seq) -> Position {
    Position {
        rs,
        subject: Subject::User(b.id()),
        tenant: Some("acme".parse().unwrap()),
        client: Some("web".parse().unwrap()),
        device: Some(b.id()),
        grant: Some(b.id()),
        session: Some(b.id()),
        jti: Some(b.id()),
        generation: Some(3),
        key: Some(KeyId::new("k1").unwrap()),
    }
}

/// One target of each class that covers a position, and one of the same class that does not.
fn targets(b: &Bench, at: &Position) -> Vec<(Target, Target)> {
    let other = position(b, at.rs);
    vec![
        (
            Target::Subject(at.subject.clone()),
            Target::Subject(other.subject),
        ),
        (
            Target::Tenant("acme".parse().unwrap()),
            Target::Tenant("other".parse().unwrap()),
        ),
        (
            Target::Client("web".parse().unwrap()),
            Target::Client("other".parse().unwrap()),
        ),
        (
            Target::Device(at.device.unwrap()),
            Target::Device(other.device.unwrap()),
        ),
        (
            Target::Grant(at.grant.unwrap()),
            Target::Grant(other.grant.unwrap()),
        ),
        (
            Target::Session(at.session.unwrap()),
            Target::Session(other.session.unwrap()),
        ),
        (Target::Jti(at.jti.unwrap()), Target::Jti(other.jti.unwrap())),
        (
            Target::SessionSecret(at.session.unwrap(), 4),
            Target::SessionSecret(at.session.unwrap(), 3),
        ),
        (
            Target::Key(KeyId::new("k1").unwrap()),
            Target::Key(KeyId::new("k2").unwrap()),
        ),
    ]
}

pub async fn a_new_store_is_at_the_start_of_its_first_epoch(b: &Bench) {
    let head = b.store.head().await.unwrap();
    assert_eq!(head.seq, Seq::start_of(Epoch::FIRST));
    assert_eq!(b.store.digest_at(head.seq).await, Ok(Some(head.digest)));
    assert_eq!(b.store.digest_at(head.seq.next().unwrap()).await, Ok(None));
    assert_eq!(b.store.entries_after(head.seq, 10).await, Ok(vec![]));
    let snapshot = b.store.snapshot().await.unwrap();
    assert_eq!((snapshot.head, snapshot.marks), (head, vec![]));
}

pub async fn entries_are_contiguous_and_chained(b: &Bench) {
    let start = b.store.head().await.unwrap();
    b.revoke(Target::Session(b.id())).await;
    let two = vec![Target::Client("web".parse().unwrap()), Target::All, Target::All];
    let outcome = b.store.revoke(revocation(two)).await.unwrap();
    let entries = b.store.entries_after(start.seq, 100).await.unwrap();
    assert_eq!(
        entries.len(),
        3,
        "the same target twice in a request is one entry"
    );
    let (mut seq, mut digest) = (start.seq, start.digest);
    for entry in &entries {
        assert!(entry.follows(seq, &digest) && entry.at == b.now());
        assert_eq!(b.store.digest_at(entry.seq).await, Ok(Some(entry.digest)));
        (seq, digest) = (entry.seq, entry.digest);
    }
    assert_eq!(b.store.head().await.unwrap(), FeedHead { seq, digest });
    let committed = Committed {
        seq,
        repeated: false,
        receipt: None,
        reached: None,
    };
    assert_eq!(outcome, RevokeOutcome::Committed(committed));
    let page = b.store.entries_after(entries[0].seq, 1).await.unwrap();
    assert_eq!(page, entries[1..2]);
}

pub async fn what_a_commit_appends_is_handed_over(b: &Bench) {
    let start = b.store.head().await.unwrap().seq;
    let mut appended = b.store.appended();
    assert_eq!(appended.after(start), None);
    let two = vec![Target::Client("web".parse().unwrap()), Target::All];
    b.store.revoke(revocation(two)).await.unwrap();
    appended.changed().await;
    let read = b.store.entries_after(start, 100).await.unwrap();
    assert_eq!(appended.after(start).as_ref(), Some(&read));
    assert_eq!(appended.after(read[0].seq), Some(read[1..].to_vec()));
    assert_eq!(appended.after(read[1].seq), None);
    b.revoke(Target::Session(b.id())).await;
    assert_eq!(appended.after(start), None, "two commits ago: to be read");
    let last = b.store.entries_after(read[1].seq, 100).await.unwrap();
    assert_eq!(appended.after(read[1].seq), Some(last));
}

pub async fn every_class_refuses_what_is_below_its_mark(b: &Bench) {
    let at = position(b, b.head().await);
    for (covering, other) in targets(b, &at) {
        // Each class alone: everything else of the position is another's.
        let mut bare = position(b, b.head().await);
        (bare.tenant, bare.client, bare.key) = (None, None, None);
        match &covering {
            Target::Subject(key) => bare.subject = key.clone(),
            Target::Tenant(key) => bare.tenant = Some(key.clone()),
            Target::Client(key) => bare.client = Some(key.clone()),
            Target::Device(key) => bare.device = Some(*key),
            Target::Grant(key) => bare.grant = Some(*key),
            Target::Session(key) | Target::SessionSecret(key, _) => bare.session = Some(*key),
            Target::Jti(key) => bare.jti = Some(*key),
            Target::Key(key) => bare.key = Some(key.clone()),
            Target::All => {}
        }
        bare.rs = b.head().await;
        b.revoke(other).await;
        assert!(!b.store.is_revoked(bare.clone()).await.unwrap(), "{covering:?}");
        let seq = b.revoke(covering.clone()).await.seq;
        assert!(b.store.is_revoked(bare.clone()).await.unwrap(), "{covering:?}");
        let later = Position { rs: seq, ..bare };
        let absolute = matches!(covering, Target::Key(_) | Target::SessionSecret(..));
        assert_eq!(b.store.is_revoked(later).await.unwrap(), absolute, "{covering:?}");
    }
    let before = Position::of(Subject::User(b.id()), b.head().await);
    let seq = b.revoke(Target::All).await.seq;
    let after = Position {
        rs: seq,
        ..before.clone()
    };
    assert!(b.store.is_revoked(before).await.unwrap());
    assert!(!b.store.is_revoked(after).await.unwrap());
}

pub async fn a_position_above_the_head_proves_nothing(b: &Bench) {
    let head = b.head().await;
    let at = Position::of(Subject::User(b.id()), head);
    assert!(!b.store.is_revoked(at.clone()).await.unwrap());
    let above = Position {
        rs: head.next().unwrap(),
        ..at
    };
    assert!(b.store.is_revoked(above).await.unwrap());
}

pub async fn a_mark_never_falls(b: &Bench) {
    let mut at = position(b, b.head().await);
    at.key = None;
    let session = at.session.unwrap();
    b.revoke(Target::SessionSecret(session, 9)).await;
    b.revoke(Target::SessionSecret(session, 2)).await;
    at.generation = Some(8);
    assert!(b.store.is_revoked(at.clone()).await.unwrap());
    at.generation = Some(9);
    assert!(!b.store.is_revoked(at).await.unwrap());
}

pub async fn snapshot_and_entries_make_the_same_map(b: &Bench) {
    let at = position(b, b.head().await);
    let mut judged = vec![at.clone()];
    for (covering, other) in targets(b, &at) {
        b.revoke(covering).await;
        judged.push(position(b, b.head().await));
        b.revoke(other).await;
        let mut moved = at.clone();
        moved.rs = b.head().await;
        judged.push(moved);
    }
    let (by_snapshot, by_entries) = (RevocationMap::default(), RevocationMap::default());
    let snapshot = b.store.snapshot().await.unwrap();
    for (target, seq) in &snapshot.marks {
        by_snapshot.apply(target, *seq);
    }
    for entry in b
        .store
        .entries_after(Seq::start_of(Epoch::FIRST), 1000)
        .await
        .unwrap()
    {
        by_entries.apply(&entry.target, entry.seq);
    }
    assert_eq!(snapshot.head.seq, b.head().await);
    assert_eq!(by_snapshot.len(), by_entries.len());
    for at in judged {
        let revoked = b.store.is_revoked(at.clone()).await.unwrap();
        assert_eq!(by_snapshot.judge(&at), by_entries.judge(&at));
        assert_eq!(by_entries.judge(&at) != Judgement::Clear, revoked, "{at:?}");
    }
}

pub async fn a_revocation_has_one_to_a_thousand_targets(b: &Bench) {
    let before = b.mark().await;
    let empty = b.store.revoke(revocation(vec![])).await;
    assert!(matches!(empty, Err(StoreError::Limit(_))), "{empty:?}");
    let many = |n: usize| revocation((0..n).map(|_| Target::Session(b.id())).collect());
    let too_many = b.store.revoke(many(1001)).await;
    assert!(matches!(too_many, Err(StoreError::Limit(_))), "{too_many:?}");
    assert_eq!(b.mark().await, before);
    assert!(b.store.revoke(many(1000)).await.is_ok());
    assert_eq!(b.head().await.position(), before.0.seq.position() + 1000);
}

pub async fn ids_in_events_are_hashed(b: &Bench) {
    let user = b.user("ada").await;
    let session = b.signed_in(&user).await;
    b.revoke(Target::Session(session.id)).await;
    b.revoke(Target::SessionSecret(session.id, 2)).await;
    let device = session.device.unwrap();
    b.revoke(Target::Device(device)).await;
    let events = b.events().await;
    for event in &events {
        for id in [session.id.to_string(), device.to_string()] {
            assert!(!event.body.contains(&id), "{}", event.body);
        }
    }
    let hashed = b.store.event_key().await.unwrap().hash(&session.id);
    assert_eq!(
        events.iter().filter(|e| e.body.contains(hashed.as_str())).count(),
        3
    );
}

pub async fn the_largest_lease_only_grows(b: &Bench) {
    assert_eq!(b.store.largest_lease().await, Ok(Span::from_ms(0)));
    for (raise, largest) in [(10, 10), (5, 10), (20, 20)] {
        b.store.raise_largest_lease(Span::from_secs(raise)).await.unwrap();
        assert_eq!(b.store.largest_lease().await, Ok(Span::from_secs(largest)));
    }
}

pub async fn the_longest_exception_is_the_last_one(b: &Bench) {
    assert_eq!(b.store.longest_exception().await, Ok(Span::from_ms(0)));
    for secs in [10, 20, 5] {
        b.store
            .put_longest_exception(Span::from_secs(secs))
            .await
            .unwrap();
        assert_eq!(b.store.longest_exception().await, Ok(Span::from_secs(secs)));
    }
}
