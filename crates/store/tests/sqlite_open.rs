//! Opening the embedded store: what is refused, what is kept, and what a directory remembers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod support;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use domain::cookie::Purpose;
use domain::revocation::{Level, Target};
use domain::{Epoch, Seq, Span};
use store::Store;
use store::intent::{KeepReceipt, ReceiptTerms, Revoke, RevokeOutcome};
use store::sqlite::OpenError;
use support::{BOUND, Scratch, number, raw};

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn files_are_closed_to_others() {
    let scratch = Scratch::new();
    let store = scratch.open().unwrap();
    scratch.bench(&store).user("ada").await;
    assert_eq!(mode(&scratch.data()), 0o700);
    for file in std::fs::read_dir(scratch.data()).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[tokio::test]
async fn a_file_open_to_others_is_closed() {
    let scratch = Scratch::new();
    scratch.open().unwrap().close();
    std::fs::set_permissions(scratch.database(), std::fs::Permissions::from_mode(0o644)).unwrap();
    let _store = scratch.open().unwrap();
    assert_eq!(mode(&scratch.database()), 0o600);
}

#[tokio::test]
async fn it_knows_when_it_last_acted() {
    let scratch = Scratch::new();
    let store = scratch.open().unwrap();
    let bench = scratch.bench(&store);
    bench.user("ada").await;
    bench.clock.advance(Span::from_days(1));
    let last = bench.now();
    bench.user("ben").await;
    bench.clock.advance(Span::from_days(1));
    store.close();
    assert_eq!(scratch.open().unwrap().acted_at(), Some(last));
}

#[tokio::test]
async fn a_second_opener_is_refused_until_the_first_closes() {
    let scratch = Scratch::new();
    let store = scratch.open().unwrap();
    let refused = scratch.open().unwrap_err();
    assert!(matches!(refused, OpenError::Locked(_)), "{refused:?}");
    assert!(refused.hint().contains("--data"));
    assert!(matches!(
        scratch.restore(&scratch.at("any")),
        Err(OpenError::Locked(_))
    ));
    store.close();
    let again = scratch.open().unwrap();
    assert!(again.head().await.is_ok());
    assert!(store.head().await.is_err(), "a closed store answers nothing");
}

#[test]
fn another_programs_file_is_refused_and_left_alone() {
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.data()).unwrap();
    raw(&scratch.database())
        .execute_batch("CREATE TABLE notes (a)")
        .unwrap();
    let before = std::fs::read(scratch.database()).unwrap();
    let refused = scratch.open().unwrap_err();
    assert!(matches!(refused, OpenError::Foreign(_)), "{refused:?}");

    std::fs::write(
        scratch.database(),
        "this is a letter, not a database\n".repeat(200),
    )
    .unwrap();
    let refused = scratch.open().unwrap_err();
    assert!(matches!(refused, OpenError::NotADatabase(_)), "{refused:?}");
    assert_ne!(before, std::fs::read(scratch.database()).unwrap());
}

#[tokio::test]
async fn a_newer_store_is_refused_with_both_versions() {
    let scratch = Scratch::new();
    scratch.open().unwrap().close();
    raw(&scratch.database())
        .pragma_update(None, "user_version", 999)
        .unwrap();
    let refused = scratch.open().unwrap_err();
    assert!(
        matches!(refused, OpenError::Newer { found: 999, .. }),
        "{refused:?}"
    );
    assert!(refused.hint().contains("before-v"));
}

#[tokio::test]
async fn a_damaged_store_is_refused() {
    let scratch = Scratch::new();
    let store = scratch.open().unwrap();
    let bench = scratch.bench(&store);
    let user = bench.user("ada").await;
    for _ in 0..15 {
        bench.signed_in(&user).await;
    }
    store.close();
    let mut bytes = std::fs::read(scratch.database()).unwrap();
    assert!(bytes.len() > 40_960);
    // Every page after the first loses the middle: cells, not the file's head.
    for page in bytes.chunks_mut(4096).skip(1) {
        page[100..3000].fill(0x5a);
    }
    std::fs::write(scratch.database(), bytes).unwrap();
    let refused = scratch.open().unwrap_err();
    assert!(matches!(refused, OpenError::Damaged(_)), "{refused:?}");
    assert!(refused.hint().contains("restore"));
}

#[tokio::test]
async fn a_used_directory_without_its_data_is_not_a_new_one() {
    let scratch = Scratch::new();
    scratch.open().unwrap().close();
    std::fs::remove_file(scratch.database()).unwrap();
    let refused = scratch.open().unwrap_err();
    assert!(matches!(refused, OpenError::Missing(_)), "{refused:?}");
    std::fs::write(scratch.database(), "").unwrap();
    assert!(matches!(scratch.open(), Err(OpenError::Missing(_))));
}

/// Power was lost between the first page and the tables.
#[test]
fn a_store_whose_making_was_cut_short_is_made_anew() {
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.data()).unwrap();
    raw(&scratch.database())
        .execute_batch("PRAGMA journal_mode = WAL")
        .unwrap();
    assert!(std::fs::metadata(scratch.database()).unwrap().len() > 0);
    scratch.open().unwrap().close();
    std::fs::remove_file(scratch.database()).unwrap();
    raw(&scratch.database())
        .execute_batch("PRAGMA journal_mode = WAL")
        .unwrap();
    let refused = scratch.open().unwrap_err();
    assert!(
        matches!(refused, OpenError::Foreign(_)),
        "not where a store was: {refused:?}"
    );
}

#[test]
fn directories_are_made_down_to_the_stores_own() {
    let scratch = Scratch::new();
    let deep = scratch.at("a/b/c");
    scratch.open_at(&deep).unwrap().close();
    assert_eq!((mode(&scratch.at("a")), mode(&deep)), (0o700, 0o700));
    std::fs::write(scratch.at("file"), "").unwrap();
    assert!(matches!(
        scratch.open_at(&scratch.at("file/x")),
        Err(OpenError::Io { .. })
    ));
}

#[tokio::test]
async fn reopening_keeps_everything() {
    let scratch = Scratch::new();
    let store = scratch.open().unwrap();
    let bench = scratch.bench(&store);
    let user = bench.user("ada").await;
    let session = bench.signed_in(&user).await;
    let held = bench.granted(&session, BOUND).await;
    bench.revoke(Target::Tenant("other".parse().unwrap())).await;
    store.raise_largest_lease(Span::from_secs(30)).await.unwrap();
    store.raise_largest_lease(Span::from_secs(10)).await.unwrap();
    let before = (
        store.head().await.unwrap(),
        store.snapshot().await.unwrap(),
        bench.events().await,
        store.session(session.id, &Purpose::Authority).await.unwrap(),
        store.user_by_name(" ADA ").await.unwrap(),
        store.grant(held.grant.id).await.unwrap(),
    );
    store.close();

    let store = scratch.open().unwrap();
    let bench = scratch.bench(&store);
    let after = (
        store.head().await.unwrap(),
        store.snapshot().await.unwrap(),
        bench.events().await,
        store.session(session.id, &Purpose::Authority).await.unwrap(),
        store.user_by_name(" ADA ").await.unwrap(),
        store.grant(held.grant.id).await.unwrap(),
    );
    assert_eq!(before, after);
    assert!(after.3.unwrap().1.is_some() && after.4.is_some());
    assert_eq!(store.largest_lease().await, Ok(Span::from_secs(30)));
    assert_eq!(after.0.seq.epoch(), Epoch::FIRST);
    bench.audit().await;
    let (rotation, _) = bench.refresh(&held.token).await;
    assert!(
        matches!(rotation, store::intent::Rotation::Rotated(_)),
        "{rotation:?}"
    );
}

#[tokio::test]
async fn a_repeated_revocation_is_known_after_a_restart() {
    let scratch = Scratch::new();
    let store = scratch.open().unwrap();
    let actor = store::intent::Actor::new("admin:test");
    let request = Revoke {
        targets: vec![Target::Client("web".parse().unwrap())],
        reason: "leaked".to_owned(),
        actor,
        receipt: Some(KeepReceipt {
            idempotency_key: Some("ticket 7".to_owned()),
            level: Level::Durable,
            terms: ReceiptTerms::default(),
        }),
    };
    let RevokeOutcome::Committed(first) = store.revoke(request.clone()).await.unwrap() else {
        panic!("conflict")
    };
    let kept = store.receipts(None, 10).await.unwrap();
    store.close();

    let store = scratch.open().unwrap();
    let again = store.revoke(request.clone()).await.unwrap();
    assert!(
        matches!(&again, RevokeOutcome::Committed(c) if c.repeated && (c.seq, c.receipt) == (first.seq, first.receipt)),
        "{again:?}"
    );
    let other = Revoke {
        targets: vec![Target::All],
        ..request
    };
    assert_eq!(store.revoke(other).await, Ok(RevokeOutcome::Conflict));
    assert_eq!(store.receipts(None, 10).await.unwrap(), kept);
    assert_eq!(store.head().await.unwrap().seq, first.seq);
}

#[tokio::test]
async fn an_orderly_stop_leaves_one_data_file() {
    let scratch = Scratch::new();
    let store = scratch.open().unwrap();
    scratch.bench(&store).user("ada").await;
    drop(store);
    assert!(!scratch.at("data/symbolon.db-wal").exists());
    let plain = raw(&scratch.database());
    assert_eq!(number(&plain, "SELECT count(*) FROM users"), 1);
}

/// A copy of the data made by hand, put back after more was revoked.
#[tokio::test]
async fn data_older_than_the_directory_remembers_starts_an_epoch_in_which_all_is_dead() {
    let scratch = Scratch::new();
    let store = scratch.open().unwrap();
    let bench = scratch.bench(&store);
    let user = bench.user("ada").await;
    let session = bench.signed_in(&user).await;
    store.close();
    std::fs::copy(scratch.database(), scratch.at("by-hand.db")).unwrap();

    let store = scratch.open().unwrap();
    let revoked = scratch.bench(&store).revoke(Target::Session(session.id)).await;
    store.close();
    std::fs::copy(scratch.at("by-hand.db"), scratch.database()).unwrap();

    let store = scratch.open().unwrap();
    let bench = scratch.bench(&store);
    let head = bench.head().await;
    assert!(head > revoked.seq);
    assert_eq!(head.epoch().as_u32(), 2);
    assert!(!bench.lives(&session).await);
    let last = bench.kinds(0).await;
    assert!(last.contains(&"store.epoch_started".to_owned()), "{last:?}");
    bench.audit().await;
    let later = bench.signed_in(&user).await;
    assert!(bench.lives(&later).await, "a login that began after it lives");
}

/// Another store's data, or this one's without what the directory remembers.
#[tokio::test]
async fn data_of_another_directory_starts_an_epoch() {
    let scratch = Scratch::new();
    scratch.open().unwrap().close();
    let store = scratch.open_at(&scratch.at("other")).unwrap();
    let bench = scratch.bench(&store);
    let user = bench.user("ada").await;
    let session = bench.signed_in(&user).await;
    store.close();

    std::fs::create_dir(scratch.at("copy")).unwrap();
    std::fs::copy(scratch.at("other/symbolon.db"), scratch.at("copy/symbolon.db")).unwrap();
    std::fs::copy(scratch.at("other/symbolon.db"), scratch.database()).unwrap();
    for directory in [scratch.at("copy"), scratch.data()] {
        let store = scratch.open_at(&directory).unwrap();
        let bench = scratch.bench(&store);
        assert_eq!(bench.head().await.epoch().as_u32(), 2, "{}", directory.display());
        assert!(!bench.lives(&session).await);
        store.close();
        let again = scratch.open_at(&directory).unwrap();
        assert_eq!(again.head().await.unwrap().seq.epoch().as_u32(), 2, "only once");
    }
    let same = scratch.open_at(&scratch.at("other")).unwrap();
    assert_eq!(same.head().await.unwrap().seq, Seq::start_of(Epoch::FIRST));
    assert!(scratch.bench(&same).lives(&session).await);
}

#[tokio::test]
async fn positions_of_an_earlier_epoch_are_not_part_of_the_log() {
    let scratch = Scratch::new();
    let store = scratch.open().unwrap();
    let bench = scratch.bench(&store);
    let first = bench.revoke(Target::Client("web".parse().unwrap())).await;
    let start = Seq::start_of(Epoch::FIRST);
    assert!(store.digest_at(first.seq).await.unwrap().is_some());
    store.close();
    std::fs::remove_file(scratch.at("data/instance")).unwrap();

    let store = scratch.open().unwrap();
    assert_eq!(store.digest_at(first.seq).await, Ok(None));
    assert_eq!(store.digest_at(start).await, Ok(None));
    let entries = store.entries_after(start, 10).await.unwrap();
    let targets: Vec<_> = entries.iter().map(|e| e.target.clone()).collect();
    assert_eq!(targets, [Target::All]);
    let marks = store.snapshot().await.unwrap().marks;
    assert!(
        marks.contains(&(Target::Client("web".parse().unwrap()), first.seq)),
        "marks stay"
    );
}
