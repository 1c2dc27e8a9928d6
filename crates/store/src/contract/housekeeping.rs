//! Sweeping, counting, and events of no intent.

use std::collections::BTreeMap;

use domain::Span;
use domain::cookie::Purpose;
use domain::event::Event;
use domain::revocation::Target;

use super::Bench;
use super::bench::{BOUND, OFFLINE};
use crate::StoreError;
use crate::intent::{CodeRedemption, Rotation};

async fn counts(b: &Bench) -> BTreeMap<&'static str, u64> {
    b.store.statistics().await.unwrap().into_iter().collect()
}

async fn sweep_all(b: &Bench) -> usize {
    let mut total = 0;
    loop {
        match b.store.sweep(2).await.unwrap() {
            0 => return total,
            some => {
                assert!(some <= 2, "{some}");
                total += some;
            }
        }
    }
}

pub async fn a_sweep_takes_what_is_over_and_nothing_else(b: &Bench) {
    let user = b.user("ada").await;
    let (revoked, living) = (b.signed_in(&user).await, b.signed_in(&user).await);
    let dead = b.granted(&revoked, BOUND).await;
    let bound = b.granted(&living, BOUND).await;
    b.revoke(Target::Session(revoked.id)).await;
    let kept = (b.mark().await, b.store.snapshot().await.unwrap());
    assert!(sweep_all(b).await >= 3, "session, grant and family");
    assert_eq!((b.mark().await, b.store.snapshot().await.unwrap()), kept);
    let gone = b.store.session(revoked.id, &Purpose::Authority).await;
    assert_eq!(gone, Ok(None));
    assert_eq!(b.store.lineage(dead.family).await.unwrap().map(|_| ()), None);
    assert!(b.lives(&living).await);
    assert!(b.rotates(&bound.token).await);
}

pub async fn a_sweep_takes_each_row_at_its_own_end(b: &Bench) {
    let user = b.user("ada").await;
    let session = b.signed_in(&user).await;
    let offline = b.granted(&session, OFFLINE).await;
    // Idle for hours: the session goes, what outlives it stays.
    b.clock.advance(Span::from_hours(3));
    assert!(sweep_all(b).await >= 1);
    assert_eq!(counts(b).await["sessions"], 0);
    assert!(b.rotates(&offline.token).await);
    b.clock.advance(Span::from_days(31));
    sweep_all(b).await;
    assert_eq!(b.store.lineage(offline.family).await.unwrap().map(|_| ()), None);
    assert_eq!(b.store.grant(offline.grant.id).await, Ok(None));
    assert_eq!(b.store.user(user.id).await, Ok(Some(user)));
}

pub async fn a_sweep_leaves_late_reports_their_session(b: &Bench) {
    let session = b.signed_in(&b.user("ada").await).await;
    let truly_used = b.now() + session.idle.saturating_sub(Span::from_secs(1));
    b.clock.advance(session.idle + Span::from_secs(5));
    assert_eq!(sweep_all(b).await, 0);
    let late = crate::intent::Activity {
        session: session.id,
        at: truly_used,
    };
    b.store.record_activity(vec![late]).await.unwrap();
    let found = b.store.session(session.id, &Purpose::Authority).await;
    assert_eq!(found.unwrap().unwrap().0.active_at, truly_used);
}

pub async fn a_sweep_leaves_redeemed_codes_for_a_day(b: &Bench) {
    let session = b.signed_in(&b.user("ada").await).await;
    let (code, proof) = b.code(&session, OFFLINE.scope);
    b.store.issue_code(code.clone()).await.unwrap();
    let (first, token) = b.redemption(&code, proof.clone(), OFFLINE);
    b.store.redeem_code(first).await.unwrap();
    b.clock.advance(Span::from_hours(11));
    sweep_all(b).await;
    let (again, _) = b.redemption(&code, proof.clone(), OFFLINE);
    let outcome = b.store.redeem_code(again).await.unwrap();
    assert!(matches!(outcome, CodeRedemption::Replayed(_)), "{outcome:?}");
    assert_eq!(b.refresh(&token).await.0, Rotation::Revoked);
    b.clock.advance(Span::from_hours(14));
    sweep_all(b).await;
    let (late, _) = b.redemption(&code, proof, OFFLINE);
    assert_eq!(b.store.redeem_code(late).await, Ok(CodeRedemption::Unknown));
}

pub async fn statistics_count_rows(b: &Bench) {
    let user = b.user("ada").await;
    let session = b.signed_in(&user).await;
    b.signed_in(&user).await;
    b.revoke(Target::Session(session.id)).await;
    let counts = counts(b).await;
    for (name, n) in [
        ("sessions", 2),
        ("watermarks", 1),
        ("log_entries", 1),
        ("users", 1),
        ("events", 4),
    ] {
        assert_eq!(counts.get(name), Some(&n), "{name}");
    }
}

pub async fn events_are_appended_in_order(b: &Bench) {
    let event = |key: &str| Event::KeyRemoved { key: key.to_owned() };
    b.store.append_events(vec![event("a"), event("b")]).await.unwrap();
    b.clock.advance(Span::from_secs(1));
    b.store.append_events(vec![event("c")]).await.unwrap();
    let events = b.events().await;
    let bodies: Vec<&str> = events.iter().map(|e| e.body.as_str()).collect();
    let body = |key: &str| format!(r#"{{"event":"key.removed","key":"{key}"}}"#);
    assert_eq!(bodies, [body("a"), body("b"), body("c")]);
    assert_eq!(events[2].at, b.now());
    assert_eq!(b.store.events_after(1, 1).await.unwrap(), events[1..2]);
    let flood = vec![event("x"); 10_001];
    let refused = b.store.append_events(flood).await;
    assert!(matches!(refused, Err(StoreError::Limit(_))));
    assert_eq!(b.events().await.len(), 3);
}
