//! Starts everything in order and stops it in order.

use std::sync::Arc;

use authority::{Authority, World};
use domain::{Clock, Entropy};
use edge::Edge;
use store::sqlite::{Looked, SqliteStore};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::house::keep_house;
use super::listeners::listen;
use super::reload::Serving;
use super::settings::Settings;
use super::tell::tell;
use super::{data_dir, edges};
use crate::admin_file::AdminFile;
use crate::clock::{ForwardClock, SystemClock, SystemEntropy};
use crate::demo::Line;
use crate::failure::Failure;
use crate::out::Out;
use crate::reload::Reload;

/// Everything that runs.
pub(super) struct Running {
    pub(super) authority: Arc<Authority>,
    pub(super) edges: Arc<[Arc<Edge>]>,
    /// Of the demo: the switch in each edge's line.
    pub(super) lines: Arc<[Arc<Line>]>,
    pub(super) store: Arc<SqliteStore>,
    pub(super) clock: Arc<ForwardClock>,
    pub(super) stop: watch::Sender<bool>,
    pub(super) tasks: JoinSet<()>,
}

/// Serves until SIGTERM or SIGINT.
pub(crate) async fn serve(settings: Settings, out: &Out) -> Result<(), Failure> {
    raise_descriptors();
    data_dir::open(&settings.data)?;
    data_dir::claim(&settings.data, settings.demo.is_some())?;
    let mut signals = Signals::new()?;
    let mut running = open(&settings).await?;
    let ended = answer(&settings, &mut running, out, &mut signals).await;
    AdminFile::remove(&settings.data);
    close(running).await;
    ended
}

/// As many open files as the machine allows this process: shells hand down a small number, and each connection is one.
pub(crate) fn raise_descriptors() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, "the number of open files could not be raised");
    }
}

/// Answers until a signal comes; what fails on the way there still ends in order.
async fn answer(
    settings: &Settings,
    running: &mut Running,
    out: &Out,
    signals: &mut Signals,
) -> Result<(), Failure> {
    let told = listen(settings, running).await?;
    tell(settings, running, &told, out).await?;
    keep_house(settings, running, out).await?;
    let mut reload = Reload::new(&settings.table, &settings.edge);
    let serving = Serving { settings, running };
    let damage = damage(Arc::clone(&running.store));
    tokio::pin!(damage);
    loop {
        tokio::select! {
            wish = signals.next() => match wish {
                Wish::Stop => break,
                Wish::Reload => reload.again(&serving, out).await,
            },
            failure = &mut damage => return Err(failure),
        }
    }
    out.note("stopping");
    Ok(())
}

/// Reads the rest of a large store, which was opened before all of it was looked at. Ends only where it is damaged: what
/// would be acknowledged from then on may not be there later.
async fn damage(store: Arc<SqliteStore>) -> Failure {
    if store.looked() == Looked::AtFirst {
        let checked = tokio::task::spawn_blocking(move || store.check()).await;
        match checked {
            Ok(Ok(looked)) => tracing::info!(?looked, "the data was read and is whole"),
            Ok(Err(damaged)) => return crate::local_store::refused(damaged),
            Err(fault) => return Failure::fault("the data could not be checked").because(&fault),
        }
    }
    std::future::pending().await
}

pub(super) async fn open(settings: &Settings) -> Result<Running, Failure> {
    let forward = Arc::new(ForwardClock::new(Arc::new(SystemClock)));
    let clock: Arc<dyn Clock> = forward.clone();
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy::new());
    // Before the store: a second server on the same directory must change nothing.
    let store = SqliteStore::open_within(
        &settings.data,
        Arc::clone(&clock),
        Arc::clone(&entropy),
        store::sqlite::Means {
            reserve_bytes: settings.authority.space.reserve_bytes,
            cache_bytes: settings.authority.store_cache_bytes,
        },
    )
    .map_err(crate::local_store::refused)?;
    if let Some(time) = store.acted_at() {
        forward.was_at(time);
    }
    let kek = match &settings.kek {
        Some(key) => key.clone(),
        None => data_dir::key_encryption_key(&settings.data, entropy.as_ref())?,
    };
    let world = World {
        store: store.clone(),
        clock,
        entropy,
    };
    let authority = Authority::open(settings.authority.clone(), world, kek)
        .await
        .map_err(|error| Failure::fault("the authority does not start").because(&error))?;
    let lines = edges::lines(settings.demo.is_some());
    let edges = edges::start(&authority, &settings.edge, &lines)?;
    authority.ask_before_idle(Arc::new(edges::Reporting(Arc::clone(&edges))));
    Ok(Running {
        authority,
        edges,
        lines,
        store,
        clock: forward,
        stop: watch::Sender::new(false),
        tasks: JoinSet::new(),
    })
}

/// Listeners first, so that nothing new begins; then edges, which report what they still hold; the store last.
pub(super) async fn close(mut running: Running) {
    running.stop.send_replace(true);
    while running.tasks.join_next().await.is_some() {}
    for edge in running.edges.iter() {
        edge.shutdown().await;
    }
    if let Err(fault) = running.authority.settle().await {
        tracing::error!(%fault, "what was counted of refused calls could not be written");
    }
    let store = running.store;
    let closed = tokio::task::spawn_blocking(move || store.close()).await;
    if closed.is_err() {
        tracing::error!("the store was not closed in order; it recovers at the next start");
    }
}

/// Signals that mean something here.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

/// What a signal asks for.
pub(crate) enum Wish {
    /// SIGTERM, SIGINT.
    Stop,
    /// SIGHUP.
    Reload,
}

impl Signals {
    /// Catches them from now on.
    pub(crate) fn new() -> Result<Self, Failure> {
        let listen =
            |kind| signal(kind).map_err(|error| Failure::fault("signals cannot be caught").because(&error));
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            hang_up: listen(SignalKind::hangup())?,
        })
    }

    /// The next one.
    pub(crate) async fn next(&mut self) -> Wish {
        tokio::select! {
            _ = self.terminate.recv() => Wish::Stop,
            _ = self.interrupt.recv() => Wish::Stop,
            _ = self.hang_up.recv() => Wish::Reload,
        }
    }
}
