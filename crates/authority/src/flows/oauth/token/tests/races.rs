//! Requests that race, with real tasks on several threads.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::revocation::Target;
use store::intent::{Actor, Revoke};
use tokio::sync::Barrier;

use crate::flows::oauth::fixture::{Stage, redeem};
use crate::flows::oauth::refusal::ErrorCode;
use crate::flows::oauth::token::TokenAnswer;
use crate::revoke::Level;

type Answer = Result<TokenAnswer, ErrorCode>;

/// The same request many times at once.
async fn at_once(stage: &Arc<Stage>, count: usize, form: &str) -> Vec<Answer> {
    let barrier = Arc::new(Barrier::new(count));
    let tasks: Vec<_> = (0..count)
        .map(|_| {
            let (stage, barrier, form) = (Arc::clone(stage), Arc::clone(&barrier), form.to_owned());
            tokio::spawn(async move {
                barrier.wait().await;
                stage.token("web", &form).await
            })
        })
        .collect();
    let mut answers = Vec::with_capacity(count);
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_racing_refreshes_get_one_successor() {
    let stage = Arc::new(Stage::new().await);
    for _ in 0..10 {
        let one = stage.tokens("web", "").await.refresh_token.unwrap().to_string();
        let answers = at_once(
            &stage,
            100,
            &format!("grant_type=refresh_token&refresh_token={one}"),
        )
        .await;
        let successors: BTreeSet<String> = answers
            .into_iter()
            .map(|answer| answer.unwrap().refresh_token.unwrap().to_string())
            .collect();
        assert_eq!(successors.len(), 1, "one lineage");
        let two = successors.first().unwrap().clone();
        assert!(stage.refresh("web", &two).await.is_ok());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_racing_redemptions_one_gets_tokens_and_nothing_of_it_lives() {
    let stage = Arc::new(Stage::new().await);
    for _ in 0..20 {
        let code = stage.code("web", "").await;
        let answers = at_once(&stage, 10, &redeem(&code)).await;
        let good: Vec<TokenAnswer> = answers.into_iter().filter_map(Result::ok).collect();
        assert_eq!(good.len(), 1);
        assert!(
            !stage.lives(&good[0].access.text).await,
            "the other nine were replays"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_lives_after_a_revocation_that_a_refresh_raced() {
    let stage = Arc::new(Stage::new().await);
    for round in 0..200 {
        let issued = stage.tokens("web", "").await;
        let grant = stage.claims(&issued.access.text).gid.unwrap();
        let token = issued.refresh_token.unwrap().to_string();
        let barrier = Arc::new(Barrier::new(2));
        let refresh = {
            let (stage, barrier) = (Arc::clone(&stage), Arc::clone(&barrier));
            tokio::spawn(async move {
                barrier.wait().await;
                stage.refresh("web", &token).await
            })
        };
        barrier.wait().await;
        for _ in 0..round % 8 {
            tokio::task::yield_now().await;
        }
        let intent = Revoke {
            targets: vec![Target::Grant(grant)],
            reason: "race".into(),
            actor: Actor::system(),
            receipt: None,
        };
        stage
            .authority
            .revoker
            .revoke(intent, Level::Durable)
            .await
            .unwrap()
            .unwrap();
        match refresh.await.unwrap() {
            Ok(answer) => {
                assert!(!stage.lives(&answer.access.text).await);
                let successor = answer.refresh_token.unwrap();
                assert_eq!(
                    stage.refresh("web", &successor).await.unwrap_err(),
                    ErrorCode::InvalidGrant
                );
            }
            Err(code) => assert_eq!(code, ErrorCode::InvalidGrant),
        }
        assert!(!stage.lives(&issued.access.text).await);
    }
}
