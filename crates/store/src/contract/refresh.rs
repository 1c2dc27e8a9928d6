//! Rotation of refresh tokens.

use domain::family::{LineageKey, RefreshToken, open_successor};
use domain::revocation::Target;
use domain::session::Session;
use domain::{Span, Subject};

use super::bench::{BOUND, OFFLINE, origin};
use super::{Bench, Held, Terms};
use crate::intent::{Activity, Rotate, Rotation};

async fn refused(b: &Bench, token: &RefreshToken, with: Rotation) {
    let before = b.mark().await;
    assert_eq!(b.refresh(token).await.0, with);
    assert_eq!(b.mark().await, before);
}

async fn session_with(b: &Bench, terms: Terms) -> (Session, Held) {
    let session = b.signed_in(&b.user("ada").await).await;
    let held = b.granted(&session, terms).await;
    (session, held)
}

/// Keeps a session awake: a day is shorter than its absolute life.
async fn awake(b: &Bench, session: &Session) {
    let seen = Activity {
        session: session.id,
        at: b.now(),
    };
    b.store.record_activity(vec![seen]).await.unwrap();
}

pub async fn a_rotation_hands_over_to_the_successor(b: &Bench) {
    let (session, held) = session_with(b, BOUND).await;
    let skip = b.events().await.len();
    let (outcome, second) = b.refresh(&held.token).await;
    let Rotation::Rotated(lineage) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!((lineage.grant, lineage.session), (held.grant, Some(session)));
    let (outcome, _) = b.refresh(&second).await;
    assert!(matches!(outcome, Rotation::Rotated(_)));
    assert_eq!(b.kinds(skip).await, ["token.refreshed", "token.refreshed"]);
}

pub async fn a_retry_gets_the_same_successor(b: &Bench) {
    let (_, held) = session_with(b, BOUND).await;
    let (_, second) = b.refresh(&held.token).await;
    b.clock.advance(Span::from_ms(9_999));
    let skip = b.events().await.len();
    let (outcome, unused) = b.refresh(&held.token).await;
    let Rotation::Retried(lineage, sealed) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(lineage.grant.id, held.grant.id);
    let same = open_successor(&held.token, &sealed).unwrap();
    assert_eq!(same.digest(), second.digest());
    assert_eq!(b.kinds(skip).await, ["token.refresh_retried"]);
    refused(b, &unused, Rotation::Unknown).await;
    assert!(b.rotates(&same).await);
}

async fn replay_ends_grant_and_session(b: &Bench, session: &Session, held: &Held, token: &RefreshToken) {
    let bystander = b.granted(session, BOUND).await;
    let skip = b.events().await.len();
    let (outcome, _) = b.refresh(token).await;
    assert_eq!(outcome, Rotation::Replayed(b.head().await));
    assert_eq!(b.kinds(skip).await, ["session.ended", "token.refresh_replayed"]);
    let (_, lives) = b.store.grant(held.grant.id).await.unwrap().unwrap();
    assert!(!lives && !b.lives(session).await);
    refused(b, token, Rotation::Revoked).await;
    refused(b, &bystander.token, Rotation::Revoked).await;
}

pub async fn a_replay_after_the_window_ends_grant_and_session(b: &Bench) {
    let (session, held) = session_with(b, BOUND).await;
    let (_, second) = b.refresh(&held.token).await;
    b.clock.advance(Span::from_secs(10));
    replay_ends_grant_and_session(b, &session, &held, &held.token).await;
    refused(b, &second, Rotation::Revoked).await;
}

pub async fn a_replay_after_the_successors_use_ends_grant_and_session(b: &Bench) {
    let (session, held) = session_with(b, BOUND).await;
    let (_, second) = b.refresh(&held.token).await;
    let (_, third) = b.refresh(&second).await;
    replay_ends_grant_and_session(b, &session, &held, &held.token).await;
    refused(b, &third, Rotation::Revoked).await;
}

pub async fn a_replay_of_an_offline_token_ends_its_session_too(b: &Bench) {
    let (session, held) = session_with(b, OFFLINE).await;
    let (_, second) = b.refresh(&held.token).await;
    b.refresh(&second).await;
    replay_ends_grant_and_session(b, &session, &held, &held.token).await;
}

pub async fn a_replay_reaches_a_session_past_its_time(b: &Bench) {
    let (session, held) = session_with(b, OFFLINE).await;
    b.clock.advance(Span::from_hours(10));
    let (_, mut token) = b.refresh(&held.token).await;
    for _ in 0..2 {
        b.clock.advance(Span::from_hours(10));
        (_, token) = b.refresh(&token).await;
    }
    assert!(b.now() >= session.expires_at);
    let (outcome, _) = b.refresh(&held.token).await;
    assert_eq!(outcome, Rotation::Replayed(b.head().await));
    assert!(b.store.is_revoked(session.position()).await.unwrap());
}

pub async fn a_replay_reaches_a_session_whose_row_is_gone(b: &Bench) {
    let (session, held) = session_with(b, OFFLINE).await;
    let (_, second) = b.refresh(&held.token).await;
    b.refresh(&second).await;
    b.clock.advance(Span::from_hours(3));
    b.store.sweep(100).await.unwrap();
    assert!(!b.lives(&session).await);
    assert!(!b.store.is_revoked(session.position()).await.unwrap());
    let (outcome, _) = b.refresh(&held.token).await;
    assert_eq!(outcome, Rotation::Replayed(b.head().await));
    assert!(b.store.is_revoked(session.position()).await.unwrap());
}

pub async fn a_public_client_has_two_retries(b: &Bench) {
    let public = Terms {
        public: true,
        rotate: false,
        ..BOUND
    };
    let (session, held) = session_with(b, public).await;
    let (outcome, _) = b.refresh(&held.token).await;
    assert!(
        matches!(outcome, Rotation::Rotated(_)),
        "public clients always rotate"
    );
    for _ in 0..2 {
        let (outcome, _) = b.refresh(&held.token).await;
        assert!(matches!(outcome, Rotation::Retried(..)));
    }
    replay_ends_grant_and_session(b, &session, &held, &held.token).await;
}

pub async fn a_foreign_retry_is_marked_in_its_event(b: &Bench) {
    let (_, held) = session_with(b, BOUND).await;
    b.refresh(&held.token).await;
    for (from, foreign) in [(1, false), (2, true)] {
        let (intent, _) = b.rotation_from(&held.token, origin(from)).await;
        b.store.rotate(intent).await.unwrap();
        let body = b.events().await.pop().unwrap().body;
        assert!(body.contains(&format!("\"foreign\":{foreign}")), "{body}");
    }
}

pub async fn a_client_that_does_not_rotate_keeps_its_token(b: &Bench) {
    let quiet = Terms {
        rotate: false,
        ..OFFLINE
    };
    let (_, held) = session_with(b, quiet).await;
    for _ in 0..3 {
        // Each use moves the idle end of twelve hours.
        b.clock.advance(Span::from_hours(11));
        let before = b.mark().await;
        assert!(matches!(b.refresh(&held.token).await.0, Rotation::Kept(_)));
        assert_eq!(b.mark().await, before);
    }
    b.clock.advance(Span::from_hours(12));
    refused(b, &held.token, Rotation::Expired).await;
}

pub async fn a_family_ends_idle_and_absolutely(b: &Bench) {
    let (_, idle) = session_with(b, OFFLINE).await;
    b.clock
        .advance(Span::from_hours(12).saturating_sub(Span::from_ms(1)));
    let (outcome, mut token) = b.refresh(&idle.token).await;
    assert!(matches!(outcome, Rotation::Rotated(_)));
    b.clock.advance(Span::from_hours(12));
    refused(b, &token, Rotation::Expired).await;
    let session = b.signed_in(&b.user("bob").await).await;
    let held = b.granted(&session, OFFLINE).await;
    token = held.token;
    while b.now() + Span::from_hours(11) < held.grant.expires_at {
        b.clock.advance(Span::from_hours(11));
        let (outcome, next) = b.refresh(&token).await;
        assert!(matches!(outcome, Rotation::Rotated(_)));
        token = next;
    }
    let last = held.grant.expires_at.since(b.now());
    b.clock.advance(last.saturating_sub(Span::from_ms(1)));
    let (outcome, next) = b.refresh(&token).await;
    assert!(matches!(outcome, Rotation::Rotated(_)));
    b.clock.advance(Span::from_ms(1));
    refused(b, &next, Rotation::Expired).await;
    let (_, lives, _) = b
        .store
        .family_grant(next.family(), next.digest())
        .await
        .unwrap()
        .unwrap();
    assert!(!lives);
}

/// Whether the family's grant is said to live.
async fn told(b: &Bench, held: &Held) -> bool {
    let digest = held.token.digest();
    let state = b.store.family_grant(held.family, digest).await;
    state.unwrap().unwrap().1
}

pub async fn introspection_sees_each_end(b: &Bench) {
    let session = b.signed_in(&b.user("ada").await).await;
    let (used, idle) = (
        b.granted(&session, OFFLINE).await,
        b.granted(&session, OFFLINE).await,
    );
    b.clock
        .advance(Span::from_hours(12).saturating_sub(Span::from_ms(1)));
    assert!(told(b, &idle).await);
    b.clock.advance(Span::from_ms(1));
    assert!(!told(b, &idle).await, "the family's idle end");
    let (_, lives) = b.store.grant(idle.grant.id).await.unwrap().unwrap();
    assert!(lives, "its access tokens may still run");
    b.clock.advance(
        used.grant
            .expires_at
            .since(b.now())
            .saturating_sub(Span::from_ms(1)),
    );
    assert!(b.store.grant(used.grant.id).await.unwrap().unwrap().1);
    b.clock.advance(Span::from_ms(1));
    assert!(!b.store.grant(used.grant.id).await.unwrap().unwrap().1);
    assert!(b.store.grant(b.id()).await.unwrap().is_none());
    let nowhere = b.store.family_grant(b.id(), b.digest()).await;
    assert_eq!(nowhere, Ok(None));
}

pub async fn a_bound_grant_ends_with_its_session(b: &Bench) {
    let (session, held) = session_with(b, BOUND).await;
    b.clock.advance(Span::from_mins(59));
    awake(b, &session).await;
    b.clock.advance(Span::from_mins(59));
    let (outcome, second) = b.refresh(&held.token).await;
    assert!(matches!(outcome, Rotation::Rotated(_)));
    b.clock.advance(Span::from_mins(1));
    refused(b, &second, Rotation::Expired).await;
    let (_, lives) = b.store.grant(held.grant.id).await.unwrap().unwrap();
    assert!(!lives, "a refresh is no activity of the session");
}

pub async fn whatever_covers_the_family_refuses_it(b: &Bench) {
    let user = b.user("ada").await;
    let targets: [fn(&Held) -> Target; 7] = [
        |_| Target::All,
        |h| Target::Grant(h.grant.id),
        |h| Target::Session(h.grant.session.unwrap()),
        |h| Target::Subject(h.grant.subject.clone()),
        |h| Target::Client(h.client.clone()),
        |h| Target::Device(h.grant.device.unwrap()),
        |h| Target::Tenant(h.grant.tenant.clone().unwrap()),
    ];
    for target in targets {
        let session = b.signed_in(&user).await;
        let held = b.granted(&session, BOUND).await;
        let (_, second) = b.refresh(&held.token).await;
        b.revoke(target(&held)).await;
        refused(b, &second, Rotation::Revoked).await;
        refused(b, &held.token, Rotation::Revoked).await;
    }
    let session = b.signed_in(&user).await;
    let other = b.granted(&session, BOUND).await;
    b.revoke(Target::Subject(Subject::User(b.id()))).await;
    assert!(b.rotates(&other.token).await);
}

pub async fn invented_and_borrowed_tokens_accuse_nobody(b: &Bench) {
    let (_, held) = session_with(b, BOUND).await;
    let (_, second) = b.refresh(&held.token).await;
    b.refresh(&second).await;
    // The right family, an old generation, but a lineage key of the attacker's own.
    let own = LineageKey::generate(b.entropy.as_ref());
    let invented = RefreshToken::generate(held.family, 1, &own, b.entropy.as_ref());
    refused(b, &invented, Rotation::Unknown).await;
    let before = b.mark().await;
    let (mut borrowed, _) = b.rotation(&held.token).await;
    borrowed.request.client = "evil".parse().unwrap();
    assert_eq!(b.store.rotate(borrowed.clone()).await, Ok(Rotation::Unknown));
    let nowhere = Rotate {
        request: domain::family::RotateRequest {
            family: b.id(),
            ..borrowed.request
        },
        issued: true,
    };
    assert_eq!(b.store.rotate(nowhere).await, Ok(Rotation::Unknown));
    assert_eq!(b.mark().await, before);
    let (_, lives) = b.store.grant(held.grant.id).await.unwrap().unwrap();
    assert!(lives);
}
