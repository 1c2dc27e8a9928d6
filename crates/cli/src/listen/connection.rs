//! One connection, from the TLS handshake to its end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body_util::Limited;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use super::aside::Aside;
use super::certificate::Certificate;
use super::flights::{Arriving, Flight, Flights, Tracked};
use super::guard::{self, AllowedHosts, Turned};
use super::{HttpService, Limits, ResponseBody, stopped};

/// What all connections of a listener have in common.
pub(crate) struct Shared {
    pub(crate) service: Arc<dyn HttpService>,
    pub(crate) certificate: Option<Arc<Certificate>>,
    pub(crate) hosts: AllowedHosts,
    pub(crate) limits: Limits,
    pub(crate) shutdown: watch::Receiver<bool>,
}

/// A connection of either kind.
pub(super) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// Serves a connection to its end.
pub(super) async fn handle(shared: &Arc<Shared>, stream: Stream, peer: SocketAddr, flights: &Arc<Flights>) {
    let stream = match stream {
        Stream::Tcp(stream) => stream,
        Stream::Unix(stream) => return exchange(shared, stream, peer, flights).await,
    };
    // Small answers must not wait for more to come.
    let _ = stream.set_nodelay(true);
    let Some(certificate) = &shared.certificate else {
        return exchange(shared, stream, peer, flights).await;
    };
    let acceptor = TlsAcceptor::from(certificate.config());
    let handshake = tokio::time::timeout(shared.limits.header_timeout.into(), acceptor.accept(stream));
    let handshake = tokio::select! {
        handshake = handshake => handshake,
        () = flights.dismissal() => return,
    };
    match handshake {
        Ok(Ok(stream)) => exchange(shared, stream, peer, flights).await,
        Ok(Err(error)) => tracing::debug!(%peer, %error, "TLS failed"),
        Err(_) => tracing::debug!(%peer, "TLS took too long"),
    }
}

async fn exchange<S>(shared: &Arc<Shared>, stream: S, peer: SocketAddr, flights: &Arc<Flights>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service =
        service_fn(|request: Request<Incoming>| answer(shared, peer, request, Flight::begin(flights)));
    let builder = builder(&shared.limits);
    // An upgraded connection leaves this place: whoever took the upgrade bounds it.
    let mut connection = pin!(builder.serve_connection_with_upgrades(TokioIo::new(stream), service));
    let mut shutdown = shared.shutdown.clone();
    let mut end = Aside::new(async {
        tokio::select! {
            () = stopped(&mut shutdown) => false,
            () = flights.idle(&shared.limits) => false,
            () = flights.breaking() => true,
        }
    });
    tokio::select! {
        biased;
        ended = connection.as_mut() => return note(peer, ended),
        broken = &mut end => if broken { return },
    }
    // No further request; those that run are answered. A peer that is in the middle of a header section has no claim.
    connection.as_mut().graceful_shutdown();
    tokio::select! {
        ended = connection => note(peer, ended),
        () = flights.none_for(shared.limits.header_timeout.min(LAST_WORDS), &shared.limits) => {}
        () = flights.breaking() => {}
    }
}

/// How long a connection without a request gets to say goodbye.
const LAST_WORDS: domain::Span = domain::Span::from_secs(1);

/// What an HTTP/2 peer may send before anybody asked for it, and what waits for it to be taken.
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 256 * 1024;
const SEND_BUFFER: usize = 64 * 1024;

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
        // It also runs while a connection waits for its next request. The first one's time is `Flights::idle`'s, and who
        // sends a later one's header section by drops keeps the connection no longer than who sends nothing.
        .header_read_timeout(std::time::Duration::from(
            limits.keep_alive.max(limits.header_timeout),
        ))
        .max_headers(limits.headers)
        .max_buf_size(limits.header_bytes);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(narrow(limits.streams))
        .max_header_list_size(narrow(limits.header_bytes))
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buf_size(SEND_BUFFER)
        .max_pending_accept_reset_streams(20)
        .max_local_error_reset_streams(100)
        .keep_alive_interval(std::time::Duration::from(limits.keep_alive))
        .keep_alive_timeout(limits.header_timeout.into());
    builder
}

/// What can be answered at once is, without a future of its own.
fn answer(
    shared: &Arc<Shared>,
    peer: SocketAddr,
    request: Request<Incoming>,
    mut flight: Flight,
) -> Answering {
    let (tls, is_last) = (shared.certificate.is_some(), guard::is_last(&request));
    let turned = match guard::judge(&request, &shared.hosts, &shared.limits) {
        Err(turned) => Some(turned.response().map(Some)),
        Ok(()) => None,
    };
    let at_once = || Some(shared.service.at_once(peer, &request)?.map(|()| None));
    if let Some(response) = turned.or_else(at_once) {
        return Answering::Ready(Some(tracked(response, flight, is_last)));
    }
    let shared = Arc::clone(shared);
    Answering::Waiting(Box::pin(async move {
        let limits = &shared.limits;
        let request = request.map(|body| Limited::new(Arriving::new(body, &mut flight), limits.body_bytes));
        let call = shared.service.call(peer, tls, request);
        let timely = tokio::time::timeout(limits.request_timeout.into(), call).await;
        let response = timely.unwrap_or_else(|_| Turned::Late.response());
        tracked(response.map(Some), flight, is_last)
    }))
}

fn tracked(mut response: Response<Option<ResponseBody>>, flight: Flight, is_last: bool) -> Response<Tracked> {
    if is_last {
        guard::close(response.headers_mut());
    }
    response.map(|body| Tracked::new(body, flight))
}

/// An answer that is there, or on its way.
enum Answering {
    Ready(Option<Response<Tracked>>),
    Waiting(Pin<Box<dyn Future<Output = Response<Tracked>> + Send>>),
}

impl Future for Answering {
    type Output = Result<Response<Tracked>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Self::Ready(response) => response
                .take()
                .map_or(Poll::Pending, |response| Poll::Ready(Ok(response))),
            Self::Waiting(response) => response.as_mut().poll(cx).map(Ok),
        }
    }
}

#[cfg(test)]
mod tests;
