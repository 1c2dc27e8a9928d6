//! What is good for one use, tried many times at once on real tasks.

use std::future::Future;
use std::sync::Arc;

use domain::Span;
use domain::revocation::Target;
use domain::session::Overflow;
use tokio::sync::Barrier;

use super::Bench;
use super::bench::{BOUND, keyed};
use super::races::living;
use crate::intent::{
    Actor, CodeRedemption, CreateSession, HostCodeRedemption, RevokeOutcome, SessionCreation, Setup,
    SetupCode,
};

/// Runs many futures on as many tasks, started together.
async fn all<T: Send + 'static>(racers: Vec<impl Future<Output = T> + Send + 'static>) -> Vec<T> {
    let start = Arc::new(Barrier::new(racers.len()));
    let spawned: Vec<_> = racers
        .into_iter()
        .map(|racer| {
            let start = Arc::clone(&start);
            tokio::spawn(async move {
                start.wait().await;
                racer.await
            })
        })
        .collect();
    let mut outcomes = Vec::new();
    for one in spawned {
        outcomes.push(one.await.unwrap());
    }
    outcomes
}

pub async fn racing_redemptions_of_a_code_make_one_grant(b: &Bench) {
    let user = b.user("ada").await;
    for _ in 0..20 {
        let session = b.signed_in(&user).await;
        let (code, proof) = b.code(&session, BOUND.scope);
        b.store.issue_code(code.clone()).await.unwrap();
        let racers = (0..32).map(|_| {
            let (b, intent) = (b.clone(), b.redemption(&code, proof.clone(), BOUND).0);
            async move { b.store.redeem_code(intent).await.unwrap() }
        });
        let mut winners = Vec::new();
        for outcome in all(racers.collect()).await {
            match outcome {
                CodeRedemption::Redeemed { grant, .. } => winners.push(grant.id),
                other => assert!(matches!(other, CodeRedemption::Replayed(_)), "{other:?}"),
            }
        }
        assert_eq!(winners.len(), 1);
        let (_, lives) = b.store.grant(winners[0]).await.unwrap().unwrap();
        assert!(!lives, "the second of two holders of a code is a thief");
    }
}

pub async fn racing_host_codes_join_once(b: &Bench) {
    let user = b.user("ada").await;
    for _ in 0..50 {
        let session = b.signed_in(&user).await;
        let (code, redeem) = super::host_codes::pair(b, &session, "app.example");
        b.store.issue_host_code(code).await.unwrap();
        let racers = (0..16).map(|_| {
            let (b, mut intent) = (b.clone(), redeem.clone());
            intent.secret = b.digest();
            async move { b.store.redeem_host_code(intent).await.unwrap() }
        });
        let mut joined = 0;
        for outcome in all(racers.collect()).await {
            match outcome {
                HostCodeRedemption::Joined { .. } => joined += 1,
                other => assert_eq!(other, HostCodeRedemption::Unknown),
            }
        }
        assert_eq!(joined, 1);
    }
}

pub async fn racing_setups_make_one_administrator(b: &Bench) {
    for round in 0..50 {
        let code = SetupCode {
            digest: b.digest(),
            expires_at: b.now() + Span::from_mins(15),
        };
        b.store.put_setup_code(code, Actor::new("cli")).await.unwrap();
        let racers = (0..16).map(|at| {
            let (b, user) = (b.clone(), b.user_row(&format!("root-{round}-{at}")));
            async move { b.store.complete_setup(code.digest, user).await.unwrap() }
        });
        let outcomes = all(racers.collect()).await;
        let done = outcomes.iter().filter(|o| **o == Setup::Done).count();
        let refused = outcomes.iter().filter(|o| **o == Setup::Refused).count();
        assert_eq!((done, refused), (1, 15));
    }
    assert_eq!(b.store.users(None, 1000).await.unwrap().len(), 50);
}

pub async fn racing_wrong_setup_codes_are_counted(b: &Bench) {
    let code = SetupCode {
        digest: b.digest(),
        expires_at: b.now() + Span::from_mins(15),
    };
    b.store.put_setup_code(code, Actor::new("cli")).await.unwrap();
    let racers = (0..5).map(|at| {
        let (b, user, wrong) = (b.clone(), b.user_row(&format!("evil-{at}")), b.digest());
        async move { b.store.complete_setup(wrong, user).await.unwrap() }
    });
    let outcomes = all(racers.collect()).await;
    assert!(outcomes.iter().all(|o| *o == Setup::Refused));
    let late = b.store.complete_setup(code.digest, b.user_row("root")).await;
    assert_eq!(late, Ok(Setup::Refused), "five tries at once spend it too");
}

pub async fn racing_idempotent_revocations_commit_once(b: &Bench) {
    for round in 0..50 {
        let both = vec![Target::Session(b.id()), Target::Session(b.id())];
        let request = keyed(both, &format!("ticket {round}"));
        let before = b.head().await;
        let racers = (0..16).map(|_| {
            let (b, request) = (b.clone(), request.clone());
            async move { b.store.revoke(request).await.unwrap() }
        });
        let (mut first, mut numbers) = (0, Vec::new());
        for outcome in all(racers.collect()).await {
            let RevokeOutcome::Committed(committed) = outcome else {
                panic!("{outcome:?}")
            };
            first += usize::from(!committed.repeated);
            numbers.extend(committed.receipt);
            assert_eq!(committed.seq, b.head().await);
        }
        assert_eq!((first, numbers), (1, vec![round + 1; 16]), "all hold one receipt");
        assert_eq!(b.head().await.as_u64() - before.as_u64(), 2);
    }
}

pub async fn racing_logins_never_exceed_the_cap(b: &Bench) {
    for (overflow, created) in [(Overflow::Refuse, 3), (Overflow::OldestEnds, 16)] {
        for round in 0..20 {
            let user = b.user(&format!("{overflow:?}-{round}")).await;
            let head = b.head().await;
            let racers = (0..16).map(|_| {
                let intent = CreateSession {
                    cap: 3,
                    overflow,
                    ..b.login(&user, head)
                };
                let b = b.clone();
                async move { b.store.create_session(intent).await.unwrap() }
            });
            let outcomes = all(racers.collect()).await;
            let made = outcomes
                .iter()
                .filter(|o| matches!(o, SessionCreation::Created { .. }));
            assert_eq!(made.count(), created);
            assert_eq!(living(b, &user).await, 3);
        }
    }
}
