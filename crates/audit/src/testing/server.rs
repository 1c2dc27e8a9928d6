//! The servers.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use url::Url;

use super::{ANY, Handler};

/// An HTTP server, until it is dropped. Speaks HTTP/1.1 and HTTP/2.
pub struct Server {
    url: Url,
    task: JoinHandle<()>,
}

const BODY_BYTES: usize = 1024 * 1024;

impl Server {
    /// Starts one.
    pub async fn start(handler: Handler) -> Self {
        serve("http", move |stream| {
            answer(Arc::clone(&handler), TokioIo::new(stream))
        })
        .await
    }

    /// Starts one that speaks TLS.
    pub async fn start_tls(handler: Handler, config: Arc<rustls::ServerConfig>) -> Self {
        let acceptor = tokio_rustls::TlsAcceptor::from(config);
        serve("https", move |stream| {
            let (handler, acceptor) = (Arc::clone(&handler), acceptor.clone());
            async move {
                // A handshake that fails is what some clients are here for.
                if let Ok(stream) = acceptor.accept(stream).await {
                    answer(handler, TokioIo::new(stream)).await;
                }
            }
        })
        .await
    }

    /// Where it is.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.url
    }
}

/// Answers the requests of one connection.
async fn answer<S>(handler: Handler, stream: TokioIo<S>)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request: http::Request<Incoming>| {
        let handler = Arc::clone(&handler);
        async move {
            let (head, body) = request.into_parts();
            let body = Limited::new(body, BODY_BYTES).collect().await;
            let body = body
                .map_err(|_| std::io::Error::other("no whole body"))?
                .to_bytes();
            let reply = handler(&http::Request::from_parts(head, body));
            Ok::<_, std::io::Error>(reply.map(|body| Full::new(Bytes::from(body))))
        }
    });
    // A client that goes away is its own business.
    drop(
        Builder::new(TokioExecutor::new())
            .serve_connection(stream, service)
            .await,
    );
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A server that says anything at all.
pub struct RawServer;

impl RawServer {
    /// Starts one: it reads a request's head, and hands the connection to `speak`.
    pub async fn start<F, Fut>(speak: F) -> Server
    where
        F: Fn(String, TcpStream) -> Fut + Send + Sync + Clone + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        serve("http", move |mut stream: TcpStream| {
            let speak = speak.clone();
            async move {
                let mut head = Vec::new();
                let mut byte = [0];
                while !head.ends_with(b"\r\n\r\n") && head.len() < BODY_BYTES {
                    match stream.read(&mut byte).await {
                        Ok(1) => head.extend_from_slice(&byte),
                        _ => return,
                    }
                }
                speak(String::from_utf8_lossy(&head).into_owned(), stream).await;
            }
        })
        .await
    }
}

impl RawServer {
    /// Starts one that hands a connection over as it comes.
    pub async fn untouched<F, Fut>(scheme: &'static str, speak: F) -> Server
    where
        F: Fn(TcpStream) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        serve(scheme, speak).await
    }
}

async fn serve<F, Fut>(scheme: &'static str, connection: F) -> Server
where
    F: Fn(TcpStream) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind(ANY).await.expect("a port of loopback");
    let address = listener.local_addr().expect("its number");
    let url = Url::parse(&format!("{scheme}://{address}/")).expect("an address");
    let task = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(connection(stream));
        }
    });
    Server { url, task }
}
