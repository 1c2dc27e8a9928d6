//! The accept loop: limits on everything before a request reaches a service.

mod address;
mod aside;
mod bodies;
mod certificate;
mod connection;
mod flights;
pub(crate) mod guard;
mod limits;
mod places;
mod socket;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Limited;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Incoming;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

pub(crate) use address::ListenAddress;
pub(crate) use guard::AllowedHosts;
pub(crate) use limits::Limits;

use crate::config::TlsFiles;
use crate::failure::Failure;
use bodies::Bodies;
use certificate::Certificate;
use connection::{Shared, Stream};
use edge::SocketFile;
use flights::Arriving;
use places::Places;
use socket::BoundSocket;

/// A body that ends with an error once it is longer than the limit.
pub(crate) type RequestBody = Limited<Arriving>;
/// Why a response's body broke off.
pub(crate) type BodyError = axum::BoxError;
/// A response's body.
pub(crate) type ResponseBody = UnsyncBoxBody<Bytes, BodyError>;
/// What a service gives back.
pub(crate) type Responding = Pin<Box<dyn Future<Output = http::Response<ResponseBody>> + Send>>;

/// What answers requests that have passed the limits. `tls` says whether the connection is encrypted.
pub(crate) trait HttpService: Send + Sync + 'static {
    /// Answers at once, without a body, what needs neither waiting nor the request's body. Nothing: it is to be called.
    fn at_once(&self, _peer: SocketAddr, _request: &http::Request<Incoming>) -> Option<http::Response<()>> {
        None
    }

    /// Answers one request.
    fn call(&self, peer: SocketAddr, tls: bool, request: http::Request<RequestBody>) -> Responding;
}

/// Where and how to listen.
#[derive(Debug, Clone)]
pub(crate) struct ListenerConfig {
    /// Where.
    pub(crate) address: ListenAddress,
    /// With TLS, if these are given; without, loopback addresses only.
    pub(crate) tls: Option<TlsFiles>,
    /// Which `Host` may be asked for.
    pub(crate) hosts: AllowedHosts,
    /// Limits.
    pub(crate) limits: Limits,
}

/// Why nobody listens.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ListenFault {
    /// The address is taken, or not ours.
    #[error("cannot listen on {0}")]
    Bind(SocketAddr, #[source] std::io::Error),
    /// Plain http would leave the machine.
    #[error("plain http is for loopback addresses only, and {0} is none")]
    Plain(SocketAddr),
    /// The Unix socket cannot be made.
    #[error("cannot listen on the socket {0}")]
    Socket(PathBuf, #[source] std::io::Error),
    /// Certificate and key cannot be used.
    #[error("the TLS files cannot be used")]
    Tls(#[from] certificate::Unusable),
}

/// Sockets that are bound and do not accept yet.
#[derive(Debug)]
pub(crate) struct Listener {
    sockets: Vec<Socket>,
    certificate: Option<Arc<Certificate>>,
    hosts: AllowedHosts,
    limits: Limits,
}

/// Of either kind.
#[derive(Debug)]
enum Socket {
    Tcp(TcpListener),
    Unix(BoundSocket),
}

/// Whoever comes by a Unix socket has no address: this machine's stands for it.
const HERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// After a failed accept (no file descriptors left, mostly) the next try waits this long.
const BREATH: Duration = Duration::from_millis(50);
const CERTIFICATE_LOOK: Duration = Duration::from_secs(10);

/// Whether these files could be served with, for a check before anybody depends on it.
pub(crate) fn check_tls(files: &TlsFiles) -> Result<(), Failure> {
    Certificate::load(files.clone())
        .map(drop)
        .map_err(|error| Failure::mistake("the TLS files cannot be used").because(&error))
}

impl Listener {
    /// Binds every address.
    ///
    /// # Errors
    /// [`ListenFault`].
    pub(crate) async fn bind(config: ListenerConfig) -> Result<Self, ListenFault> {
        let certificate = config.tls.map(Certificate::load).transpose()?.map(Arc::new);
        let mut sockets: Vec<TcpListener> = Vec::new();
        for mut address in config.address.addresses() {
            if certificate.is_none() && !address.ip().is_loopback() {
                return Err(ListenFault::Plain(address));
            }
            // Port 0 means any, but the same one for both families.
            if let Some(Ok(first)) = sockets.first().map(TcpListener::local_addr) {
                address.set_port(first.port());
            }
            match TcpListener::bind(address).await {
                Ok(socket) => sockets.push(socket),
                // A machine without IPv6 still has a localhost.
                Err(error) if !sockets.is_empty() && address::is_absent(&error) => {
                    tracing::info!(%address, "this machine does not have this address");
                }
                Err(error) => return Err(ListenFault::Bind(address, error)),
            }
        }
        Ok(Self {
            sockets: sockets.into_iter().map(Socket::Tcp).collect(),
            certificate,
            hosts: config.hosts,
            limits: config.limits,
        })
    }

    /// Binds a Unix socket, without TLS.
    ///
    /// # Errors
    /// [`ListenFault::Socket`].
    pub(crate) fn bind_socket(
        file: &SocketFile,
        hosts: AllowedHosts,
        limits: Limits,
    ) -> Result<Self, ListenFault> {
        let bound = BoundSocket::bind(file).map_err(|error| ListenFault::Socket(file.path.clone(), error))?;
        Ok(Self {
            sockets: vec![Socket::Unix(bound)],
            certificate: None,
            hosts,
            limits,
        })
    }

    /// The addresses that were bound.
    #[cfg(test)]
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        let address = |socket: &Socket| match socket {
            Socket::Tcp(socket) => socket.local_addr().ok(),
            Socket::Unix(_) => None,
        };
        self.sockets.iter().filter_map(address).collect()
    }

    /// Accepts until `shutdown` turns true, then lets running requests finish within the limit.
    pub(crate) async fn run(self, service: Arc<dyn HttpService>, shutdown: watch::Receiver<bool>) {
        let places = Places::new(self.limits.connections, Bodies::new(self.limits.body_memory));
        let shared = Arc::new(Shared {
            service,
            certificate: self.certificate.clone(),
            hosts: self.hosts,
            limits: self.limits,
            shutdown: shutdown.clone(),
        });
        let mut room = JoinSet::new();
        let kept = Arc::clone(&places);
        room.spawn(async move { kept.keep_room_for_bodies().await });
        let mut loops = JoinSet::new();
        for socket in self.sockets {
            loops.spawn(accept(socket, Arc::clone(&places), Arc::clone(&shared)));
        }
        let watcher = self
            .certificate
            .map(|certificate| tokio::spawn(look_at(certificate)));
        while loops.join_next().await.is_some() {}
        if let Some(watcher) = watcher {
            watcher.abort();
        }
    }
}

impl Socket {
    async fn accept(&self) -> std::io::Result<(Stream, SocketAddr)> {
        match self {
            Self::Tcp(socket) => {
                let (stream, peer) = socket.accept().await?;
                Ok((Stream::Tcp(stream), peer))
            }
            Self::Unix(socket) => Ok((Stream::Unix(socket.accept().await?), HERE)),
        }
    }
}

/// One socket. One connection waits for a place, the others in the backlog.
async fn accept(socket: Socket, places: Arc<Places>, shared: Arc<Shared>) {
    let mut running = JoinSet::new();
    let mut shutdown = shared.shutdown.clone();
    loop {
        let accepted = tokio::select! {
            biased;
            () = stopped(&mut shutdown) => break,
            accepted = socket.accept() => accepted,
            Some(_) = running.join_next(), if !running.is_empty() => continue,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                places.make_room();
                tokio::time::sleep(BREATH).await;
                continue;
            }
        };
        // Only a connection takes a place: a socket that waits for one would keep it from the others.
        let place = tokio::select! {
            biased;
            () = stopped(&mut shutdown) => break,
            place = places.take(peer.ip()) => place,
        };
        let shared = Arc::clone(&shared);
        running.spawn(async move {
            connection::handle(&shared, stream, peer, place.flights()).await;
            drop(place);
        });
    }
    drop(socket);
    let done = async { while running.join_next().await.is_some() {} };
    if tokio::time::timeout(shared.limits.shutdown.into(), done)
        .await
        .is_err()
    {
        tracing::warn!("requests that did not finish in time were cut off");
        running.shutdown().await;
    }
}

/// Returns once the server stops; also when whoever would say so is gone.
async fn stopped(shutdown: &mut watch::Receiver<bool>) {
    let _ = shutdown.wait_for(|stop| *stop).await;
}

async fn look_at(certificate: Arc<Certificate>) {
    loop {
        tokio::time::sleep(CERTIFICATE_LOOK).await;
        match certificate.reload_if_changed() {
            Ok(true) => tracing::info!("the TLS certificate was read again"),
            Ok(false) => {}
            Err(error) => tracing::error!(%error, "the new TLS files cannot be used; the old ones stay"),
        }
    }
}

#[cfg(test)]
mod tests;
