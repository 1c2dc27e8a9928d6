use std::sync::Arc;
use std::time::Duration;

use domain::event::EventRecord;
use domain::feed::{CANARY_AUDIENCE, CANARY_ID, CanaryAnswer, CanarySeen, EdgeName, Renewal, RenewalReply};
use domain::id::Id;
use domain::revocation::Target;
use domain::testing::ManualClock;
use domain::{Clock, Span};
use tokio::task::JoinHandle;

use crate::testing::{authority_with, config};
use crate::{Authority, Gateway};

fn edge(name: &str) -> EdgeName {
    name.parse().unwrap()
}

async fn stage() -> (Arc<Authority>, Arc<ManualClock>) {
    let mut config = config();
    config.canary = Some(Span::from_secs(30));
    authority_with(config).await
}

/// An edge with a lease, which applies nothing.
async fn lease(authority: &Arc<Authority>, clock: &ManualClock, name: &str) {
    let gateway = Gateway::new(Arc::clone(authority));
    let head = gateway.snapshot().await.unwrap().head;
    let renewal = Renewal {
        edge: edge(name),
        incarnation: Id::from_bytes([1; 16]),
        t0: clock.boot(),
        frontier: head.seq,
        digest: head.digest,
    };
    let reply = gateway.renew(&renewal).await.unwrap();
    assert!(matches!(reply, RenewalReply::Granted(_)));
}

/// Answers each question as `seen` says, by how many there were before.
fn answers(
    authority: &Arc<Authority>,
    name: &str,
    seen: impl Fn(usize) -> CanarySeen + Send + 'static,
) -> JoinHandle<()> {
    let (gateway, edge) = (Gateway::new(Arc::clone(authority)), edge(name));
    tokio::spawn(async move {
        let mut answer = None;
        for count in 0.. {
            let asked = loop {
                let wait = Span::from_secs(20);
                if let Some(asked) = gateway.canary(&edge, answer.take(), wait).await {
                    break asked;
                }
            };
            answer = Some(CanaryAnswer {
                number: asked.number,
                seen: seen(count),
            });
        }
    })
}

async fn marks(authority: &Authority) -> Vec<Target> {
    let marks = authority.store.snapshot().await.unwrap().marks;
    marks.into_iter().map(|(target, _)| target).collect()
}

async fn late(authority: &Authority) -> Vec<EventRecord> {
    let events = authority.store.events_after(0, 100).await.unwrap();
    events
        .into_iter()
        .filter(|event| event.body.contains("canary.accepted_late"))
        .collect()
}

fn last(authority: &Authority, name: &str) -> &'static str {
    authority.heard.view(Span::from_secs(1)).edges[name].last
}

#[tokio::test(start_paused = true)]
async fn an_edge_that_refuses_in_time_is_timed_and_rounds_leave_one_mark() {
    let (authority, clock) = stage().await;
    lease(&authority, &clock, "fra-1").await;
    let good = answers(&authority, "fra-1", |count| match count % 4 {
        0..3 => CanarySeen::Accepted,
        _ => CanarySeen::Revoked,
    });
    for round in 1..=3 {
        authority.sing().await.unwrap();
        let view = authority.heard.view(Span::from_secs(30));
        assert_eq!((view.rounds, view.edges["fra-1"].last), (round, "refused"));
        assert!(view.edges["fra-1"].refused_after_ms.is_some());
    }
    assert_eq!(marks(&authority).await, [Target::Jti(CANARY_ID)]);
    assert!(late(&authority).await.is_empty());
    good.abort();
}

#[tokio::test(start_paused = true)]
async fn an_edge_that_still_accepts_when_nobody_may_is_an_alarm() {
    let (authority, clock) = stage().await;
    lease(&authority, &clock, "bad").await;
    lease(&authority, &clock, "good").await;
    let bad = answers(&authority, "bad", |_| CanarySeen::Accepted);
    let good = answers(&authority, "good", |count| match count {
        0 => CanarySeen::Accepted,
        _ => CanarySeen::Revoked,
    });
    authority.sing().await.unwrap();
    assert_eq!(
        (last(&authority, "bad"), last(&authority, "good")),
        ("accepted_late", "refused")
    );
    let events = late(&authority).await;
    assert_eq!(events.len(), 1);
    let body: serde_json::Value = serde_json::from_str(&events[0].body).unwrap();
    assert_eq!(
        (&body["edge"], &body["bound_ms"]),
        (&"bad".into(), &10_013.into())
    );
    assert!(body["after_ms"].as_u64() >= body["bound_ms"].as_u64(), "{body}");
    bad.abort();
    good.abort();
}

#[tokio::test(start_paused = true)]
async fn an_acceptance_within_the_bound_is_no_alarm() {
    let (authority, clock) = stage().await;
    lease(&authority, &clock, "slow").await;
    let began = tokio::time::Instant::now();
    let slow = answers(&authority, "slow", move |_| {
        if began.elapsed() < Duration::from_secs(9) {
            CanarySeen::Accepted
        } else {
            CanarySeen::Stale
        }
    });
    authority.sing().await.unwrap();
    assert_eq!(last(&authority, "slow"), "stale");
    assert!(late(&authority).await.is_empty());
    slow.abort();
}

#[tokio::test(start_paused = true)]
async fn nothing_is_revoked_where_nobody_accepts_first() {
    let (authority, clock) = stage().await;
    authority.sing().await.unwrap();
    lease(&authority, &clock, "silent").await;
    lease(&authority, &clock, "stale").await;
    lease(&authority, &clock, "odd").await;
    let stale = answers(&authority, "stale", |_| CanarySeen::Stale);
    let odd = answers(&authority, "odd", |_| CanarySeen::Revoked);
    authority.sing().await.unwrap();
    assert_eq!(last(&authority, "silent"), "silent");
    assert_eq!(last(&authority, "stale"), "stale");
    assert_eq!(last(&authority, "odd"), "other");
    assert!(marks(&authority).await.is_empty());
    stale.abort();
    odd.abort();
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_an_older_question_says_nothing_of_now() {
    let (authority, _) = stage().await;
    let (gateway, edge) = (Gateway::new(Arc::clone(&authority)), edge("fra-1"));
    let wait = Span::from_secs(1);
    let asking = tokio::spawn({
        let (authority, edge) = (Arc::clone(&authority), edge.clone());
        async move {
            let first = authority.canary.ask(&edge, "a", Duration::from_secs(1)).await;
            let second = authority.canary.ask(&edge, "b", Duration::from_secs(1)).await;
            (first, second)
        }
    });
    let first = gateway.canary(&edge, None, wait).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let seen = CanarySeen::Revoked;
    let answer = CanaryAnswer {
        number: first.number,
        seen,
    };
    let second = gateway.canary(&edge, Some(answer), wait).await.unwrap();
    assert_eq!(second.token, "b");
    assert_eq!(
        asking.await.unwrap(),
        (None, None),
        "the old answer is not the new one"
    );
}

#[tokio::test]
async fn its_token_is_no_clients_and_opens_nothing_here() {
    let (authority, _) = stage().await;
    let token = authority.canary_token().await.unwrap();
    let claims = token.split('.').nth(1).unwrap();
    let claims = jose::base64url::decode(claims.as_bytes()).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["aud"], CANARY_AUDIENCE);
    assert!(claims.get("sid").is_none() && claims.get("scope").is_none());
    let text = format!(
        "{:?}",
        domain::feed::CanaryCheck {
            number: 1,
            token: token.to_string()
        }
    );
    assert!(!text.contains(token.as_str()), "{text}");
}
