//! The engine through the port: group commit, no room, the size of a session, and an orderly stop.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod support;

use domain::cookie::Purpose;
use domain::revocation::Target;
use domain::session::Origin;
use domain::{Span, Subject};
use store::intent::{SessionCreation, SessionFilter};
use store::{Store, StoreError};
use support::{BOUND, Scratch, number, raw};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_writers_share_commits() {
    let scratch = Scratch::new();
    let store = scratch.open().unwrap();
    let bench = scratch.bench(&store);
    let mut users = Vec::new();
    for n in 0..64 {
        users.push(bench.user(&format!("user-{n}")).await);
    }
    let before = (store.counters().jobs(), store.counters().batches());
    let tasks: Vec<_> = users
        .into_iter()
        .map(|user| {
            let bench = bench.clone();
            tokio::spawn(async move {
                for _ in 0..8 {
                    bench.signed_in(&user).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let jobs = store.counters().jobs() - before.0;
    let batches = store.counters().batches() - before.1;
    assert_eq!(jobs, 512);
    assert!(batches * 2 <= jobs, "{batches} commits for {jobs} writes");
    assert_eq!(
        store.counters().failed_jobs() + store.counters().failed_commits(),
        0
    );
    assert!(store.counters().reads() >= 512, "each login read the head");
    bench.audit().await;
}

#[tokio::test]
async fn what_is_read_is_committed_and_what_was_answered_is_read() {
    let scratch = Scratch::new();
    let store = scratch.open().unwrap();
    let bench = scratch.bench(&store);
    for n in 0..50 {
        let committed = bench
            .revoke(Target::Client(format!("c{n}").parse().unwrap()))
            .await;
        assert_eq!(bench.head().await, committed.seq);
    }
}

/// What meets the full disk depends on the room that is left: a session, its face or its event.
#[tokio::test]
async fn a_full_disk_refuses_writes_keeps_reads_and_recovers() {
    for pages in 1..=8 {
        full_disk(pages).await;
    }
}

async fn full_disk(pages: u64) {
    let scratch = Scratch::new();
    let store = scratch.open().unwrap();
    let bench = scratch.bench(&store);
    let user = bench.user("ada").await;
    let session = bench.signed_in(&user).await;
    let used = number(&raw(&scratch.database()), "PRAGMA page_count");
    let room = (u64::try_from(used).unwrap() + pages) * 4096;
    let bound = store.limit_bytes(room).await.unwrap();
    assert!(bound <= room);
    let mut kept = 0;
    let refused = loop {
        let mut login = bench.login(&user, bench.head().await);
        // A login beyond the cap would tidy rows away.
        login.cap = 10_000;
        match store.create_session(login).await {
            Ok(SessionCreation::Created { .. }) => kept += 1,
            other => break other,
        }
        assert!(kept < 10_000, "never full");
    };
    assert_eq!(refused, Err(StoreError::Full));
    assert!(refused.unwrap_err().is_retryable());
    assert!(
        store
            .session(session.id, &Purpose::Authority)
            .await
            .unwrap()
            .is_some()
    );
    bench.audit().await;
    let rows = raw(&scratch.database());
    assert_eq!(
        number(&rows, "SELECT count(*) FROM sessions"),
        kept + 1,
        "nothing half-written, {pages} pages before"
    );
    assert_eq!(number(&rows, "SELECT count(*) FROM faces"), kept + 1);

    store.limit_bytes(1 << 30).await.unwrap();
    let later = bench.signed_in(&user).await;
    assert!(bench.lives(&later).await);
    bench.audit().await;
}

/// The disk's room that sessions take, indexes and faces included; events apart.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_sessions_take_at_most_700_bytes_each() {
    const SESSIONS: usize = 10_000;
    const USERS: usize = 500;
    let scratch = Scratch::new();
    let store = scratch.open().unwrap();
    let bench = scratch.bench(&store);
    let agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
    let mut users = Vec::new();
    for n in 0..USERS {
        users.push(bench.user(&format!("user-{n}")).await);
    }
    let mut logins = Vec::new();
    for n in 0..SESSIONS {
        scratch.clock.advance(Span::from_ms(7));
        let mut login = bench.login(&users[n % USERS], bench.head().await);
        login.session.origin = Origin::new(Some([198, 51, 100, 7].into()), agent);
        login.secret = domain::Digest::of(&n.to_be_bytes());
        let store = store.clone();
        logins.push(tokio::spawn(async move { store.create_session(login).await }));
        if logins.len() == 500 {
            for login in logins.drain(..) {
                let created = login.await.unwrap().unwrap();
                assert!(matches!(created, SessionCreation::Created { .. }), "{created:?}");
            }
        }
    }
    store.close();
    let file = raw(&scratch.database());
    assert_eq!(
        number(&file, "SELECT count(*) FROM sessions"),
        i64::try_from(SESSIONS).unwrap()
    );
    let page = number(&file, "PRAGMA page_size");
    let before = number(&file, "PRAGMA page_count");
    file.execute_batch(
        "PRAGMA secure_delete = OFF; PRAGMA foreign_keys = OFF; DELETE FROM sessions; DELETE FROM faces",
    )
    .unwrap();
    let freed = number(&file, "PRAGMA freelist_count");
    assert!(freed < before);
    let each = freed * page / i64::try_from(SESSIONS).unwrap();
    assert!((100..=700).contains(&each), "{each} bytes a session");
}

#[tokio::test]
async fn closing_answers_what_waits_and_refuses_what_comes_later() {
    let scratch = Scratch::new();
    let store = scratch.open().unwrap();
    let bench = scratch.bench(&store);
    let user = bench.user("ada").await;
    let login = bench.login(&user, bench.head().await);
    let own = store.clone();
    let waiting = tokio::spawn(async move { own.create_session(login).await });
    tokio::task::yield_now().await;
    store.close();
    assert!(matches!(
        waiting.await.unwrap(),
        Ok(SessionCreation::Created { .. })
    ));
    let refused = store.sweep(10).await.unwrap_err();
    assert!(matches!(refused, StoreError::Unavailable(_)) && refused.is_retryable());
    store.close();
    assert_eq!(
        number(&raw(&scratch.database()), "SELECT count(*) FROM sessions"),
        1
    );
}

#[tokio::test]
async fn a_sweep_reaches_every_row_a_window_at_a_time() {
    let scratch = Scratch::new();
    let store = scratch.open().unwrap();
    let bench = scratch.bench(&store);
    let user = bench.user("ada").await;
    for _ in 0..15 {
        let session = bench.signed_in(&user).await;
        bench.granted(&session, BOUND).await;
    }
    assert_eq!(store.sweep(1000).await, Ok(0), "all of it lives");
    scratch.clock.advance(Span::from_days(40));
    // Another user's: a login tidies its own subject's rows away.
    let other = bench.user("bob").await;
    let live = bench.signed_in(&other).await;
    let mut swept = 0;
    for _ in 0..20 {
        let some = store.sweep(4).await.unwrap();
        assert!(some <= 4);
        swept += some;
    }
    assert_eq!(swept, 15 * 4, "sessions, families, grants and codes");
    let rows = raw(&scratch.database());
    for table in ["families", "grants", "codes"] {
        assert_eq!(
            number(&rows, &format!("SELECT count(*) FROM {table}")),
            0,
            "{table}"
        );
    }
    let filter = SessionFilter {
        subject: Some(Subject::User(other.id)),
        limit: 10,
        ..SessionFilter::default()
    };
    let left: Vec<_> = store
        .sessions(filter)
        .await
        .unwrap()
        .iter()
        .map(|s| s.id)
        .collect();
    assert_eq!(left, [live.id]);
    bench.audit().await;
}
