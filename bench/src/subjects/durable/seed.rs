//! A store with users and, where they are needed, refresh families; all made by the product's own intents.

use std::path::Path;
use std::sync::Arc;

use domain::testing::{ManualClock, SeededEntropy};
use domain::user::User;
use domain::{Entropy, Span};
use store::Store;
use store::contract::{Bench, Held, Terms};
use store::intent::{Actor, AddUser};
use store::sqlite::SqliteStore;
use tokio::runtime::Runtime;

use super::Kind;
use crate::harness::Fault;
use crate::world;

/// Writes that wait at once while seeding.
const WIDTH: usize = 256;
/// What the refresh families are for.
const TERMS: Terms = Terms {
    scope: &["read"],
    public: false,
    rotate: true,
};

/// An open store with its world.
pub(crate) struct World {
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) bench: Bench,
}

/// What was made.
pub(super) struct Seeded {
    pub(super) people: Vec<User>,
    pub(super) held: Vec<Held>,
}

/// Opens a store on a clock that is moved by hand, so that ids sort by time as they do in life.
pub(crate) fn open(folder: &Path) -> Result<World, Fault> {
    let clock = Arc::new(ManualClock::default());
    clock.advance(Span::from_secs(world::unix_time_s() % 10_000_000));
    let seed = world::unix_time_s() ^ (u64::from(std::process::id()) << 40) ^ number();
    let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(seed));
    let store = SqliteStore::open(folder, clock.clone(), Arc::clone(&entropy))
        .map_err(|error| Fault::new(error.to_string()))?;
    let bench = Bench {
        store: Arc::clone(&store) as Arc<dyn Store>,
        clock,
        entropy,
    };
    Ok(World { store, bench })
}

/// A seed is never used twice in a run.
fn number() -> u64 {
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed) << 20
}

/// A runtime as the product has it.
pub(crate) fn runtime() -> Result<Runtime, Fault> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .map_err(Fault::io("a runtime"))
}

/// Makes a store and closes it.
pub(super) fn seed(folder: &Path, kind: Kind, people: usize) -> Result<Seeded, Fault> {
    let World { store, bench } = open(folder)?;
    let runtime = runtime()?;
    let seeded = runtime.block_on(async {
        let rows: Vec<User> = (0..people)
            .map(|number| {
                bench.clock.advance(Span::from_ms(1));
                User {
                    tenant: None,
                    ..bench.user_row(&format!("user-{number}"))
                }
            })
            .collect();
        let add = |user: User| {
            let bench = bench.clone();
            async move {
                let actor = Actor::new("bench");
                bench.store.add_user(AddUser { user, actor }).await.is_ok()
            }
        };
        if !all(rows.clone(), add).await.into_iter().all(|done| done) {
            return Err(Fault::new("the users could not be made"));
        }
        let held = match kind {
            Kind::Rotations => all(rows.clone(), |user| grant(bench.clone(), user)).await,
            Kind::Sessions | Kind::Revocations => Vec::new(),
        };
        Ok(Seeded { people: rows, held })
    })?;
    store.close();
    Ok(seeded)
}

async fn grant(bench: Bench, user: User) -> Held {
    let session = bench.signed_in(&user).await;
    bench.granted(&session, TERMS).await
}

/// Does something with each, many at once.
async fn all<T, R, F>(items: Vec<T>, work: impl Fn(T) -> F) -> Vec<R>
where
    T: Send + 'static,
    R: Send + 'static,
    F: Future<Output = R> + Send + 'static,
{
    let mut done = Vec::with_capacity(items.len());
    let mut waiting = std::collections::VecDeque::new();
    for item in items {
        if waiting.len() >= WIDTH
            && let Some(first) = waiting.pop_front()
        {
            done.extend(finished(first).await);
        }
        waiting.push_back(tokio::spawn(work(item)));
    }
    for task in waiting {
        done.extend(finished(task).await);
    }
    done
}

async fn finished<R>(task: tokio::task::JoinHandle<R>) -> Option<R> {
    task.await.ok()
}
