//! One connection, from the TLS handshake to its end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Limited;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{Notify, watch};
use tokio_rustls::TlsAcceptor;

use super::certificate::Certificate;
use super::guard::{self, AllowedHosts, Turned};
use super::{BodyError, HttpService, Limits, ResponseBody, stopped};

/// What all connections of a listener have in common.
pub(crate) struct Shared {
    pub(crate) service: Arc<dyn HttpService>,
    pub(crate) certificate: Option<Arc<Certificate>>,
    pub(crate) hosts: AllowedHosts,
    pub(crate) limits: Limits,
    pub(crate) shutdown: watch::Receiver<bool>,
}

/// Requests that are being answered on one connection, to the last byte of their responses.
#[derive(Debug, Default)]
struct Flights {
    count: AtomicUsize,
    changed: Notify,
}

/// One of them.
#[derive(Debug)]
struct Flight(Arc<Flights>);

/// Serves a connection to its end.
pub(crate) async fn handle(shared: &Arc<Shared>, stream: TcpStream, peer: SocketAddr) {
    // Small answers must not wait for more to come.
    let _ = stream.set_nodelay(true);
    let Some(certificate) = &shared.certificate else {
        return exchange(shared, stream, peer).await;
    };
    let acceptor = TlsAcceptor::from(certificate.config());
    let handshake = tokio::time::timeout(shared.limits.header_timeout.into(), acceptor.accept(stream));
    match handshake.await {
        Ok(Ok(stream)) => exchange(shared, stream, peer).await,
        Ok(Err(error)) => tracing::debug!(%peer, %error, "TLS failed"),
        Err(_) => tracing::debug!(%peer, "TLS took too long"),
    }
}

async fn exchange<S>(shared: &Arc<Shared>, stream: S, peer: SocketAddr)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let flights = Arc::new(Flights::default());
    let service = service_fn(|request: Request<Incoming>| {
        let (shared, flight) = (Arc::clone(shared), Flight::begin(&flights));
        async move { Ok::<_, Infallible>(answer(&shared, peer, request, flight).await) }
    });
    let builder = builder(&shared.limits);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let mut shutdown = shared.shutdown.clone();
    tokio::select! {
        ended = connection.as_mut() => return note(peer, ended),
        () = stopped(&mut shutdown) => {}
        () = flights.idle(&shared.limits) => {}
    }
    // No further request; those that run are answered. A peer that is in the middle of a header section has no claim.
    connection.as_mut().graceful_shutdown();
    tokio::select! {
        ended = connection => note(peer, ended),
        () = flights.none_for(shared.limits.header_timeout.min(LAST_WORDS)) => {}
    }
}

/// How long a connection without a request gets to say goodbye.
const LAST_WORDS: domain::Span = domain::Span::from_secs(1);

fn note<E: std::fmt::Display>(peer: SocketAddr, ended: Result<(), E>) {
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "a connection broke off");
    }
}

fn builder(limits: &Limits) -> Builder<TokioExecutor> {
    let narrow = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(std::time::Duration::from(limits.header_timeout))
        .max_headers(limits.headers)
        .max_buf_size(limits.header_bytes);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(narrow(limits.streams))
        .max_header_list_size(narrow(limits.header_bytes))
        .max_pending_accept_reset_streams(20)
        .max_local_error_reset_streams(100)
        .keep_alive_interval(std::time::Duration::from(limits.keep_alive))
        .keep_alive_timeout(limits.header_timeout.into());
    builder
}

async fn answer(
    shared: &Shared,
    peer: SocketAddr,
    request: Request<Incoming>,
    flight: Flight,
) -> Response<Tracked> {
    let limits = &shared.limits;
    let response = match guard::judge(&request, &shared.hosts, limits) {
        Err(turned) => turned.response(),
        Ok(()) => {
            let request = request.map(|body| Limited::new(body, limits.body_bytes));
            let call = shared.service.call(peer, shared.certificate.is_some(), request);
            let timely = tokio::time::timeout(limits.request_timeout.into(), call).await;
            timely.unwrap_or_else(|_| Turned::Late.response())
        }
    };
    response.map(|body| Tracked {
        body,
        _flight: flight,
    })
}

impl Flight {
    fn begin(flights: &Arc<Flights>) -> Self {
        flights.count.fetch_add(1, Ordering::SeqCst);
        flights.changed.notify_one();
        Self(Arc::clone(flights))
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Ordering::SeqCst);
        self.0.changed.notify_one();
    }
}

impl Flights {
    /// Returns once there was no request for too long: from the beginning within the header time, later within keep-alive.
    async fn idle(&self, limits: &Limits) {
        let first = self.changed.notified();
        if tokio::time::timeout(limits.header_timeout.into(), first)
            .await
            .is_err()
        {
            return;
        }
        self.none_for(limits.keep_alive).await;
    }

    /// Returns once no request has been running for so long.
    async fn none_for(&self, span: domain::Span) {
        loop {
            let changed = self.changed.notified();
            if self.count.load(Ordering::SeqCst) > 0 {
                changed.await;
            } else if tokio::time::timeout(span.into(), changed).await.is_err() {
                return;
            }
        }
    }
}

/// A response's body that counts as running until it is sent or dropped.
struct Tracked {
    body: ResponseBody,
    _flight: Flight,
}

impl Body for Tracked {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
