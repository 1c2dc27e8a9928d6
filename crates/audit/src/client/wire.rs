//! Connections: one for each request, to the address that the scope gave.

use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Version};
use http_body_util::Full;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Url;

use super::{Stop, body};
use crate::answer::Answer;
use crate::limits::Limits;
use crate::request::{Protocol, Request};

/// Who may vouch for a target.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// Certificate authorities, as DER. With none, no TLS connection comes about.
    pub authorities: Vec<CertificateDer<'static>>,
}

const AGENT: &str = concat!("symbolon-audit/", env!("CARGO_PKG_VERSION"));

/// A target that has said something is given so long to go on.
const SILENCE: Duration = Duration::from_secs(1);

pub(super) fn tls(trust: &Trust, protocol: Protocol) -> Result<Arc<ClientConfig>, Stop> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(trust.authorities.iter().cloned());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Stop::Tls(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = match protocol {
        Protocol::Http1 => vec![b"http/1.1".to_vec()],
        Protocol::Http2 => vec![b"h2".to_vec()],
    };
    Ok(Arc::new(config))
}

/// One request and its answer.
pub(super) async fn exchange(
    request: &Request,
    address: SocketAddr,
    tls: &Arc<ClientConfig>,
    limits: &Limits,
) -> Result<Answer, Stop> {
    let message = message(request)?;
    let stream = connect(&request.url, address, tls).await?;
    let broken = |error: hyper::Error| Stop::Broken(causes(&error));
    let response = match request.protocol {
        Protocol::Http1 => {
            let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
                .max_headers(limits.header_fields)
                .max_buf_size(limits.header_bytes.max(8192))
                .handshake(TokioIo::new(stream))
                .await
                .map_err(broken)?;
            let driver = Driver::of(connection);
            let response = sender.send_request(message).await.map_err(broken)?;
            response.map(|body| (body, driver))
        }
        Protocol::Http2 => {
            let (mut sender, connection) = hyper::client::conn::http2::Builder::new(TokioExecutor::new())
                .max_header_list_size(u32::try_from(limits.header_bytes).unwrap_or(u32::MAX))
                .handshake(TokioIo::new(stream))
                .await
                .map_err(broken)?;
            let driver = Driver::of(connection);
            let response = sender.send_request(message).await.map_err(broken)?;
            response.map(|body| (body, driver))
        }
    };
    // The driver lives until the body is read.
    let (head, (body, _driver)) = response.into_parts();
    let fields = fields(&head.headers, limits)?;
    let taken = body::take(body, limits.body_bytes).await?;
    Ok(answer(
        request.url.clone(),
        head.status.as_u16(),
        fields,
        taken,
        limits,
    ))
}

fn answer(
    url: Url,
    status: u16,
    fields: Vec<(String, String)>,
    taken: body::Taken,
    limits: &Limits,
) -> Answer {
    let encoding = fields
        .iter()
        .find(|(name, _)| name == "content-encoding")
        .map(|(_, value)| value.clone());
    let packed =
        encoding.filter(|encoding| !taken.bytes.is_empty() && !encoding.eq_ignore_ascii_case("identity"));
    let unpacked = packed.map(|encoding| body::unpack(&taken, &encoding, limits.body_bytes));
    let is_garbled = matches!(unpacked, Some(None));
    let taken = unpacked.flatten().unwrap_or(taken);
    Answer {
        url,
        status,
        fields,
        body: taken.bytes,
        is_cut: taken.is_cut,
        is_garbled,
        took: Duration::ZERO,
    }
}

fn fields(map: &http::HeaderMap, limits: &Limits) -> Result<Vec<(String, String)>, Stop> {
    if map.len() > limits.header_fields {
        return Err(Stop::Broken(format!("{} header fields", map.len())));
    }
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Ok(map
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), text(value)))
        .collect())
}

/// Bytes out, bytes back.
pub(super) async fn raw(
    url: &Url,
    bytes: &[u8],
    address: SocketAddr,
    tls: &Arc<ClientConfig>,
    limits: &Limits,
) -> Result<Vec<u8>, Stop> {
    let mut stream = connect(url, address, tls).await?;
    let broken = |error: Error| Stop::Broken(error.to_string());
    stream.write_all(bytes).await.map_err(broken)?;
    stream.flush().await.map_err(broken)?;
    let mut got = Vec::new();
    let mut buffer = [0; 8192];
    while got.len() < limits.body_bytes {
        let more = match tokio::time::timeout(SILENCE, stream.read(&mut buffer)).await {
            Ok(Ok(more)) => more,
            // A target that cuts the connection has said what it had to say.
            Ok(Err(error)) if got.is_empty() && error.kind() != ErrorKind::ConnectionReset => {
                return Err(broken(error));
            }
            Ok(Err(_)) => break,
            // Before its first byte a target may think: the request's own limit counts.
            Err(_) if got.is_empty() => continue,
            Err(_) => break,
        };
        if more == 0 {
            break;
        }
        got.extend_from_slice(buffer.get(..more).unwrap_or_default());
    }
    got.truncate(limits.body_bytes);
    Ok(got)
}

/// Behind its first words an answer goes on at once, or its head is not of interest.
const WORDS: Duration = Duration::from_millis(300);
const HEAD_BYTES: usize = 8192;

/// What was agreed upon in a handshake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handshake {
    /// Whether it is TLS 1.3.
    pub is_latest: bool,
    version: String,
    suite: String,
}

impl std::fmt::Display for Handshake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} with {}", self.version, self.suite)
    }
}

/// A handshake and nothing behind it.
pub(super) async fn handshake(
    url: &Url,
    address: SocketAddr,
    tls: &Arc<ClientConfig>,
) -> Result<Handshake, Stop> {
    let stream = encrypted(url, address, tls).await?;
    let (_, connection) = stream.get_ref();
    let version = connection.protocol_version();
    let name = |text: String| text.replace("TLSv1_", "TLS 1.").replace("TLS13_", "TLS_");
    Ok(Handshake {
        is_latest: version == Some(rustls::ProtocolVersion::TLSv1_3),
        version: version.map_or_else(String::new, |version| name(format!("{version:?}"))),
        suite: connection
            .negotiated_cipher_suite()
            .map_or_else(String::new, |suite| name(format!("{:?}", suite.suite()))),
    })
}

/// Bytes out without TLS, whatever the address says, and the head of what comes back.
pub(super) async fn plain_words(
    bytes: &[u8],
    address: SocketAddr,
    patience: Duration,
) -> Result<Option<Vec<u8>>, Stop> {
    words(reached(address).await?, bytes, patience).await
}

/// Bytes out, and the head of what comes back.
pub(super) async fn first_words(
    url: &Url,
    bytes: &[u8],
    address: SocketAddr,
    tls: &Arc<ClientConfig>,
    patience: Duration,
) -> Result<Option<Vec<u8>>, Stop> {
    words(connect(url, address, tls).await?, bytes, patience).await
}

async fn words(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    bytes: &[u8],
    patience: Duration,
) -> Result<Option<Vec<u8>>, Stop> {
    // A target may have hung up before it has read all: what it said counts.
    if stream.write_all(bytes).await.is_ok() {
        drop(stream.flush().await);
    }
    let mut got = Vec::new();
    let mut buffer = [0; 2048];
    let is_head = |got: &[u8]| got.windows(4).any(|window| window == b"\r\n\r\n");
    while !is_head(&got) && got.len() < HEAD_BYTES {
        let wait = if got.is_empty() { patience } else { WORDS };
        match tokio::time::timeout(wait, stream.read(&mut buffer)).await {
            Err(_) => return Ok((!got.is_empty()).then_some(got)),
            Ok(Ok(0) | Err(_)) => break,
            Ok(Ok(more)) => got.extend_from_slice(buffer.get(..more).unwrap_or_default()),
        }
    }
    Ok(Some(got))
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

async fn connect(url: &Url, address: SocketAddr, tls: &Arc<ClientConfig>) -> Result<Box<dyn Stream>, Stop> {
    if url.scheme() == "https" {
        return Ok(Box::new(encrypted(url, address, tls).await?));
    }
    Ok(Box::new(reached(address).await?))
}

async fn reached(address: SocketAddr) -> Result<TcpStream, Stop> {
    let stream = TcpStream::connect(address).await;
    stream.map_err(|error| Stop::Unreachable(error.to_string()))
}

async fn encrypted(
    url: &Url,
    address: SocketAddr,
    tls: &Arc<ClientConfig>,
) -> Result<tokio_rustls::client::TlsStream<TcpStream>, Stop> {
    let stream = reached(address).await?;
    let host = url
        .host_str()
        .unwrap_or_default()
        .trim_matches(['[', ']'])
        .to_owned();
    let name = ServerName::try_from(host).map_err(|error| Stop::Tls(error.to_string()))?;
    let connected = TlsConnector::from(Arc::clone(tls)).connect(name, stream).await;
    connected.map_err(|error| Stop::Tls(error.to_string()))
}

fn message(request: &Request) -> Result<http::Request<Full<Bytes>>, Stop> {
    let unsendable = |what: &str| Stop::Unsendable(what.to_owned());
    let is_h2 = request.protocol == Protocol::Http2;
    let mut address = request.url.clone();
    address.set_fragment(None);
    let path = address.path();
    let target = match address.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let authority = match (address.host_str(), address.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (host, _) => host.unwrap_or_default().to_owned(),
    };
    let target = if is_h2 {
        format!("{}://{authority}{target}", address.scheme())
    } else {
        target
    };
    let mut message = http::Request::builder()
        .method(request.method.clone())
        .uri(target)
        .version(if is_h2 { Version::HTTP_2 } else { Version::HTTP_11 })
        .body(Full::new(Bytes::from(request.body.clone())))
        .map_err(|error| Stop::Unsendable(error.to_string()))?;
    let headers = message.headers_mut();
    for (name, value) in &request.fields {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsendable("the name of a field"))?;
        let value =
            HeaderValue::from_bytes(value.as_bytes()).map_err(|_| unsendable("the value of a field"))?;
        headers.append(name, value);
    }
    let mut default = |name: HeaderName, value: &str| {
        if let (false, Ok(value)) = (headers.contains_key(&name), HeaderValue::from_str(value)) {
            headers.insert(name, value);
        }
    };
    if !is_h2 {
        default(http::header::HOST, &authority);
    }
    default(http::header::USER_AGENT, AGENT);
    default(http::header::ACCEPT, "*/*");
    default(http::header::ACCEPT_ENCODING, "gzip, deflate");
    Ok(message)
}

/// The task that moves a connection's bytes. It ends with the request.
struct Driver(tokio::task::JoinHandle<()>);

impl Driver {
    fn of<F>(connection: F) -> Self
    where
        F: Future<Output = Result<(), hyper::Error>> + Send + 'static,
    {
        // What goes wrong here is told to whoever waits for the answer.
        Self(tokio::spawn(async move { drop(connection.await) }))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(&format!(": {cause}"));
        next = cause.source();
    }
    text
}
