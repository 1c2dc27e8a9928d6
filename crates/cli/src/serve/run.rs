//! Starts everything in order, says where it is, and stops it in order.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use authority::flows::admin::backup::Backup;
use authority::flows::events;
use authority::http::admin::{AdminParts, AdminTokens};
use authority::{Authority, World};
use axum::Router;
use domain::secret::{Admin, Secret};
use domain::{Clock, Entropy};
use edge::Edge;
use serde_json::json;
use store::intent::Actor;
use store::sqlite::SqliteStore;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use zeroize::Zeroizing;

use super::service::{Edged, Front, Routed};
use super::settings::{DemoPorts, Settings};
use super::{data_dir, edges};
use crate::admin_file::AdminFile;
use crate::clock::{SystemClock, SystemEntropy};
use crate::demo;
use crate::failure::Failure;
use crate::listen::{AllowedHosts, HttpService, ListenAddress, Listener, ListenerConfig};
use crate::out::Out;

/// How often keys are looked at and rows that are over are swept.
const MAINTENANCE: Duration = Duration::from_secs(30);

/// How long the edges of this process may take to get ready.
const PATIENCE: Duration = Duration::from_secs(5);

/// Everything that runs.
struct Running {
    authority: Arc<Authority>,
    edges: Arc<[Arc<Edge>]>,
    store: Arc<SqliteStore>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

/// Serves until SIGTERM or SIGINT.
pub(crate) async fn serve(settings: Settings, out: &Out) -> Result<(), Failure> {
    data_dir::open(&settings.data)?;
    data_dir::claim(&settings.data, settings.demo.is_some())?;
    let mut signals = Signals::new()?;
    let mut running = open(&settings).await?;
    let listening = listen(&settings, &mut running).await;
    let told = match listening {
        Ok(told) => tell(&settings, &running, &told, out).await,
        Err(failure) => Err(failure),
    };
    if told.is_ok() {
        keep_house(&settings, &mut running, out).await?;
        signals.wait().await;
        out.note("stopping");
    }
    AdminFile::remove(&settings.data);
    close(running).await;
    told
}

async fn open(settings: &Settings) -> Result<Running, Failure> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy::new());
    // Before the store: a second server on the same directory must change nothing.
    let store = SqliteStore::open(&settings.data, Arc::clone(&clock), Arc::clone(&entropy))
        .map_err(crate::local_store::refused)?;
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
    let edges = edges::start(&authority, &settings.edge, settings.demo.is_some())?;
    Ok(Running {
        authority,
        edges,
        store,
        stop: watch::Sender::new(false),
        tasks: JoinSet::new(),
    })
}

/// What the terminal, and nobody else, is told.
struct Told {
    demo_password: Option<Zeroizing<String>>,
}

/// Binds every listener, then lets them answer.
async fn listen(settings: &Settings, running: &mut Running) -> Result<Told, Failure> {
    let token = Secret::<Admin>::generate(running.authority.entropy().as_ref());
    let tokens = AdminTokens::new().with("local", &token);
    let mut parts = AdminParts::new(tokens).with_backup(Arc::new(Copies(Arc::clone(&running.store))));
    for edge in running.edges.iter().map(Arc::clone) {
        parts = parts.with_metrics(Arc::new(move |registry| edge.metrics().register(registry)));
    }
    let public = authority::http::public(Arc::clone(&running.authority));
    let admin = authority::http::admin::admin(Arc::clone(&running.authority), parts);
    let mut listeners: Vec<Bound> = vec![
        (
            settings.serving.listen,
            settings.hosts(),
            Arc::new(Routed(public.clone())),
        ),
        (
            settings.serving.admin_listen,
            settings.hosts(),
            Arc::new(Routed(admin)),
        ),
    ];
    let mut demo_password = None;
    match settings.demo {
        Some(ports) => {
            let (bound, password) = demo_listeners(settings, running, public, ports).await?;
            listeners.extend(bound);
            demo_password = Some(password);
        }
        None => listeners.extend(running.edges.first().map(|edge| {
            let service: Arc<dyn HttpService> = Arc::new(Edged(Arc::clone(edge)));
            (
                ListenAddress::Address(settings.edge.listen),
                AllowedHosts::any(),
                service,
            )
        })),
    }
    let mut bound = Vec::new();
    for (address, hosts, service) in listeners {
        let config = ListenerConfig {
            address,
            tls: settings.serving.tls.clone(),
            hosts,
            limits: settings.serving.limits,
        };
        let listener = Listener::bind(config).await.map_err(|error| {
            Failure::fault("a port cannot be used")
                .because(&error)
                .hint("is another server running? choose another port in [server] or [edge]")
        })?;
        bound.push((listener, service));
    }
    // Whoever gets an answer finds the file of this very start, and an edge that can judge.
    admin_file(settings, &token).write(&settings.data)?;
    edges_are_ready(&running.edges).await;
    for (listener, service) in bound {
        running
            .tasks
            .spawn(listener.run(service, running.stop.subscribe()));
    }
    Ok(Told { demo_password })
}

fn admin_file(settings: &Settings, token: &Secret<Admin>) -> AdminFile {
    let address = settings.serving.admin_listen.addresses().first().copied();
    let address = address.unwrap_or_else(|| ([127, 0, 0, 1], 8701).into());
    let scheme = if settings.serving.tls.is_some() {
        "https"
    } else {
        "http"
    };
    AdminFile {
        url: format!("{scheme}://{address}"),
        token: token.reveal(),
    }
}

/// Snapshot, keys and lease come from this process: a moment. An edge that gets none of them says `stale` by itself.
async fn edges_are_ready(edges: &[Arc<Edge>]) {
    let all = async {
        while !edges.iter().all(|edge| edge.ready()) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    if tokio::time::timeout(PATIENCE, all).await.is_err() {
        tracing::warn!("an edge has no lease yet");
    }
}

type Bound = (ListenAddress, AllowedHosts, Arc<dyn HttpService>);

async fn demo_listeners(
    settings: &Settings,
    running: &Running,
    public: Router,
    ports: DemoPorts,
) -> Result<(Vec<Bound>, Zeroizing<String>), Failure> {
    let authority = &running.authority;
    let origin = format!("http://127.0.0.1:{}", ports.front);
    let world = (authority.clock().as_ref(), authority.entropy().as_ref());
    let seeded = demo::seed(authority, &settings.data, &origin, world).await?;
    let application = demo::Demo {
        authority: Arc::clone(authority),
        public,
        edges: Arc::clone(&running.edges),
        origin,
        client_secret: Arc::new(seeded.client_secret),
        tokens: Arc::default(),
    };
    let bound: Vec<Bound> = vec![
        (
            loopback(ports.front),
            AllowedHosts::new([], true),
            Arc::new(Front(Arc::clone(&running.edges))),
        ),
        (
            loopback(ports.application),
            AllowedHosts::new([], true),
            Arc::new(Routed(application.application())),
        ),
    ];
    Ok((bound, seeded.password))
}

fn loopback(port: u16) -> ListenAddress {
    ListenAddress::Address(([127, 0, 0, 1], port).into())
}

/// Makes a set-up code where nobody administers yet, and says where everything is.
async fn tell(settings: &Settings, running: &Running, told: &Told, out: &Out) -> Result<(), Failure> {
    let issuer = running.authority.issuer();
    if let (Some(ports), Some(password)) = (settings.demo, &told.demo_password) {
        return Ok(tell_demo(&ports, password, out));
    }
    let fault = |error: &dyn std::error::Error| Failure::fault("the store cannot be asked").because(error);
    out.note(&format!(
        "symbolon serves {issuer}; data in {}",
        settings.data.display()
    ));
    if !running
        .authority
        .store()
        .has_administrator()
        .await
        .map_err(|e| fault(&e))?
    {
        let code = running
            .authority
            .make_setup_code(Actor::system())
            .await
            .map_err(|e| fault(&e))?;
        out.note(&format!(
            "set-up code, good once for 15 minutes: {}",
            code.reveal().as_str()
        ));
        out.note(&format!(
            "type it at {issuer}/setup to make the first administrator"
        ));
    }
    Ok(())
}

fn tell_demo(ports: &DemoPorts, password: &str, out: &Out) {
    let url = format!("http://127.0.0.1:{}/", ports.front);
    if out.is_json() {
        return out.json(&json!({ "url": url, "user": demo::USER, "password": password }));
    }
    out.line(&format!(
        "\n  Open      {url}\n  User      {}\n  Password  {password}\n",
        demo::USER
    ));
    out.note(
        "the authority is on localhost, the application on 127.0.0.1: two hosts, two cookies, one session",
    );
    out.note("Ctrl-C stops it");
}

/// Housekeeping, and events to standard output where they are asked for.
async fn keep_house(settings: &Settings, running: &mut Running, out: &Out) -> Result<(), Failure> {
    let (authority, mut stop) = (Arc::clone(&running.authority), running.stop.subscribe());
    running.tasks.spawn(async move {
        loop {
            if let Err(fault) = authority.maintain().await {
                tracing::warn!(%fault, "housekeeping will try again");
            }
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(MAINTENANCE) => {}
            }
        }
    });
    if !settings.events_to_stdout {
        return Ok(());
    }
    let statistics = running.authority.store().statistics().await;
    let statistics =
        statistics.map_err(|error| Failure::fault("the store cannot be asked").because(&error))?;
    let last = statistics
        .iter()
        .find(|(name, _)| *name == "events")
        .map_or(0, |(_, count)| *count);
    let (sink, mut lines) = mpsc::channel::<String>(1024);
    let (authority, out, mut stop) = (Arc::clone(&running.authority), *out, running.stop.subscribe());
    running.tasks.spawn(async move {
        events::tail(authority, last, sink).await;
    });
    running.tasks.spawn(async move {
        loop {
            tokio::select! {
                line = lines.recv() => match line {
                    Some(line) => out.line(&line),
                    None => return,
                },
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    });
    Ok(())
}

/// Listeners first, so that nothing new begins; then edges, which report what they still hold; the store last.
async fn close(mut running: Running) {
    running.stop.send_replace(true);
    while running.tasks.join_next().await.is_some() {}
    for edge in running.edges.iter() {
        edge.shutdown().await;
    }
    let store = running.store;
    let closed = tokio::task::spawn_blocking(move || store.close()).await;
    if closed.is_err() {
        tracing::error!("the store was not closed in order; it recovers at the next start");
    }
}

struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> Result<Self, Failure> {
        let listen =
            |kind| signal(kind).map_err(|error| Failure::fault("signals cannot be caught").because(&error));
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// The embedded store's copies, for the admin API.
#[derive(Debug)]
struct Copies(Arc<SqliteStore>);

#[async_trait::async_trait]
impl Backup for Copies {
    async fn backup(&self, to: &Path) -> Result<u64, String> {
        let (store, to) = (Arc::clone(&self.0), to.to_owned());
        let made = tokio::task::spawn_blocking(move || store.backup(&to, &mut |_| {})).await;
        made.map_err(|e| e.to_string())?
            .map(|made| made.bytes)
            .map_err(|e| e.to_string())
    }
}
