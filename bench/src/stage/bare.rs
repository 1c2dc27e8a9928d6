//! The baseline: a hyper server that reads a request and answers with constant header fields, and does nothing else.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::Empty;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use jose::{JwkSet, KeySet};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};

use super::http::Answer;
use super::load::Connect;
use super::process::{Process, free_port};
use crate::harness::{Fault, Ground};

/// `symbolon-bench bare`
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct BareArgs {
    /// A port on 127.0.0.1.
    #[arg(long, conflicts_with = "socket")]
    port: Option<u16>,
    /// A Unix socket.
    #[arg(long)]
    socket: Option<PathBuf>,
    /// HTTP/2 by prior knowledge; without it HTTP/1.1.
    #[arg(long)]
    http2: bool,
    /// JSON: header fields to answer with.
    #[arg(long)]
    answer: PathBuf,
    /// A JWK set of one key: the bearer token's signature is verified with it, and nothing else of the token is looked at.
    #[arg(long)]
    key: Option<PathBuf>,
}

/// What every answer needs.
#[derive(Clone)]
struct Given {
    answer: HeaderMap,
    key: Option<Arc<KeySet>>,
}

/// A running one.
pub(crate) struct Bare {
    pub(crate) process: Process,
    pub(crate) connect: Connect,
}

/// What kind of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Http1,
    Http2,
    Socket,
}

/// hyper writes these itself.
const HYPERS_OWN: &[&str] = &["date", "content-length", "connection"];

impl Bare {
    /// Starts one that answers with the header fields of `answer`, byte for byte.
    ///
    /// # Errors
    /// It does not start.
    pub(crate) fn start(ground: &Ground, kind: Kind, answer: &Answer) -> Result<Self, Fault> {
        Self::begin(ground, kind, answer, None)
    }

    /// One for HTTP/1.1 that also verifies each bearer token's signature, by the one key of a JWK set.
    ///
    /// # Errors
    /// It does not start.
    pub(crate) fn verifying(ground: &Ground, answer: &Answer, key: &str) -> Result<Self, Fault> {
        let file = ground.scratch.join("key.json");
        std::fs::write(&file, key).map_err(Fault::io("the bare server's key"))?;
        Self::begin(ground, Kind::Http1, answer, Some(&file))
    }

    fn begin(ground: &Ground, kind: Kind, answer: &Answer, key: Option<&Path>) -> Result<Self, Fault> {
        let fields: Vec<_> = answer
            .headers
            .iter()
            .filter(|(name, _)| !HYPERS_OWN.contains(&name.as_str()))
            .collect();
        let file = ground.scratch.join("answer.json");
        let json = serde_json::to_vec(&fields).map_err(|error| Fault::new(error.to_string()))?;
        std::fs::write(&file, json).map_err(Fault::io("the bare server's answer"))?;
        let mut command = Command::new(&ground.bench);
        command.arg("bare").arg("--answer").arg(file);
        if let Some(key) = key {
            command.arg("--key").arg(key);
        }
        let connect = match kind {
            Kind::Socket => Connect::Socket(ground.scratch.join("bare.socket")),
            Kind::Http1 | Kind::Http2 => Connect::Port(free_port()?),
        };
        match &connect {
            Connect::Port(port) => command.args(["--port", &port.to_string()]),
            Connect::Socket(path) => command.arg("--socket").arg(path),
        };
        if kind == Kind::Http2 {
            command.arg("--http2");
        }
        let mut process = Process::start("bare", command, &ground.scratch)?;
        process.wait_until(|| connect.answers())?;
        Ok(Self { process, connect })
    }
}

/// Serves until it is killed.
///
/// # Errors
/// It cannot listen.
pub(crate) fn serve_bare(args: &BareArgs) -> Result<(), Fault> {
    let key = args.key.as_deref().map(read_key).transpose()?.map(Arc::new);
    let given = Given {
        answer: read(&args.answer)?,
        key,
    };
    // As the product: workers by the cores that this process may run on.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(Fault::io("the runtime"))?.block_on(async {
        if let Some(path) = &args.socket {
            let _ = std::fs::remove_file(path);
            let socket = UnixListener::bind(path).map_err(Fault::io("a socket"))?;
            loop {
                let (stream, _) = socket.accept().await.map_err(Fault::io("accepting"))?;
                tokio::spawn(serve(stream, args.http2, given.clone()));
            }
        }
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port.unwrap_or_default())).await;
        let socket = socket.map_err(Fault::io("a port"))?;
        loop {
            let (stream, _) = socket.accept().await.map_err(Fault::io("accepting"))?;
            let _ = stream.set_nodelay(true);
            tokio::spawn(serve(stream, args.http2, given.clone()));
        }
    })
}

/// What any careful server of its kind would set: a limit on time and size of a request's head.
async fn serve<S>(stream: S, http2: bool, given: Given)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request: Request<Incoming>| {
        let mut response = Response::new(Empty::<Bytes>::new());
        if given
            .key
            .as_ref()
            .is_none_or(|key| is_signed(request.headers(), key))
        {
            *response.headers_mut() = given.answer.clone();
        } else {
            *response.status_mut() = StatusCode::UNAUTHORIZED;
        }
        std::future::ready(Ok::<_, Infallible>(response))
    });
    let io = TokioIo::new(stream);
    let _ = if http2 {
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .max_concurrent_streams(64)
            .max_header_list_size(16 * 1024);
        builder.serve_connection(io, service).await
    } else {
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(Duration::from_secs(10));
        builder.max_headers(64).max_buf_size(16 * 1024);
        builder.serve_connection(io, service).await
    };
}

fn read_key(file: &Path) -> Result<KeySet, Fault> {
    let json = std::fs::read(file).map_err(Fault::io("the key"))?;
    let keys = JwkSet::parse(&json).and_then(|set| KeySet::from_jwk_set(&set));
    keys.map_err(|error| Fault::new(error.to_string()))
}

/// The signature alone: no claim, no time, not even the header.
fn is_signed(headers: &HeaderMap, keys: &KeySet) -> bool {
    let bearer = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let parts = bearer.and_then(|text| text.strip_prefix("Bearer ")?.rsplit_once('.'));
    let Some((signed, signature)) = parts else {
        return false;
    };
    let verifies = |bytes: Vec<u8>| {
        keys.iter()
            .any(|key| key.verify(signed.as_bytes(), &bytes).is_ok())
    };
    jose::base64url::decode(signature.as_bytes()).is_ok_and(verifies)
}

fn read(file: &Path) -> Result<HeaderMap, Fault> {
    let text = std::fs::read(file).map_err(Fault::io("the answer"))?;
    let fields: Vec<(String, String)> =
        serde_json::from_slice(&text).map_err(|error| Fault::new(error.to_string()))?;
    let mut headers = HeaderMap::with_capacity(fields.len());
    for (name, value) in fields {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| Fault::new(error.to_string()))?;
        headers.append(
            name,
            HeaderValue::from_str(&value).map_err(|error| Fault::new(error.to_string()))?,
        );
    }
    Ok(headers)
}
