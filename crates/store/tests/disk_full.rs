//! A full disk: ordinary writes are refused, reads go on, revocations are written as long as the reserve lasts, and all
//! goes on by itself when there is room.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod support;

use std::sync::Arc;

use domain::client::RegisteredSecret;
use domain::key::{KeyId, KeyRow, KeyState, KeyUse};
use domain::revocation::Target;
use domain::session::Session;
use domain::{Clock, Span};
use faults::{Disk, Draw};
use store::contract::Bench;
use store::intent::{
    Actor, AddUser, EndSession, Ending, KeyRetirement, KeyStep, RetireKey, RotateClientSecret,
    SecretRotation, UserAddition,
};
use store::sqlite::{Means, SqliteStore};
use store::{Store, StoreError};
use support::{Scratch, entropy, load, number, raw};

const RESERVE: u64 = 4 << 20;
const MEANS: Means = Means {
    reserve_bytes: RESERVE,
    cache_bytes: 1 << 20,
};

struct Stage {
    scratch: Scratch,
    disk: Disk,
}

impl Stage {
    fn new() -> Self {
        let scratch = Scratch::new();
        let disk = Disk::watch(&scratch.root()).unwrap();
        Self { scratch, disk }
    }

    fn open(&self) -> (Arc<SqliteStore>, Bench) {
        let clock: Arc<dyn Clock> = self.scratch.clock.clone();
        let at = self.scratch.root().join("data");
        let store = SqliteStore::open_within(&at, clock, entropy(), MEANS).unwrap();
        let bench = self.scratch.bench(&store);
        (store, bench)
    }

    fn reserve(&self) -> u64 {
        std::fs::metadata(self.scratch.at("data/reserve")).unwrap().len()
    }

    /// Adds users until one finds no room.
    async fn fill(&self, bench: &Bench, room: u64) -> u32 {
        self.disk.set_room(Some(room));
        for n in 0.. {
            match add_user(bench, &format!("filler-{room}-{n}")).await {
                Ok(_) => {}
                Err(StoreError::Full) => return n,
                Err(other) => panic!("{other}"),
            }
        }
        unreachable!()
    }

    fn check(&self) {
        let rows = raw(&self.scratch.database());
        let said: String = rows
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(said, "ok");
        load::assert_nothing_half_written(&rows);
    }
}

async fn add_user(bench: &Bench, name: &str) -> Result<UserAddition, StoreError> {
    let intent = AddUser {
        user: bench.user_row(name),
        actor: Actor::new("cli"),
    };
    bench.store.add_user(intent).await
}

async fn end(bench: &Bench, session: &Session) -> Result<Ending, StoreError> {
    let ending = EndSession {
        session: session.id,
        offline_too: false,
        cause: "logout",
        actor: Actor::new("test"),
    };
    bench.store.end_session(ending).await
}

fn statistic(statistics: &[(&'static str, u64)], name: &str) -> u64 {
    statistics.iter().find(|(other, _)| *other == name).unwrap().1
}

#[tokio::test]
async fn revocations_use_the_reserve_and_everything_goes_on_when_there_is_room() {
    let stage = Stage::new();
    let (store, bench) = stage.open();
    assert_eq!(stage.reserve(), RESERVE);
    let user = bench.user("ada").await;
    let mut sessions = Vec::new();
    for _ in 0..20 {
        sessions.push(bench.signed_in(&user).await);
    }
    stage.fill(&bench, 50_000).await;
    assert_eq!(add_user(&bench, "grace").await, Err(StoreError::Full));
    assert_eq!(stage.reserve(), RESERVE, "an ordinary write leaves it alone");
    assert!(bench.lives(&sessions[0]).await, "reads go on");

    for session in &sessions[..15] {
        assert!(matches!(end(&bench, session).await, Ok(Ending::Ended(_))));
        assert!(!bench.lives(session).await);
    }
    bench.revoke(Target::Client("web".parse().unwrap())).await;
    store.disable_user(user.id, Actor::new("cli")).await.unwrap();
    assert_eq!(stage.reserve(), 0);
    assert!(stage.disk.room().unwrap() > RESERVE / 2, "what it gave is there");
    assert_eq!(
        add_user(&bench, "grace").await,
        Err(StoreError::Full),
        "and for revocations alone"
    );
    let statistics = store.statistics().await.unwrap();
    assert_eq!(statistic(&statistics, "reserve_bytes"), 0);
    assert_eq!(statistic(&statistics, "reserve_wanted_bytes"), RESERVE);
    assert!(statistic(&statistics, "free_bytes") > 0 && statistic(&statistics, "log_file_bytes") > 0);
    stage.check();

    stage.disk.set_room(None);
    stage.scratch.clock.advance(Span::from_secs(2));
    assert_eq!(add_user(&bench, "grace").await, Ok(UserAddition::Added));
    assert_eq!(stage.reserve(), RESERVE);
    bench.audit().await;
    store.close();
    stage.check();
}

#[tokio::test]
async fn with_the_reserve_used_up_a_revocation_is_refused_and_never_half_done() {
    let stage = Stage::new();
    let (store, bench) = stage.open();
    stage.fill(&bench, 20_000).await;
    let mut revoked = 0u64;
    let refused = loop {
        let target = Target::Tenant(format!("tenant-{revoked}").parse().unwrap());
        let outcome = store.revoke(load::revocation(target)).await;
        match outcome {
            Ok(_) => revoked += 1,
            Err(error) => break error,
        }
        assert!(revoked < 20_000);
    };
    assert_eq!(refused, StoreError::Full);
    println!("{revoked} revocations, one by one, from a reserve of {RESERVE} bytes");
    assert!(revoked > 250, "{revoked}");
    let rows = raw(&stage.scratch.database());
    assert_eq!(
        number(&rows, "SELECT count(*) FROM watermarks"),
        i64::try_from(revoked).unwrap()
    );
    drop(rows);
    bench.audit().await;
    stage.disk.set_room(None);
    stage.scratch.clock.advance(Span::from_secs(2));
    assert_eq!(add_user(&bench, "grace").await, Ok(UserAddition::Added));
    store.close();
    stage.check();
}

/// Opening writes as well: the reserve pays for it, and what was promised before is there.
#[tokio::test]
async fn a_server_starts_on_a_full_disk_and_revokes() {
    let stage = Stage::new();
    let (store, bench) = stage.open();
    let user = bench.user("ada").await;
    let session = bench.signed_in(&user).await;
    bench.revoke(Target::Tenant("other".parse().unwrap())).await;
    store.close();
    stage.disk.set_room(Some(0));
    let (store, bench) = stage.open();
    assert!(bench.lives(&session).await);
    store.raise_largest_lease(Span::from_secs(20)).await.unwrap();
    assert!(matches!(end(&bench, &session).await, Ok(Ending::Ended(_))));
    assert!(!bench.lives(&session).await);
    assert_eq!(add_user(&bench, "grace").await, Err(StoreError::Full));
    bench.audit().await;
    store.close();
    stage.disk.set_room(None);
    let (store, bench) = stage.open();
    assert!(!bench.lives(&session).await);
    assert_eq!(add_user(&bench, "grace").await, Ok(UserAddition::Added));
    store.close();
    stage.check();
}

#[tokio::test]
async fn a_bad_key_and_a_leaked_secret_are_revoked_on_a_full_disk() {
    let stage = Stage::new();
    let (store, bench) = stage.open();
    let key = |id: &str| KeyRow {
        id: KeyId::new(id).unwrap(),
        usage: KeyUse::Sealing,
        state: KeyState::Announced,
        sealed: vec![1],
        public: None,
        announced_at: bench.now(),
        since: bench.now(),
    };
    let change = async |step| store.change_key(step, Actor::system()).await.unwrap();
    change(KeyStep::Announce(key("bad"))).await;
    let (next, retire) = (KeyId::new("bad").unwrap(), None);
    change(KeyStep::Promote {
        next,
        retire,
        cause: "schedule",
    })
    .await;
    change(KeyStep::Announce(key("reserve"))).await;
    let client = bench.client_row("web");
    store.add_client(client.clone(), Actor::new("cli")).await.unwrap();
    stage.fill(&bench, 10_000).await;

    let rotate = |revoke| RotateClientSecret {
        client: client.id.clone(),
        secret: RegisteredSecret::new(bench.id(), bench.digest(), bench.now()),
        overlap: Span::default(),
        revoke,
        actor: Actor::new("cli"),
    };
    let mut ordinary = Ok(SecretRotation::Unknown);
    for _ in 0..1000 {
        ordinary = store.rotate_client_secret(rotate(false)).await;
        if ordinary.is_err() {
            break;
        }
    }
    assert_eq!(
        ordinary,
        Err(StoreError::Full),
        "without a revocation it can wait"
    );
    let urgent = store.rotate_client_secret(rotate(true)).await.unwrap();
    assert!(
        matches!(urgent, SecretRotation::Rotated { seq: Some(_), .. }),
        "{urgent:?}"
    );
    let retire = RetireKey {
        key: KeyId::new("bad").unwrap(),
        reason: "leaked".to_owned(),
        actor: Actor::new("cli"),
        receipt: None,
    };
    let retired = store.retire_key(retire).await.unwrap();
    assert!(matches!(retired, KeyRetirement::Retired(_)), "{retired:?}");
    let keys = store.keys().await.unwrap();
    let states: Vec<_> = keys.iter().map(|k| (k.id.as_str(), k.state)).collect();
    assert_eq!(
        states,
        [("bad", KeyState::Removed), ("reserve", KeyState::Signing)]
    );
    assert_eq!(add_user(&bench, "grace").await, Err(StoreError::Full));
    bench.audit().await;
    store.close();
}

/// The power fails while the reserve is given away or made again.
#[tokio::test]
async fn a_power_loss_on_a_full_disk_keeps_what_was_revoked() {
    let stage = Stage::new();
    let (store, bench) = stage.open();
    let user = bench.user("ada").await;
    let session = bench.signed_in(&user).await;
    stage.fill(&bench, 10_000).await;
    let before = stage.disk.position();
    assert!(matches!(end(&bench, &session).await, Ok(Ending::Ended(_))));
    let promised = stage.disk.position();
    stage.disk.set_room(None);
    stage.scratch.clock.advance(Span::from_secs(2));
    assert_eq!(add_user(&bench, "grace").await, Ok(UserAddition::Added));
    let end = stage.disk.position();
    store.close();
    stage.disk.stop();
    for (n, cut) in (before..=end).enumerate() {
        let image = stage.scratch.root().join(format!("after-{n}"));
        let mut draw = Draw::new(n as u64);
        stage
            .disk
            .after_power_loss(cut, &mut draw)
            .write_to(&image)
            .unwrap();
        let _quick = Disk::watch(&image).unwrap();
        let clock: Arc<dyn Clock> = stage.scratch.clock.clone();
        let store = SqliteStore::open_within(&image.join("data"), clock, entropy(), MEANS).unwrap();
        let bench = stage.scratch.bench(&store);
        assert!(
            cut < promised || !bench.lives(&session).await,
            "cut {cut}: {}",
            stage.disk.step(cut)
        );
        bench.audit().await;
        store.close();
        std::fs::remove_dir_all(&image).unwrap();
    }
}
