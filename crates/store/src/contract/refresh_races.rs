//! Many refreshes at once, on real tasks.

use std::sync::Arc;

use domain::Digest;
use domain::family::{RefreshToken, open_successor};
use domain::session::Session;
use tokio::sync::Barrier;

use super::bench::BOUND;
use super::{Bench, Held};
use crate::intent::Rotation;

const ROUNDS: usize = 200;
const RACERS: usize = 100;

/// What the racers of a round were told: the successor's digest, once for each.
async fn race(b: &Bench, held: &Held) -> Vec<(bool, Digest)> {
    let start = Arc::new(Barrier::new(RACERS));
    let text = Arc::new(held.token.reveal());
    let racers: Vec<_> = (0..RACERS)
        .map(|_| {
            let (b, start, text) = (b.clone(), Arc::clone(&start), Arc::clone(&text));
            tokio::spawn(async move {
                let token = RefreshToken::parse(&text).unwrap();
                let (intent, prepared) = b.rotation(&token).await;
                start.wait().await;
                match b.store.rotate(intent).await.unwrap() {
                    Rotation::Rotated(_) => (true, prepared.digest()),
                    Rotation::Retried(_, sealed) => {
                        (false, open_successor(&token, &sealed).unwrap().digest())
                    }
                    other => panic!("{other:?}"),
                }
            })
        })
        .collect();
    let mut told = Vec::new();
    for racer in racers {
        told.push(racer.await.unwrap());
    }
    told
}

/// One round: one lineage, the same successor for all; then a true replay ends grant and session.
async fn round(b: &Bench, session: &Session) {
    let held = b.granted(session, BOUND).await;
    let told = race(b, &held).await;
    assert_eq!(told.iter().filter(|(rotated, _)| *rotated).count(), 1);
    let successor = told[0].1;
    assert!(told.iter().all(|(_, digest)| *digest == successor));
    let (_, lives, current) = b
        .store
        .family_grant(held.family, successor)
        .await
        .unwrap()
        .unwrap();
    assert!(lives && current);
    // A retry inside the window hands the very token over; its first use closes the window.
    let (outcome, _) = b.refresh(&held.token).await;
    let Rotation::Retried(_, sealed) = outcome else {
        panic!("{outcome:?}")
    };
    let second = open_successor(&held.token, &sealed).unwrap();
    assert_eq!(second.digest(), successor);
    let (outcome, third) = b.refresh(&second).await;
    assert!(matches!(outcome, Rotation::Rotated(_)));
    let (outcome, _) = b.refresh(&held.token).await;
    assert_eq!(outcome, Rotation::Replayed(b.head().await));
    assert!(!b.lives(session).await);
    let (_, lives) = b.store.grant(held.grant.id).await.unwrap().unwrap();
    assert!(!lives);
    assert_eq!(b.refresh(&third).await.0, Rotation::Revoked);
}

pub async fn a_hundred_racing_refreshes_are_one_lineage(b: &Bench) {
    let user = b.user("ada").await;
    for _ in 0..ROUNDS {
        let session = b.signed_in(&user).await;
        round(b, &session).await;
    }
}

pub async fn racing_replays_revoke_once(b: &Bench) {
    let user = b.user("ada").await;
    for _ in 0..20 {
        let session = b.signed_in(&user).await;
        let held = b.granted(&session, BOUND).await;
        let (_, second) = b.refresh(&held.token).await;
        b.refresh(&second).await;
        let head = b.head().await;
        let mut intents = Vec::new();
        for _ in 0..16 {
            intents.push(b.rotation(&held.token).await.0);
        }
        let start = Arc::new(Barrier::new(intents.len()));
        let racers: Vec<_> = intents
            .into_iter()
            .map(|intent| {
                let (b, start) = (b.clone(), Arc::clone(&start));
                tokio::spawn(async move {
                    start.wait().await;
                    b.store.rotate(intent).await.unwrap()
                })
            })
            .collect();
        let mut replayed = 0;
        for racer in racers {
            match racer.await.unwrap() {
                Rotation::Replayed(_) => replayed += 1,
                other => assert_eq!(other, Rotation::Revoked),
            }
        }
        assert_eq!(replayed, 1);
        let grown = b.head().await.as_u64() - head.as_u64();
        assert_eq!(grown, 2, "one entry for the grant, one for the session");
    }
}
