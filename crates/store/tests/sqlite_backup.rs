//! Backup while running; restore with a new epoch.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod support;

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::admin_token::{AdminScope, AdminToken};
use domain::cookie::Purpose;
use domain::key::{Algorithm, KeyId, KeyRow, KeyState, KeyUse};
use domain::revocation::{Position, Target};
use domain::{Epoch, Span, Subject};
use store::Store;
use store::contract::Bench;
use store::intent::{
    Actor, AddAdminToken, AdminTokenAddition, KeyChange, KeyStep, Rotation, Setup, SetupCode,
};
use store::sqlite::{OpenError, SqliteStore};
use support::{BOUND, Scratch, number, raw};

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_under_load_is_one_moment() {
    let scratch = Scratch::new();
    let store = scratch.open().unwrap();
    let bench = scratch.bench(&store);
    let user = bench.user("ada").await;
    for _ in 0..300 {
        bench.signed_in(&user).await;
    }
    let stop = Arc::new(AtomicBool::new(false));
    let load = {
        let (bench, user, stop) = (bench.clone(), user.clone(), Arc::clone(&stop));
        tokio::spawn(async move {
            let mut written = 0u32;
            while !stop.load(Ordering::Relaxed) {
                bench.signed_in(&user).await;
                written += 1;
            }
            written
        })
    };
    let to = scratch.at("backup.db");
    let (own, file) = (Arc::clone(&store), to.clone());
    let made = tokio::task::spawn_blocking(move || {
        let mut steps = Vec::new();
        let report = own.backup(&file, &mut |progress| steps.push(progress));
        (report, steps)
    });
    let (report, steps) = made.await.unwrap();
    let report = report.unwrap();
    stop.store(true, Ordering::Relaxed);
    assert!(load.await.unwrap() > 0);
    let last = steps.last().unwrap();
    assert_eq!(last.done, last.total);
    assert_eq!(std::fs::metadata(&to).unwrap().len(), report.bytes);
    assert_eq!(
        std::fs::metadata(&to).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert!(!scratch.at("backup.db.partial").exists());

    // One moment: each session has its face, each event of one its notice, and nothing is half there.
    let copy = raw(&to);
    assert_eq!(
        number(&copy, "SELECT count(*) FROM sessions"),
        number(&copy, "SELECT count(*) FROM faces")
    );
    let told = "SELECT count(*) FROM events WHERE kind IN ('session.created', 'session.ended')";
    assert_eq!(
        number(&copy, "SELECT count(*) FROM events_told"),
        number(&copy, told)
    );
    assert_eq!(
        number(&copy, "SELECT count(*) FROM events"),
        i64::try_from(report.events).unwrap()
    );
    let said: String = copy
        .query_row("PRAGMA integrity_check", [], |r| r.get(0))
        .unwrap();
    assert_eq!(said, "ok");
}

#[tokio::test]
async fn a_backup_never_overwrites() {
    let scratch = Scratch::new();
    let store = scratch.open().unwrap();
    let to = scratch.at("backup.db");
    std::fs::write(&to, "precious").unwrap();
    let refused = store.backup(&to, &mut |_| ()).unwrap_err();
    assert!(matches!(refused, OpenError::Exists(_)), "{refused:?}");
    assert_eq!(std::fs::read(&to).unwrap(), b"precious");
    let nowhere = scratch.at("no/such/directory.db");
    assert!(matches!(
        store.backup(&nowhere, &mut |_| ()),
        Err(OpenError::Io { .. })
    ));
}

#[tokio::test]
async fn a_restored_store_refuses_what_was_issued_before() {
    let scratch = Scratch::new();
    let store = scratch.open().unwrap();
    let bench = scratch.bench(&store);
    let user = bench.user("ada").await;
    let session = bench.signed_in(&user).await;
    let held = bench.granted(&session, BOUND).await;
    let to = scratch.at("backup.db");
    store.backup(&to, &mut |_| ()).unwrap();
    // After the backup: a revocation, a password-like end, and a session that the backup does not know.
    let revoked = bench.revoke(Target::Subject(session.subject.clone())).await;
    let unknown = bench.signed_in(&user).await;
    store.raise_largest_lease(Span::from_secs(40)).await.unwrap();
    store.put_longest_exception(Span::from_secs(50)).await.unwrap();
    store.close();

    scratch.clock.advance(Span::from_mins(1));
    let restored = scratch.restore(&to).unwrap();
    assert!(restored.epoch > revoked.seq.epoch());
    let kept = restored.replaced.unwrap();
    assert!(
        kept.to_str().unwrap().contains("symbolon.db.replaced-"),
        "{kept:?}"
    );
    // The later login tidied away the session that was revoked before it.
    assert_eq!(number(&raw(&kept), "SELECT count(*) FROM sessions"), 1);

    let store = scratch.open().unwrap();
    let bench = scratch.bench(&store);
    assert_eq!(
        bench.head().await,
        restored.head,
        "opening it starts no further epoch"
    );
    assert!(restored.head > revoked.seq);
    assert!(
        !bench.lives(&session).await,
        "revoked after the backup, and still dead"
    );
    assert!(!bench.lives(&unknown).await);
    let (rotation, _) = bench.refresh(&held.token).await;
    assert_eq!(rotation, Rotation::Revoked);
    assert_eq!(
        store.largest_lease().await,
        Ok(Span::from_secs(40)),
        "a lease of the replaced store may live"
    );
    assert_eq!(
        store.longest_exception().await,
        Ok(Span::from_secs(50)),
        "and an exception after it"
    );
    bench.audit().await;
    let events = bench.events().await;
    assert!(
        events
            .iter()
            .any(|e| e.kind == "store.epoch_started" && e.body.contains("restore"))
    );
    let later = bench.signed_in(&user).await;
    assert!(bench.lives(&later).await);
}

#[tokio::test]
async fn a_restore_is_above_both_epochs() {
    let scratch = Scratch::new();
    let store = scratch.open().unwrap();
    let first = scratch.at("first.db");
    store.backup(&first, &mut |_| ()).unwrap();
    store.close();
    for epoch in 2..5 {
        assert_eq!(scratch.restore(&first).unwrap().epoch.as_u32(), epoch);
    }
    let late = scratch.at("late.db");
    let store = scratch.open().unwrap();
    store.backup(&late, &mut |_| ()).unwrap();
    store.close();
    // Into an empty directory: above the backup's own.
    std::fs::remove_dir_all(scratch.data()).unwrap();
    let restored = scratch.restore(&late).unwrap();
    assert_eq!((restored.epoch.as_u32(), restored.replaced), (5, None));
    assert_eq!(scratch.open().unwrap().head().await.unwrap().seq, restored.head);
}

#[tokio::test]
async fn a_restore_over_a_damaged_store_passes_epochs_over() {
    let scratch = Scratch::new();
    let store = scratch.open().unwrap();
    let to = scratch.at("backup.db");
    store.backup(&to, &mut |_| ()).unwrap();
    store.close();
    std::fs::write(scratch.database(), "damaged").unwrap();
    std::fs::write(scratch.at("data/symbolon.db-wal"), "damaged too").unwrap();
    let restored = scratch.restore(&to).unwrap();
    assert!(restored.epoch.as_u32() > 60, "{:?}", restored.epoch);
    let kept = restored.replaced.unwrap();
    assert_eq!(std::fs::read(&kept).unwrap(), b"damaged");
    let store = scratch.open().unwrap();
    assert_eq!(store.head().await.unwrap().seq, restored.head);
    scratch.bench(&store).audit().await;
}

/// The data file is lost, the log file beside it is not.
#[tokio::test]
async fn a_log_file_without_its_data_never_meets_the_backups() {
    let scratch = Scratch::new();
    let store = scratch.open().unwrap();
    let bench = scratch.bench(&store);
    let user = bench.user("ada").await;
    store.backup(&scratch.at("backup.db"), &mut |_| ()).unwrap();
    let later = bench.signed_in(&user).await;
    let log = scratch.at("data/symbolon.db-wal");
    std::fs::copy(&log, scratch.at("log")).unwrap();
    store.close();
    std::fs::remove_file(scratch.database()).unwrap();
    std::fs::rename(scratch.at("log"), &log).unwrap();

    let restored = scratch.restore(&scratch.at("backup.db")).unwrap();
    assert_eq!(restored.replaced, None);
    let store = scratch.open().unwrap();
    let bench = scratch.bench(&store);
    assert_eq!(bench.head().await, restored.head);
    assert!(
        store
            .session(later.id, &Purpose::Authority)
            .await
            .unwrap()
            .is_none()
    );
    assert!(store.user(user.id).await.unwrap().is_some());
    bench.audit().await;
}

#[tokio::test]
async fn what_is_no_backup_of_ours_changes_nothing() {
    let scratch = Scratch::new();
    let store = scratch.open().unwrap();
    let bench = scratch.bench(&store);
    bench.revoke(Target::Client("web".parse().unwrap())).await;
    let head = bench.head().await;
    let good = scratch.at("good.db");
    store.backup(&good, &mut |_| ()).unwrap();
    store.close();

    let (foreign, text, tampered, newer) = (
        scratch.at("f.db"),
        scratch.at("t.db"),
        scratch.at("c.db"),
        scratch.at("n.db"),
    );
    raw(&foreign).execute_batch("CREATE TABLE notes (a)").unwrap();
    std::fs::write(
        &text,
        "not a database, but long enough to look like one".repeat(100),
    )
    .unwrap();
    std::fs::copy(&good, &tampered).unwrap();
    raw(&tampered).execute_batch("DELETE FROM watermarks").unwrap();
    std::fs::copy(&good, &newer).unwrap();
    raw(&newer).pragma_update(None, "user_version", 999).unwrap();
    assert!(matches!(scratch.restore(&foreign), Err(OpenError::Foreign(_))));
    assert!(matches!(scratch.restore(&text), Err(OpenError::NotADatabase(_))));
    assert!(matches!(scratch.restore(&tampered), Err(OpenError::Damaged(_))));
    assert!(matches!(
        scratch.restore(&newer),
        Err(OpenError::Newer { found: 999, .. })
    ));
    assert!(matches!(
        scratch.restore(&scratch.at("none.db")),
        Err(OpenError::Io { .. })
    ));

    let store = scratch.open().unwrap();
    assert_eq!(store.head().await.unwrap().seq, head);
    assert_eq!(head.epoch(), Epoch::FIRST);
    let names: Vec<_> = std::fs::read_dir(scratch.data())
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(
        names
            .iter()
            .all(|n| !n.contains("restoring") && !n.contains("replaced")),
        "{names:?}"
    );
}

/// A backup that is put in place with `cp` instead of `restore`.
#[tokio::test]
async fn a_backup_put_in_place_by_hand_starts_an_epoch() {
    let scratch = Scratch::new();
    let store = scratch.open().unwrap();
    // What a crash leaves: no position that would show the backup to be the older one. Only its name tells.
    let instance = scratch.database().with_file_name("instance");
    let remembered = std::fs::read(&instance).unwrap();
    let bench = scratch.bench(&store);
    let user = bench.user("ada").await;
    let session = bench.signed_in(&user).await;
    let to = scratch.at("backup.db");
    store.backup(&to, &mut |_| ()).unwrap();
    bench.revoke(Target::Session(session.id)).await;
    store.close();
    std::fs::write(&instance, remembered).unwrap();
    std::fs::copy(&to, scratch.database()).unwrap();
    let store = scratch.open().unwrap();
    let bench = scratch.bench(&store);
    assert_eq!(bench.head().await.epoch().as_u32(), 2);
    assert!(!bench.lives(&session).await);
}

/// A key that leaked after the backup was retired by an emergency; its thief chooses `rs` at will.
#[tokio::test]
async fn no_key_survives_a_restore_and_no_set_up_code() {
    let scratch = Scratch::new();
    let store = scratch.open().unwrap();
    let bench = scratch.bench(&store);
    let leaked = KeyRow {
        id: KeyId::new("k1").unwrap(),
        usage: KeyUse::Signing(Algorithm::Es256),
        state: KeyState::Announced,
        sealed: vec![7; 60],
        public: Some("{}".to_owned()),
        announced_at: bench.now(),
        since: bench.now(),
    };
    let announced = store
        .change_key(KeyStep::Announce(leaked.clone()), Actor::system())
        .await;
    assert_eq!(announced, Ok(KeyChange::Done));
    let code = SetupCode {
        digest: bench.digest(),
        expires_at: bench.now() + Span::from_mins(15),
    };
    store.put_setup_code(code, Actor::new("cli")).await.unwrap();
    let to = scratch.at("backup.db");
    store.backup(&to, &mut |_| ()).unwrap();
    bench.revoke(Target::Key(leaked.id.clone())).await;
    let admin = bench.user_row("root");
    assert_eq!(
        store.complete_setup(code.digest, admin.clone()).await,
        Ok(Setup::Done)
    );
    store.close();

    let restored = scratch.restore(&to).unwrap();
    let store = scratch.open().unwrap();
    let bench = scratch.bench(&store);
    let keys = store.keys().await.unwrap();
    assert_eq!(keys.len(), 1, "its id is never used again");
    assert_eq!((keys[0].state, keys[0].sealed.len()), (KeyState::Removed, 0));
    let forged = Position {
        key: Some(leaked.id.clone()),
        ..Position::of(Subject::User(admin.id), restored.head)
    };
    assert_eq!(store.is_revoked(forged.clone()).await, Ok(true));
    let honest = Position { key: None, ..forged };
    assert_eq!(store.is_revoked(honest).await, Ok(false));
    assert_eq!(
        store.complete_setup(code.digest, admin).await,
        Ok(Setup::Refused),
        "it was spent"
    );
    assert!(bench.kinds(0).await.contains(&"key.removed".to_owned()));
    bench.audit().await;
}

/// A store with the feed's key and three edges, and a backup of it. After the backup one edge was removed, one was added.
async fn with_edges(scratch: &Scratch) -> Arc<SqliteStore> {
    let store = scratch.open().unwrap();
    let bench = scratch.bench(&store);
    announce(&bench, "feed-1", KeyUse::Feed, "certificate").await;
    announce(&bench, "signs", KeyUse::Signing(Algorithm::Es256), "{}").await;
    for name in ["fra-1", "fra-2", "gone-before"] {
        announce(&bench, &format!("edge-{name}"), KeyUse::Edge, name).await;
    }
    bench.revoke(edge_key("gone-before")).await;
    store.backup(&scratch.at("backup.db"), &mut |_| ()).unwrap();
    bench.revoke(edge_key("fra-2")).await;
    announce(&bench, "edge-fra-3", KeyUse::Edge, "fra-3").await;
    store
}

async fn announce(bench: &Bench, id: &str, usage: KeyUse, public: &str) {
    let row = KeyRow {
        id: KeyId::new(id).unwrap(),
        usage,
        state: KeyState::Announced,
        sealed: vec![7; 60],
        public: Some(public.to_owned()),
        announced_at: bench.now(),
        since: bench.now(),
    };
    let done = bench
        .store
        .change_key(KeyStep::Announce(row), Actor::system())
        .await;
    assert_eq!(done, Ok(KeyChange::Done));
}

fn edge_key(name: &str) -> Target {
    Target::Key(KeyId::new(&format!("edge-{name}")).unwrap())
}

/// Names of edges whose credential the feed would accept.
async fn good_edges(store: &Arc<SqliteStore>) -> Vec<String> {
    let head = store.head().await.unwrap().seq;
    let mut good = Vec::new();
    for row in store.keys().await.unwrap() {
        let position = Position {
            key: Some(row.id),
            ..Position::of(Subject::Client("edge".parse().unwrap()), head)
        };
        let is_good = row.state != KeyState::Removed && store.is_revoked(position).await == Ok(false);
        if row.usage == KeyUse::Edge && is_good {
            good.push(row.public.unwrap());
        }
    }
    good
}

#[tokio::test]
async fn a_restore_keeps_edges_but_those_that_were_removed() {
    // The replaced store is there; it is lost; it is lost and so is the directory, and nothing is known of what came after.
    for (lost, kept) in [
        ("", &["fra-1"][..]),
        ("data", &["fra-1"]),
        ("all", &["fra-1", "fra-2"]),
    ] {
        let scratch = Scratch::new();
        with_edges(&scratch).await.close();
        match lost {
            "data" => std::fs::remove_file(scratch.database()).unwrap(),
            "all" => std::fs::remove_dir_all(scratch.data()).unwrap(),
            _ => {}
        }
        let restored = scratch.restore(&scratch.at("backup.db")).unwrap();
        let told: Vec<&str> = restored.edges.iter().map(|edge| edge.name.as_str()).collect();
        assert_eq!(told, kept, "lost: {lost}");
        let ended: Vec<&str> = restored.ended_edges.iter().map(String::as_str).collect();
        let expected: &[&str] = match lost {
            "" => &["fra-2", "fra-3", "gone-before"],
            "data" => &["fra-2", "gone-before"],
            _ => &["gone-before"],
        };
        assert_eq!(ended, expected, "lost: {lost}");
        let store = scratch.open().unwrap();
        assert_eq!(good_edges(&store).await, kept, "lost: {lost}");
        let rows = store.keys().await.unwrap();
        let of = |id: &str| rows.iter().find(|row| row.id.as_str() == id).unwrap();
        assert_eq!(
            (of("feed-1").state, of("feed-1").sealed.len()),
            (KeyState::Announced, 60)
        );
        assert_eq!(
            (of("signs").state, of("signs").sealed.len()),
            (KeyState::Removed, 0)
        );
        scratch.bench(&store).audit().await;
    }
}

#[tokio::test]
async fn what_a_restore_ended_does_not_come_back_by_a_later_one() {
    let scratch = Scratch::new();
    let store = with_edges(&scratch).await;
    let to = scratch.at("backup.db");
    // Knows an edge that the first backup does not: nobody will end that one by its name.
    let knows_more = scratch.at("knows-more.db");
    store.backup(&knows_more, &mut |_| ()).unwrap();
    store.close();
    let restored = scratch.restore_edges(&to, true).unwrap();
    assert_eq!(restored.edges, []);
    assert!(restored.ended_edges.contains("fra-1"));
    assert_eq!(good_edges(&scratch.open().unwrap()).await, [""; 0]);
    // The same backup again, and the store of in between is lost: the feed's own key was ended, and all it certified with it.
    std::fs::remove_file(scratch.database()).unwrap();
    assert_eq!(scratch.restore(&to).unwrap().edges, []);
    std::fs::remove_file(scratch.database()).unwrap();
    assert_eq!(scratch.restore(&knows_more).unwrap().edges, []);
    let store = scratch.open().unwrap();
    assert_eq!(good_edges(&store).await, [""; 0]);
    // What another key of the feed certifies goes on.
    let bench = scratch.bench(&store);
    announce(&bench, "feed-2", KeyUse::Feed, "certificate").await;
    announce(&bench, "edge-fra-9", KeyUse::Edge, "fra-9").await;
    let later = scratch.at("later.db");
    store.backup(&later, &mut |_| ()).unwrap();
    store.close();
    assert_eq!(scratch.restore(&later).unwrap().edges[0].name, "fra-9");
    assert_eq!(good_edges(&scratch.open().unwrap()).await, ["fra-9"]);
}

/// Put in place by hand: nobody is told which edges would go on, so none does.
#[tokio::test]
async fn data_that_the_directory_does_not_know_ends_every_edge() {
    let scratch = Scratch::new();
    let store = with_edges(&scratch).await;
    assert_eq!(good_edges(&store).await, ["fra-1", "fra-3"]);
    store.close();
    std::fs::copy(scratch.at("backup.db"), scratch.database()).unwrap();
    assert_eq!(good_edges(&scratch.open().unwrap()).await, [""; 0]);
}

/// A token of the admin API that was removed after the backup, because it leaked.
#[tokio::test]
async fn no_admin_token_survives_a_restore() {
    let scratch = Scratch::new();
    let store = scratch.open().unwrap();
    let bench = scratch.bench(&store);
    let token = AdminToken {
        id: bench.id(),
        name: "ops".parse().unwrap(),
        digest: bench.digest(),
        scopes: AdminScope::ALL.iter().copied().collect(),
        made_by: None,
        created_at: bench.now(),
        expires_at: bench.now() + Span::from_days(90),
        used_at: None,
    };
    let intent = AddAdminToken {
        token: token.clone(),
        actor: Actor::new("admin:local"),
    };
    let added = store.add_admin_token(intent).await;
    assert_eq!(added, Ok(AdminTokenAddition::Added));
    let to = scratch.at("backup.db");
    store.backup(&to, &mut |_| ()).unwrap();
    store.close();
    scratch.restore(&to).unwrap();
    let store = scratch.open().unwrap();
    assert_eq!(store.admin_token(token.digest).await, Ok(None));
    let bench = scratch.bench(&store);
    assert!(bench.kinds(0).await.contains(&"admin_token.removed".to_owned()));
    bench.audit().await;
}
