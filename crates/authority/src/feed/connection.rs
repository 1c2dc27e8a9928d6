//! One connection of an edge, from its handshake to its end.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use domain::Timestamp;
use domain::feed::{EdgeName, EdgeStart};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::roster::Admitted;
use super::{Shared, answer, tls};

const HANDSHAKE: Duration = Duration::from_secs(5);
/// Requests of one connection at once.
const REQUESTS: u32 = 64;
/// A peer that is gone is noticed after both.
const PING_EVERY: Duration = Duration::from_secs(5);
const PING_PATIENCE: Duration = Duration::from_secs(5);
/// What a peer may send before it is read, and what waits for it to be taken.
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 1024 * 1024;
const SEND_BUFFER: usize = 256 * 1024;

/// An edge at the other end: its certificate says which.
pub(super) struct Peer {
    /// Tells connections apart.
    pub(super) number: u64,
    /// Whose key opened the connection.
    pub(super) edge: EdgeName,
    ends_at: Timestamp,
    gone: watch::Receiver<bool>,
    /// The start of the edge that greeted here: there is one a connection.
    greeted: OnceLock<EdgeStart>,
    shared: Arc<Shared>,
}

/// Why a connection ended, or never was one.
#[derive(Debug, thiserror::Error)]
pub(super) enum Turned {
    /// TLS failed: mostly a certificate that is none of ours, or revoked.
    #[error("TLS failed: {0}")]
    Tls(std::io::Error),
    /// TLS took too long.
    #[error("TLS took too long")]
    Late,
    /// The key is nobody's.
    #[error("its key is no edge's")]
    Stranger,
    /// As many connections as there may be.
    #[error("there are too many connections of edges")]
    Full,
    /// As many connections of this edge as there may be.
    #[error("edge {0} has too many connections")]
    TooMany(EdgeName),
    /// The credential was revoked meanwhile.
    #[error("the credential of edge {0} was revoked")]
    Revoked(EdgeName),
    /// It broke off.
    #[error("the connection of edge {0} broke off: {1}")]
    Broken(EdgeName, hyper::Error),
}

impl Peer {
    /// Whether its credential is still good: a connection outlives the handshake that looked at its end.
    pub(super) fn is_admitted(&self, now: Timestamp) -> bool {
        !*self.gone.borrow() && now < self.ends_at
    }

    /// The start that has greeted, and so said which routes have exceptions.
    pub(super) fn greeted(&self) -> Option<&EdgeStart> {
        self.greeted.get()
    }

    /// It has greeted; says which start has first.
    pub(super) fn greet(&self, start: EdgeStart) -> &EdgeStart {
        self.greeted.get_or_init(|| start)
    }
}

/// The connection is over, and so is every request that came on it.
impl Drop for Peer {
    fn drop(&mut self) {
        if let Some(start) = self.greeted.get() {
            self.shared.authority.revoker.leave(start, self.number);
        }
    }
}

/// A connection of an edge's key.
pub(super) struct Handshaken {
    stream: TlsStream<TcpStream>,
    admitted: Admitted,
}

/// TLS, and whose key it was.
pub(super) async fn handshake(
    shared: &Shared,
    acceptor: &TlsAcceptor,
    stream: TcpStream,
) -> Result<Handshaken, Turned> {
    // A delta must not wait for more to come.
    let _ = stream.set_nodelay(true);
    let shaken = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await;
    let stream = shaken.map_err(|_| Turned::Late)?.map_err(Turned::Tls)?;
    let certificate = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
    let key = certificate.and_then(tls::key_of).ok_or(Turned::Stranger)?;
    let admitted = shared.authority.feed.find(&key).ok_or(Turned::Stranger)?;
    Ok(Handshaken { stream, admitted })
}

/// Serves requests until either side ends it, or the credential is revoked.
pub(super) async fn serve(
    shared: &Arc<Shared>,
    Handshaken { stream, admitted }: Handshaken,
    places: &Arc<Semaphore>,
    mut stop: watch::Receiver<bool>,
) -> Result<(), Turned> {
    static NUMBERS: AtomicU64 = AtomicU64::new(0);
    let _place = places.try_acquire().map_err(|_| Turned::Full)?;
    let own = Arc::clone(&admitted.places);
    let _own_place = own
        .try_acquire()
        .map_err(|_| Turned::TooMany(admitted.edge.clone()))?;
    let peer = Arc::new(Peer {
        number: NUMBERS.fetch_add(1, Ordering::Relaxed),
        edge: admitted.edge.clone(),
        ends_at: admitted.ends_at,
        gone: admitted.gone.clone(),
        greeted: OnceLock::new(),
        shared: Arc::clone(shared),
    });
    let mut gone = admitted.gone;
    let service = service_fn(|request| {
        let (shared, peer) = (Arc::clone(shared), Arc::clone(&peer));
        async move { Ok::<_, Infallible>(answer::answer(&shared, &peer, request).await) }
    });
    let connection = builder().serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let broken = |error| Turned::Broken(admitted.edge.clone(), error);
    tokio::select! {
        ended = connection.as_mut() => return ended.map_err(broken),
        // Not in order: who is no edge any more has no claim to it.
        _ = gone.wait_for(|gone| *gone) => return Err(Turned::Revoked(admitted.edge.clone())),
        _ = stop.wait_for(|stop| *stop) => {}
    }
    connection.as_mut().graceful_shutdown();
    connection.await.map_err(broken)
}

fn builder() -> hyper::server::conn::http2::Builder<TokioExecutor> {
    let mut builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(REQUESTS)
        .max_header_list_size(8 * 1024)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buf_size(SEND_BUFFER)
        .max_pending_accept_reset_streams(20)
        .max_local_error_reset_streams(100)
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_PATIENCE);
    builder
}
