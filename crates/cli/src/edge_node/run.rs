//! Starts an edge in order and stops it in order: it listens at once and serves once it has snapshot, keys and lease.

use std::sync::Arc;

use domain::{Clock, Entropy};
use edge::{Edge, NetworkLink};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::admin::Watched;
use super::reload::Node;
use super::settings::Settings;
use crate::clock::{ForwardClock, SystemClock, SystemEntropy};
use crate::failure::Failure;
use crate::listen::{AllowedHosts, HttpService, ListenAddress, Listener, ListenerConfig};
use crate::out::Out;
use crate::reload::{Reload, exceptions};
use crate::serve::{Edged, Signals, Wish, raise_descriptors};

/// What runs.
pub(super) struct Running {
    pub(super) edge: Arc<Edge>,
    pub(super) link: Arc<NetworkLink>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

/// Runs until SIGTERM or SIGINT.
pub(super) async fn edge(settings: Settings, out: &Out) -> Result<(), Failure> {
    raise_descriptors();
    let mut signals = Signals::new()?;
    let mut running = start(&settings)?;
    let ended = match listen(&settings, &mut running).await {
        Ok(()) => {
            out.note(&format!(
                "edge {} answers on {}; authority at {}",
                settings.edge.name, settings.edge.listen, settings.credential.authority
            ));
            until_stopped(&settings, &running, out, &mut signals).await;
            Ok(())
        }
        Err(failure) => Err(failure),
    };
    // Listeners first, so that nothing new begins; then the edge, which reports what it still holds.
    running.stop.send_replace(true);
    while running.tasks.join_next().await.is_some() {}
    running.edge.shutdown().await;
    ended
}

async fn until_stopped(settings: &Settings, running: &Running, out: &Out, signals: &mut Signals) {
    let mut reload = Reload::new(&settings.table, &settings.edge);
    let node = Node { settings, running };
    loop {
        match signals.next().await {
            Wish::Stop => break,
            Wish::Reload => reload.again(&node, out).await,
        }
    }
    out.note("stopping");
}

fn start(settings: &Settings) -> Result<Running, Failure> {
    let clock: Arc<dyn Clock> = Arc::new(ForwardClock::new(Arc::new(SystemClock)));
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy::new());
    let link = NetworkLink::new(
        &settings.credential,
        exceptions(&settings.edge),
        Arc::clone(&clock),
        Arc::clone(&entropy),
    );
    let link = Arc::new(link.map_err(|error| Failure::mistake("the edge does not start").because(&error))?);
    let edge = Edge::start(settings.edge.clone(), Arc::clone(&link) as _, clock, entropy)
        .map_err(|error| Failure::fault("the edge does not start").because(&error))?;
    Ok(Running {
        edge,
        link,
        stop: watch::Sender::new(false),
        tasks: JoinSet::new(),
    })
}

/// Binds everything before anything answers.
async fn listen(settings: &Settings, running: &mut Running) -> Result<(), Failure> {
    let unusable = |error: &dyn std::error::Error| {
        Failure::fault("a port or a socket cannot be used")
            .because(error)
            .hint("is another server running? choose another in [edge]")
    };
    let edged = || Arc::new(Edged(Arc::clone(&running.edge))) as Arc<dyn HttpService>;
    let watched: Arc<dyn HttpService> = Arc::new(Watched(Arc::clone(&running.edge)));
    let mut bound = Vec::new();
    for (address, hosts, service) in [
        (settings.edge.listen, AllowedHosts::any(), edged()),
        (settings.edge.admin, AllowedHosts::new([], true), watched),
    ] {
        let config = ListenerConfig {
            address: ListenAddress::Address(address),
            tls: settings.serving.tls.clone(),
            hosts,
            limits: settings.serving.limits,
        };
        let listener = Listener::bind(config).await.map_err(|error| unusable(&error))?;
        bound.push((listener, service));
    }
    if let Some(file) = &settings.edge.socket {
        let listener = Listener::bind_socket(file, AllowedHosts::any(), settings.serving.limits);
        bound.push((listener.map_err(|error| unusable(&error))?, edged()));
    }
    for (listener, service) in bound {
        running
            .tasks
            .spawn(listener.run(service, running.stop.subscribe()));
    }
    Ok(())
}
