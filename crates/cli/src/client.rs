//! A small HTTP/1.1 client: one request per connection, nothing followed, everything bounded in size and time.

pub(crate) mod origin;
mod tls;

pub(crate) use tls::{authorities, config as tls_config};

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderValue, Method, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Url;
use zeroize::Zeroizing;

pub(crate) use origin::{Origin, is_loopback_host};

use crate::failure::Failure;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Long enough for any answer that does not wait on purpose.
pub(crate) const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
const LONGEST_ANSWER: usize = 16 * 1024 * 1024;

/// Talks to one origin.
pub(crate) struct HttpClient {
    origin: Origin,
    tls: Option<Arc<ClientConfig>>,
}

/// One request.
pub(crate) struct Ask<'a> {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) target: &'a str,
    pub(crate) bearer: Option<&'a str>,
    pub(crate) body: Option<&'a Value>,
    pub(crate) timeout: Duration,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
}

impl<'a> Ask<'a> {
    /// A plain read.
    pub(crate) const fn read(target: &'a str) -> Self {
        Self {
            method: Method::GET,
            target,
            bearer: None,
            body: None,
            timeout: ANSWER_TIMEOUT,
        }
    }
}

impl HttpClient {
    /// For an origin; `authorities` is a PEM file of the only certificate authorities to trust, in place of the system's.
    pub(crate) fn new(url: &Url, authorities: Option<&Path>) -> Result<Self, Failure> {
        let origin = Origin::of(url)?;
        let tls = if origin.is_https() {
            Some(tls::config(authorities)?)
        } else {
            None
        };
        Ok(Self { origin, tls })
    }

    /// Asks, and reads the whole answer.
    pub(crate) async fn send(&self, ask: &Ask<'_>) -> Result<Answer, Failure> {
        let stream = tokio::time::timeout(CONNECT_TIMEOUT, self.connect())
            .await
            .map_err(|_| self.unreachable("no connection within 5 s"))??;
        let work = async {
            match &self.tls {
                Some(config) => {
                    let connector = TlsConnector::from(Arc::clone(config));
                    let name = self.origin.server_name()?;
                    let handshake = connector.connect(name, stream).await;
                    let stream = handshake.map_err(|error| {
                        self.unreachable("TLS failed").because(&error).hint(
                            "check the certificate and its name; a private authority is named with --ca FILE",
                        )
                    })?;
                    self.exchange(stream, ask).await
                }
                None => self.exchange(stream, ask).await,
            }
        };
        let answer = tokio::time::timeout(ask.timeout, work).await;
        answer.map_err(|_| self.unreachable(&format!("no answer within {} s", ask.timeout.as_secs())))?
    }

    /// Whether anybody listens there.
    pub(crate) async fn is_answered(&self) -> bool {
        matches!(
            tokio::time::timeout(CONNECT_TIMEOUT, self.connect()).await,
            Ok(Ok(_))
        )
    }

    /// Plain http goes to loopback addresses whatever the resolver says of the name.
    async fn connect(&self) -> Result<TcpStream, Failure> {
        let connected = match self.origin.loopback_addresses() {
            Some(addresses) => TcpStream::connect(addresses.as_slice()).await,
            None => TcpStream::connect((self.origin.dial_host(), self.origin.port())).await,
        };
        connected.map_err(|error| self.unreachable("no connection").because(&error))
    }

    async fn exchange<S>(&self, stream: S, ask: &Ask<'_>) -> Result<Answer, Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let broken = |error: hyper::Error| self.unreachable("the exchange broke off").because(&error);
        let request = self.request(ask)?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
        let driver = tokio::spawn(connection);
        let response = sender.send_request(request).await.map_err(broken)?;
        let status = response.status();
        let body = Limited::new(response.into_body(), LONGEST_ANSWER).collect().await;
        driver.abort();
        let body = body
            .map_err(|error| {
                self.unreachable("the answer is cut off or too long")
                    .because(error.as_ref())
            })?
            .to_bytes();
        Ok(Answer { status, body })
    }

    fn request(&self, ask: &Ask<'_>) -> Result<http::Request<Full<Bytes>>, Failure> {
        let wrong = |error: http::Error| Failure::mistake("the request cannot be written").because(&error);
        let mut request = http::Request::builder()
            .method(ask.method.clone())
            .uri(ask.target)
            .header(HOST, self.origin.host_header())
            .header(USER_AGENT, concat!("symbolon/", env!("CARGO_PKG_VERSION")))
            .header(ACCEPT, "application/json");
        if let Some(token) = ask.bearer {
            let text = Zeroizing::new(format!("Bearer {token}"));
            let mut value = HeaderValue::from_str(&text)
                .map_err(|_| Failure::mistake("the admin token holds characters that no token has"))?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        let body = match ask.body {
            Some(value) => {
                request = request.header(CONTENT_TYPE, "application/json");
                Bytes::from(value.to_string())
            }
            None => Bytes::new(),
        };
        request.body(Full::new(body)).map_err(wrong)
    }

    fn unreachable(&self, why: &str) -> Failure {
        Failure::fault(format!("{} cannot be reached: {why}", self.origin))
    }
}

#[cfg(test)]
mod tests;
