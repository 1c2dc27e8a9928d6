//! A connection: TCP, TLS 1.3 with both certificates, HTTP/2.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::Clock;
use domain::feed::EdgeCredential;
use http_body_util::{Either, Full};
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::UnusableCredential;
use super::words::Words;
use crate::link::LinkError;

/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// A dead connection is noticed after both.
const PING_EVERY: Duration = Duration::from_secs(2);
const PING_PATIENCE: Duration = Duration::from_secs(2);
/// What may arrive before it is read: an edge that is slow holds its stream back, not its memory.
const STREAM_WINDOW: u32 = 256 * 1024;
const CONNECTION_WINDOW: u32 = 1024 * 1024;

/// Sends requests on one connection.
pub(super) type Sender = SendRequest<Outgoing>;
/// A request's body: whole, or what is said on a stream.
pub(super) type Outgoing = Either<Full<Bytes>, Words>;

/// Opens connections to one authority.
pub(super) struct Dialer {
    host: String,
    port: u16,
    name: ServerName<'static>,
    connector: TlsConnector,
}

impl Dialer {
    pub(super) fn new(
        credential: &EdgeCredential,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, UnusableCredential> {
        let url: http::Uri = credential.authority.parse().map_err(unusable)?;
        let (Some("https"), Some(host)) = (url.scheme_str(), url.host()) else {
            return Err(UnusableCredential("its address is not https".into()));
        };
        let name = ServerName::try_from(credential.server_name.clone()).map_err(unusable)?;
        Ok(Self {
            // The brackets of an IPv6 address belong to URLs.
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: url.port_u16().unwrap_or(443),
            name,
            connector: TlsConnector::from(Arc::new(tls(credential, clock)?)),
        })
    }

    /// A new connection.
    pub(super) async fn dial(&self) -> Result<Sender, LinkError> {
        match tokio::time::timeout(PATIENCE, self.connect()).await {
            Ok(connected) => connected,
            Err(_) => Err(LinkError("connecting takes too long".into())),
        }
    }

    async fn connect(&self) -> Result<Sender, LinkError> {
        let failed = |what: &str, error: &dyn std::fmt::Display| LinkError(format!("{what}: {error}"));
        let stream = TcpStream::connect((self.host.as_str(), self.port))
            .await
            .map_err(|error| failed("no connection", &error))?;
        // An acknowledgement must not wait for more to come.
        let _ = stream.set_nodelay(true);
        let stream = self
            .connector
            .connect(self.name.clone(), stream)
            .await
            .map_err(|error| failed("TLS failed", &error))?;
        let (sender, connection) = Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .keep_alive_interval(PING_EVERY)
            .keep_alive_timeout(PING_PATIENCE)
            .keep_alive_while_idle(true)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| failed("HTTP/2 failed", &error))?;
        // Ends with the connection, or when nobody sends on it any more.
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "the connection to the authority broke off");
            }
        });
        Ok(sender)
    }
}

impl std::fmt::Debug for Dialer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Dialer({}:{})", self.host, self.port)
    }
}

/// Trusts the one root of the credential, shows the credential's certificate, and resumes nothing.
fn tls(credential: &EdgeCredential, clock: Arc<dyn Clock>) -> Result<ClientConfig, UnusableCredential> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from(credential.trust.clone()))
        .map_err(unusable)?;
    let chain = vec![CertificateDer::from(credential.certificate.clone())];
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(credential.private_key.to_vec()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_details(provider, Arc::new(Wall(clock)))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(unusable)?
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, key)
        .map_err(unusable)?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    config.resumption = rustls::client::Resumption::disabled();
    Ok(config)
}

/// Time as this edge knows it.
#[derive(Debug)]
struct Wall(Arc<dyn Clock>);

impl TimeProvider for Wall {
    fn current_time(&self) -> Option<UnixTime> {
        let now = Duration::from_millis(self.0.now().as_ms());
        Some(UnixTime::since_unix_epoch(now))
    }
}

fn unusable(error: impl std::fmt::Display) -> UnusableCredential {
    UnusableCredential(error.to_string())
}
