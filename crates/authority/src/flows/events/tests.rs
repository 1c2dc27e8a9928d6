use super::*;
use crate::testing::{add_user, authority};
use domain::Timestamp;

async fn records(count: usize) -> Vec<EventRecord> {
    let (authority, _) = authority().await;
    for n in 0..count {
        add_user(&authority, &format!("user-{n}")).await;
    }
    authority.store.events_after(0, 10_000).await.unwrap()
}

fn checked(records: &[EventRecord]) -> ChainCheck {
    let mut chain = Chain::from(0, None);
    chain.extend(records);
    chain.result()
}

#[tokio::test]
async fn a_sound_chain_is_sound_in_any_batches() {
    let records = records(6).await;
    let whole = checked(&records);
    assert!(whole.ok && whole.checked == records.len() as u64, "{whole:?}");
    let mut chain = Chain::from(0, None);
    for batch in records.chunks(3) {
        assert!(chain.extend(batch));
    }
    assert_eq!(chain.result(), whole);
}

#[tokio::test]
async fn every_kind_of_tampering_is_found_where_it_begins() {
    let sound = records(6).await;
    assert!(sound.len() >= 8);
    type Tamper = fn(&mut Vec<EventRecord>);
    let tamperings: [(&str, Tamper); 8] = [
        ("a body", |r| r[4].body = r[4].body.replacen('{', "{ ", 1)),
        ("a time", |r| r[4].at = Timestamp::from_ms(r[4].at.as_ms() + 1)),
        ("a kind", |r| r[4].kind = "user.enabled".to_owned()),
        ("a digest", |r| r[4].digest = Digest::of(b"x")),
        ("a removed event", |r| _ = r.remove(4)),
        ("a removed event, numbered anew", |r| {
            r.remove(4);
            for record in r.iter_mut().skip(4) {
                record.number -= 1;
            }
        }),
        ("a repeated event", |r| r.insert(4, r[3].clone())),
        ("two events exchanged", |r| r.swap(4, 5)),
    ];
    for (what, tamper) in tamperings {
        let mut records = sound.clone();
        tamper(&mut records);
        let check = checked(&records);
        assert!(!check.ok && check.checked == 4, "{what}: {check:?}");
        assert!(check.broken_at.is_some() && check.problem.is_some(), "{what}");
        assert_eq!(check.digest, Some(sound[3].digest.to_string()), "{what}");
    }
}

#[tokio::test]
async fn history_forged_as_a_whole_does_not_fit_a_digest_kept_elsewhere() {
    let sound = records(6).await;
    let mut forged: Vec<EventRecord> = sound.iter().take(1).cloned().collect();
    for record in sound.iter().skip(1) {
        let before = forged.last().unwrap().digest;
        let event = domain::event::Event::KeyRemoved { key: "forged".into() };
        forged.push(EventRecord::following(&before, record.number, record.at, &event));
    }
    assert!(checked(&forged).ok, "whole in itself");
    let kept = sound[3].digest;
    let mut chain = Chain::from(4, Some(kept));
    assert!(!chain.extend(&forged[4..]), "but not what was kept");
    let mut chain = Chain::from(4, Some(kept));
    assert!(chain.extend(&sound[4..]));
    assert_eq!(chain.result().anchor, Some(4));
}

#[tokio::test]
async fn a_kept_digest_is_read_strictly() {
    let (authority, _) = authority().await;
    add_user(&authority, "ada").await;
    let records = authority.store.events_after(0, 10).await.unwrap();
    let (first, hex) = (&records[0], records[0].digest.to_string());
    let check = verify(&authority, &format!("after={}&digest={hex}", first.number))
        .await
        .unwrap();
    assert!(check.ok && check.anchor == Some(first.number) && check.checked == records.len() as u64);
    let other = Digest::of(b"x").to_string();
    let check = verify(&authority, &format!("after=1&digest={other}"))
        .await
        .unwrap();
    assert_eq!((check.ok, check.broken_at), (false, Some(1)));
    for bad in [
        "after=1",
        &format!("digest={hex}"),
        "after=1&digest=abc",
        &format!("after=1&digest={}", "+f".repeat(32)),
    ] {
        assert!(
            matches!(verify(&authority, bad).await, Err(Refusal::Invalid(_))),
            "{bad}"
        );
    }
}

#[tokio::test]
async fn the_tail_is_ordered_without_gaps_and_resumes() {
    let (authority, _) = authority().await;
    add_user(&authority, "ada").await;
    let (sink, mut lines) = mpsc::channel(2);
    let task = tokio::spawn(tail(Arc::clone(&authority), 0, sink));
    let mut numbers = Vec::new();
    let mut next = async |lines: &mut mpsc::Receiver<String>| {
        let line: serde_json::Value = serde_json::from_str(&lines.recv().await.unwrap()).unwrap();
        numbers.push(line["number"].as_u64().unwrap());
        (line["kind"].clone(), *numbers.last().unwrap())
    };
    while next(&mut lines).await.0 != "user.added" {}
    add_user(&authority, "bob").await;
    let (kind, bob) = next(&mut lines).await;
    assert_eq!(kind, "user.added", "what happens while it follows is seen too");
    drop(lines);
    let last = task.await.unwrap();
    assert_eq!(last, bob);
    assert!(numbers.iter().copied().eq(1..=bob), "{numbers:?}");
    add_user(&authority, "eve").await;
    let (sink, mut lines) = mpsc::channel(2);
    let task = tokio::spawn(tail(Arc::clone(&authority), last, sink));
    let line: serde_json::Value = serde_json::from_str(&lines.recv().await.unwrap()).unwrap();
    assert_eq!(line["number"], last + 1);
    drop(lines);
    task.await.unwrap();
}

#[tokio::test]
async fn events_that_were_cut_off_are_missed_by_a_kept_digest() {
    let (authority, _) = authority().await;
    add_user(&authority, "ada").await;
    let last = authority.store.events_after(0, 100).await.unwrap().pop().unwrap();
    // What an earlier, longer history ended with.
    let query = format!("after={}&digest={}", last.number + 3, last.digest);
    let check = verify(&authority, &query).await.unwrap();
    assert_eq!((check.ok, check.broken_at), (false, Some(last.number + 3)));
    let query = format!("after={}&digest={}", last.number, last.digest);
    assert!(verify(&authority, &query).await.unwrap().ok);
}

#[tokio::test]
async fn filters_find_what_fits_and_nothing_else() {
    let (authority, _) = authority().await;
    let ada = add_user(&authority, "ada").await;
    add_user(&authority, "bob").await;
    let subject = domain::Subject::User(ada.id);
    let actor = store::intent::Actor::new("admin:ops");
    authority.store.disable_user(ada.id, actor).await.unwrap();
    let kinds = async |query: &str| -> Vec<String> {
        let (views, next) = list(&authority, query).await.unwrap();
        assert_eq!(next, None);
        views.into_iter().map(|v| v.kind).collect()
    };
    assert_eq!(kinds("actor=admin:ops").await, ["user.disabled"]);
    let theirs = kinds(&format!("subject={subject}")).await;
    assert_eq!(theirs, ["user.added", "user.disabled"]);
    assert_eq!(
        kinds("kind=user.*").await,
        ["user.added", "user.added", "user.disabled"]
    );
    assert_eq!(kinds("kind=user.added&actor=admin:ops").await, [""; 0]);
    for bad in ["kind=user", "kind=user*", "kind=nothing.*", "kind=*"] {
        assert!(
            matches!(list(&authority, bad).await, Err(Refusal::Invalid(_))),
            "{bad}"
        );
    }
    let (first, next) = list(&authority, "kind=user.added&limit=1").await.unwrap();
    let (second, _) = list(
        &authority,
        &format!("kind=user.added&limit=1&after={}", next.unwrap()),
    )
    .await
    .unwrap();
    assert!(first[0].number < second[0].number);
}
