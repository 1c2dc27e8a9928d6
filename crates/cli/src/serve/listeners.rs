//! Every listener with what answers there: bound first, answering only once everything behind them can.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use authority::FeedServer;
use authority::flows::admin::backup::Backup;
use authority::flows::admin::tokens::LOCAL;
use authority::http::admin::{AdminParts, AdminTokens};
use axum::Router;
use domain::secret::{Admin, Secret};
use edge::Edge;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use store::sqlite::{Counters, SqliteStore};
use zeroize::Zeroizing;

use super::run::Running;
use super::service::{Edged, Front, Routed};
use super::settings::{DemoPorts, Settings};
use crate::admin_file::AdminFile;
use crate::console;
use crate::demo;
use crate::failure::Failure;
use crate::listen::{AllowedHosts, HttpService, ListenAddress, Listener, ListenerConfig};

/// How long the edges of this process may take to get ready.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the terminal, and nobody else, is told.
pub(super) struct Told {
    pub(super) demo_password: Option<Zeroizing<String>>,
}

/// Binds every listener, then lets them answer.
pub(super) async fn listen(settings: &Settings, running: &mut Running) -> Result<Told, Failure> {
    let token = Secret::<Admin>::generate(running.authority.entropy().as_ref());
    let parts = admin_parts(running, &token);
    let public = authority::http::public(Arc::clone(&running.authority));
    let admin = authority::http::admin::admin(Arc::clone(&running.authority), parts);
    let admin = console::beside(admin);
    let (listeners, demo_password) = services(settings, running, (public, admin)).await?;
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
    bound.extend(check_socket(settings, running)?);
    let feed = feed(running).await?;
    // Whoever gets an answer finds the file of this very start, and an edge that can judge.
    admin_file(settings, &token).write(&settings.data)?;
    edges_are_ready(&running.edges).await;
    for (listener, service) in bound {
        running
            .tasks
            .spawn(listener.run(service, running.stop.subscribe()));
    }
    if let Some(feed) = feed {
        running.tasks.spawn(feed.run(running.stop.subscribe()));
    }
    Ok(Told { demo_password })
}

/// What the admin API is given: also what `symbolon config reference metrics` asks.
pub(super) fn admin_parts(running: &Running, token: &Secret<Admin>) -> AdminParts {
    let tokens = AdminTokens::new().with(LOCAL, token);
    let mut parts = AdminParts::new(tokens).with_backup(Arc::new(Copies(Arc::clone(&running.store))));
    for edge in running.edges.iter().map(Arc::clone) {
        parts = parts.with_metrics(Arc::new(move |registry| edge.metrics().register(registry)));
    }
    let counters = running.store.counters();
    parts.with_metrics(Arc::new(move |registry| store_metrics(registry, &counters)))
}

/// Where edges of other processes are served, where that is configured.
async fn feed(running: &Running) -> Result<Option<FeedServer>, Failure> {
    let Some(config) = running.authority.config().feed else {
        return Ok(None);
    };
    let bound = FeedServer::bind(&running.authority, config).await;
    bound.map(Some).map_err(|error| {
        Failure::fault("edges cannot be served")
            .because(&error)
            .hint("is another server running? choose another port in [server] feed_listen")
    })
}

/// A listener and what answers on it.
type Answered = (Listener, Arc<dyn HttpService>);

/// The edge once more, on a Unix socket, where one is configured.
fn check_socket(settings: &Settings, running: &Running) -> Result<Option<Answered>, Failure> {
    let (Some(file), Some(edge)) = (&settings.edge.socket, running.edges.first()) else {
        return Ok(None);
    };
    let bound = Listener::bind_socket(file, AllowedHosts::any(), settings.serving.limits);
    let listener = bound.map_err(|error| {
        Failure::fault("a socket cannot be used")
            .because(&error)
            .hint("is another server running? choose another file in [edge] socket, in a folder that this user may write")
    })?;
    Ok(Some((listener, Arc::new(Edged(Arc::clone(edge))))))
}

/// Which address is answered by what.
async fn services(
    settings: &Settings,
    running: &Running,
    (public, admin): (Router, Router),
) -> Result<(Vec<Bound>, Option<Zeroizing<String>>), Failure> {
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
    Ok((listeners, demo_password))
}

/// The embedded store's own figures. The registry is made anew for each scrape.
fn store_metrics(registry: &mut Registry, counters: &Counters) {
    let mut tell = |name: &str, help: &str, value: u64| {
        let gauge: Gauge = Gauge::default();
        gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        registry.register(name, help, gauge);
    };
    tell(
        "symbolon_store_commits",
        "Group commits since the start",
        counters.batches(),
    );
    tell(
        "symbolon_store_writes",
        "Intents written since the start",
        counters.jobs(),
    );
    tell(
        "symbolon_store_failed_writes",
        "Intents that failed and were undone",
        counters.failed_jobs(),
    );
    tell(
        "symbolon_store_failed_commits",
        "Group commits that failed",
        counters.failed_commits(),
    );
    tell(
        "symbolon_store_refused_writes",
        "Intents refused because the queue was full",
        counters.refused_jobs(),
    );
    tell(
        "symbolon_store_commit_ms",
        "Time spent in commits since the start, in milliseconds",
        counters.commit_ms(),
    );
    tell("symbolon_store_reads", "Reads since the start", counters.reads());
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
pub(super) async fn edges_are_ready(edges: &[Arc<Edge>]) {
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
    let join = |(edge, line): (&Arc<Edge>, &Arc<demo::Line>)| demo::Place {
        edge: Arc::clone(edge),
        line: Arc::clone(line),
    };
    let places: Arc<[demo::Place]> = running.edges.iter().zip(running.lines.iter()).map(join).collect();
    let application = demo::Demo {
        authority: Arc::clone(authority),
        public,
        places: Arc::clone(&places),
        origin,
        client_secret: Arc::new(seeded.client_secret),
        tokens: Arc::default(),
    };
    let bound: Vec<Bound> = vec![
        (
            loopback(ports.front),
            AllowedHosts::new([], true),
            Arc::new(Front(places)),
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
