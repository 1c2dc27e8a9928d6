//! Receipts: kept with their revocations, bounded, and what makes a repeated request known.

use domain::feed::EdgeName;
use domain::revocation::{Level, Target};
use domain::{Seq, Span};

use super::Bench;
use super::bench::{keyed, revocation};
use crate::intent::{
    Actor, Committed, KeepReceipt, KeptReceipt, Reached, ReceiptTerms, Revoke, RevokeOutcome,
};

fn asking(level: Level, terms: ReceiptTerms) -> Revoke {
    Revoke {
        receipt: Some(KeepReceipt {
            idempotency_key: None,
            level,
            terms,
        }),
        ..revocation(vec![Target::Client("web".parse().unwrap())])
    }
}

async fn committed(b: &Bench, intent: Revoke) -> Committed {
    match b.store.revoke(intent).await.unwrap() {
        RevokeOutcome::Committed(committed) => committed,
        RevokeOutcome::Conflict => panic!("conflict"),
    }
}

async fn kept(b: &Bench) -> Vec<KeptReceipt> {
    b.store.receipts(None, 1000).await.unwrap()
}

fn numbers(receipts: &[KeptReceipt]) -> Vec<u64> {
    receipts.iter().map(|r| r.number).collect()
}

pub async fn a_repeated_request_is_carried_out_once(b: &Bench) {
    let (one, two) = (Target::Session(b.id()), Target::Session(b.id()));
    let mut request = keyed(vec![one.clone(), two.clone()], "ticket 7");
    let first = committed(b, request.clone()).await;
    assert_eq!((first.repeated, first.receipt), (false, Some(1)));
    let before = b.mark().await;
    request.targets = vec![two, one];
    let repeated = Committed {
        repeated: true,
        reached: Some(Reached::default()),
        ..first
    };
    assert_eq!(committed(b, request.clone()).await, repeated);
    let mut others = vec![request.clone(), request.clone(), request.clone()];
    others[0].targets.pop();
    others[1].reason = "another".to_owned();
    others[2].receipt.as_mut().unwrap().level = Level::Enforced;
    for other in others {
        let outcome = b.store.revoke(other.clone()).await;
        assert_eq!(outcome, Ok(RevokeOutcome::Conflict), "{other:?}");
    }
    assert_eq!((b.mark().await, kept(b).await.len()), (before, 1));
}

pub async fn a_key_is_its_actors_own(b: &Bench) {
    let mine = keyed(vec![Target::All], "ticket 7");
    let theirs = Revoke {
        actor: Actor::new("admin:other"),
        ..keyed(vec![Target::Client("web".parse().unwrap())], "ticket 7")
    };
    assert!(!committed(b, mine.clone()).await.repeated);
    assert!(!committed(b, theirs.clone()).await.repeated);
    assert!(committed(b, mine).await.repeated && committed(b, theirs).await.repeated);
}

pub async fn receipts_say_who_what_and_why(b: &Bench) {
    let session = b.id();
    let mut asked = keyed(vec![Target::Session(session), Target::All], "ticket 7");
    asked.reason = "laptop stolen".to_owned();
    let seq = committed(b, asked).await.seq;
    committed(b, revocation(vec![Target::All])).await;
    let [receipt] = kept(b).await.try_into().unwrap();
    assert_eq!((receipt.number, receipt.seq, receipt.at), (1, seq, b.now()));
    let body = receipt.body;
    assert_eq!(
        (body.actor.as_str(), body.reason.as_str()),
        ("cli", "laptop stolen")
    );
    assert!(body.targets.starts_with("session ") && body.targets.ends_with(" and 1 more"));
    assert!(!body.targets.contains(&session.to_string()), "ids are hashed");
    assert_eq!(
        body.reached,
        Some(Reached::default()),
        "durable is reached by the commit"
    );
}

pub async fn a_level_is_reached_once(b: &Bench) {
    let number = committed(b, asking(Level::Enforced, ReceiptTerms::default()))
        .await
        .receipt
        .unwrap();
    assert_eq!(kept(b).await[0].body.reached, None);
    let names = |text: &str| vec![text.parse::<EdgeName>().unwrap()];
    let reached = |edge: &str| Reached {
        enforced_in_ms: Some(3),
        acknowledged: names(edge),
        ..Reached::default()
    };
    b.store.reach_receipt(number, reached("edge-1")).await.unwrap();
    b.store.reach_receipt(number, reached("edge-2")).await.unwrap();
    b.store
        .reach_receipt(number + 1, reached("edge-3"))
        .await
        .unwrap();
    let [receipt] = kept(b).await.try_into().unwrap();
    assert_eq!(receipt.body.reached, Some(reached("edge-1")));
}

pub async fn receipts_are_bounded_by_number(b: &Bench) {
    let terms = ReceiptTerms {
        most: 3,
        ..ReceiptTerms::default()
    };
    let mut first = keyed(vec![Target::All], "ticket 7");
    first.receipt.as_mut().unwrap().terms = terms;
    committed(b, first.clone()).await;
    for _ in 0..2 {
        committed(b, asking(Level::Durable, terms)).await;
    }
    assert!(
        committed(b, first.clone()).await.repeated,
        "a repetition takes no place"
    );
    committed(b, asking(Level::Durable, terms)).await;
    assert_eq!(numbers(&kept(b).await), [4, 3, 2], "newest first");
    assert!(
        !committed(b, first).await.repeated,
        "its key went with its receipt"
    );
    let page = b.store.receipts(Some(5), 1).await.unwrap();
    assert_eq!(numbers(&page), [4]);
    assert_eq!(numbers(&b.store.receipts(Some(4), 10).await.unwrap()), [3]);
}

pub async fn receipts_are_bounded_by_age(b: &Bench) {
    let hour = ReceiptTerms {
        kept_for: Span::from_hours(1),
        ..ReceiptTerms::default()
    };
    let mut keyed = keyed(vec![Target::All], "ticket 7");
    keyed.receipt.as_mut().unwrap().terms = hour;
    committed(b, keyed.clone()).await;
    b.clock.advance(Span::from_mins(30));
    committed(b, asking(Level::Durable, hour)).await;
    b.clock.advance(Span::from_mins(29));
    b.store.sweep(100).await.unwrap();
    assert_eq!(numbers(&kept(b).await), [2, 1]);
    b.clock.advance(Span::from_mins(1));
    b.store.sweep(100).await.unwrap();
    assert_eq!(numbers(&kept(b).await), [2]);
    b.clock.advance(Span::from_hours(1));
    b.store.sweep(100).await.unwrap();
    assert!(kept(b).await.is_empty());
    let anew = committed(b, keyed).await;
    assert_eq!((anew.repeated, anew.receipt), (false, Some(3)), "no number twice");
    assert!(anew.seq > Seq::default());
}
