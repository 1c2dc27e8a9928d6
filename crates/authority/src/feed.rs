//! The feed's sockets: HTTP/2 over TLS 1.3, each side with a certificate of the authority's own. docs/FEED.md has the bytes,
//! docs/DECISIONS/0017-edge-credential.md says why.

mod answer;
mod ca;
mod connection;
mod handshakes;
mod roster;
mod rounds;
mod snapshots;
mod stream;
mod tail;
#[cfg(test)]
mod tests;
mod tls;
mod words;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

pub(crate) use ca::{EDGE_LIFE, FeedCa, SERVER_NAME};
pub(crate) use roster::{Roster, credentials, is_revoked};
pub(crate) use rounds::Rounds;

use crate::authority::Authority;
use crate::error::Fault;
use crate::gateway::Gateway;
use handshakes::Handshakes;
use snapshots::Snapshots;
use tail::Tail;

/// After a failed accept the next try waits this long.
const BREATH: Duration = Duration::from_millis(50);
/// How long connections may take to end when the server stops.
const GOODBYE: Duration = Duration::from_secs(2);

/// Where edges are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedConfig {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Most connections of edges.
    pub connections: usize,
}

/// Why edges are not served.
#[derive(Debug, thiserror::Error)]
pub enum FeedFault {
    /// The address is taken, or not ours.
    #[error("cannot listen on {0}")]
    Bind(SocketAddr, #[source] std::io::Error),
    /// The store, or the key of the feed.
    #[error("the feed's key cannot be used")]
    Key(#[from] Fault),
}

/// A socket that is bound and does not accept yet.
pub struct FeedServer {
    listener: TcpListener,
    acceptor: TlsAcceptor,
    config: FeedConfig,
    shared: Arc<Shared>,
}

/// What all connections have in common.
struct Shared {
    authority: Arc<Authority>,
    gateway: Gateway,
    tail: Tail,
    snapshots: Snapshots,
}

impl FeedServer {
    /// Reads the edges' credentials and binds. Makes the feed's own key on the first start.
    ///
    /// # Errors
    /// [`FeedFault`].
    pub async fn bind(authority: &Arc<Authority>, config: FeedConfig) -> Result<Self, FeedFault> {
        // Before the credentials are read: what is revoked from here on, the tail sees.
        let from = authority.store.head().await.map_err(Fault::from)?;
        authority.feed.load(authority.store.as_ref()).await?;
        let ca = FeedCa::open(authority).await?;
        let acceptor = TlsAcceptor::from(Arc::new(tls::server(authority, &ca)?));
        let fault = |error| FeedFault::Bind(config.listen, error);
        let listener = TcpListener::bind(config.listen).await.map_err(fault)?;
        Ok(Self {
            listener,
            acceptor,
            config,
            shared: Arc::new(Shared {
                gateway: Gateway::new(Arc::clone(authority)),
                authority: Arc::clone(authority),
                tail: Tail::new(from.seq),
                snapshots: Snapshots::default(),
            }),
        })
    }

    /// The address that was bound.
    ///
    /// # Errors
    /// The system's.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves edges until `stop` turns true.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        let tail = tokio::spawn(tail::follow(Arc::clone(&self.shared)));
        let (handshakes, places) = (
            Handshakes::default(),
            Arc::new(Semaphore::new(self.config.connections)),
        );
        let mut running = JoinSet::new();
        let mut stopped = stop.clone();
        loop {
            let accepted = tokio::select! {
                biased;
                _ = stopped.wait_for(|stop| *stop) => break,
                accepted = next(&self.listener, &handshakes) => accepted,
                Some(_) = running.join_next(), if !running.is_empty() => continue,
            };
            match accepted {
                Ok((stream, peer, one)) => {
                    let Some(place) = handshakes.place(one, peer.ip()) else {
                        tracing::debug!(%peer, "too many handshakes of one address");
                        continue;
                    };
                    let shared = Arc::clone(&self.shared);
                    let (acceptor, places, stop) = (self.acceptor.clone(), Arc::clone(&places), stop.clone());
                    running.spawn(async move {
                        let ended = async {
                            let admitted = connection::handshake(&shared, &acceptor, stream).await?;
                            drop(place);
                            connection::serve(&shared, admitted, &places, stop).await
                        };
                        if let Err(turned) = ended.await {
                            tracing::info!(%peer, %turned, "a connection to the feed ended");
                        }
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection to the feed could not be accepted");
                    tokio::time::sleep(BREATH).await;
                }
            }
        }
        drop(self.listener);
        let done = async { while running.join_next().await.is_some() {} };
        if tokio::time::timeout(GOODBYE, done).await.is_err() {
            running.shutdown().await;
        }
        tail.abort();
    }
}

type Accepted = (
    tokio::net::TcpStream,
    SocketAddr,
    tokio::sync::OwnedSemaphorePermit,
);

/// The next connection, once there is a place for its handshake.
async fn next(listener: &TcpListener, handshakes: &Handshakes) -> std::io::Result<Accepted> {
    let one = handshakes.one().await?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, one))
}
