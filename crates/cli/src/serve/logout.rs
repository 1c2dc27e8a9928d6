//! Carrying logout tokens to clients: one POST, nothing followed, and only to where the operator allows.
//!
//! The name is resolved here, every address that it has is judged, and the connection goes to a judged one: a name that
//! changes its mind between the two is of no use.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use authority::{LogoutCarrier, LogoutTerms, Unheard};
use bytes::Bytes;
use domain::network::is_public;
use http::header::{CONTENT_TYPE, HOST, USER_AGENT};
use http::{Method, Request};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Url;

use crate::client::tls_config;

/// How long one try may take, from the resolver's first word to the answer's head.
const PATIENCE: Duration = Duration::from_secs(5);

/// Of an answer. Its body is not read.
const LONGEST_HEAD: usize = 16 * 1024;

/// Carries over HTTP/1.1.
#[derive(Debug)]
pub(crate) struct Carrier {
    terms: LogoutTerms,
    /// Made when it is first needed: a machine without certificate authorities may never need one.
    tls: OnceLock<Arc<ClientConfig>>,
}

#[async_trait]
impl LogoutCarrier for Carrier {
    async fn carry(&self, uri: &str, form: String) -> Result<(), Unheard> {
        let url = Url::parse(uri).map_err(|_| Unheard::Unreachable)?;
        match tokio::time::timeout(PATIENCE, self.post(&url, form)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Unheard::Late),
        }
    }
}

impl Carrier {
    pub(crate) fn new(terms: LogoutTerms) -> Self {
        Self {
            terms,
            tls: OnceLock::new(),
        }
    }

    async fn post(&self, url: &Url, form: String) -> Result<(), Unheard> {
        let address = self.judged_address(url).await?;
        let stream = TcpStream::connect(address)
            .await
            .map_err(|_| Unheard::Unreachable)?;
        if url.scheme() == "http" {
            return exchange(stream, url, form).await;
        }
        let host = url.host_str().unwrap_or_default();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(bare.to_owned()).map_err(|_| Unheard::Unreachable)?;
        let connector = TlsConnector::from(self.tls().ok_or(Unheard::Unreachable)?);
        let stream = connector.connect(name, stream).await;
        exchange(stream.map_err(|_| Unheard::Unreachable)?, url, form).await
    }

    /// An address of the host; none unless all of them may be reached.
    async fn judged_address(&self, url: &Url) -> Result<SocketAddr, Unheard> {
        let host = url.host_str().ok_or(Unheard::Unreachable)?;
        let port = url.port_or_known_default().ok_or(Unheard::Unreachable)?;
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let found = tokio::net::lookup_host((bare, port)).await;
        let found: Vec<SocketAddr> = found.map_err(|_| Unheard::Unreachable)?.collect();
        let allowed = |address: &SocketAddr| self.may_reach(address.ip(), url.scheme());
        if !found.iter().all(allowed) {
            return Err(Unheard::Forbidden);
        }
        found.into_iter().next().ok_or(Unheard::Unreachable)
    }

    /// Public addresses over TLS; those that are listed also without.
    fn may_reach(&self, address: IpAddr, scheme: &str) -> bool {
        let listed = self.terms.private.iter().any(|network| network.contains(address));
        listed || (scheme == "https" && is_public(address))
    }

    fn tls(&self) -> Option<Arc<ClientConfig>> {
        if let Some(config) = self.tls.get() {
            return Some(Arc::clone(config));
        }
        match tls_config(None) {
            Ok(config) => Some(Arc::clone(self.tls.get_or_init(|| config))),
            Err(failure) => {
                tracing::error!(why = %failure.message, "clients cannot be told of logouts over TLS");
                None
            }
        }
    }
}

/// Whether it was answered with 2xx. The body is not read, and a redirect is no yes.
async fn exchange<S>(stream: S, url: &Url, form: String) -> Result<(), Unheard>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(LONGEST_HEAD)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|_| Unheard::Unreachable)?;
    let driver = tokio::spawn(connection);
    let host = match url.port() {
        Some(port) => format!("{}:{port}", url.host_str().unwrap_or_default()),
        None => url.host_str().unwrap_or_default().to_owned(),
    };
    let target = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let request = Request::builder()
        .method(Method::POST)
        .uri(target)
        .header(HOST, host)
        .header(USER_AGENT, concat!("symbolon/", env!("CARGO_PKG_VERSION")))
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Full::new(Bytes::from(form)))
        .map_err(|_| Unheard::Unreachable)?;
    let answered = sender.send_request(request).await;
    driver.abort();
    match answered {
        Ok(response) if response.status().is_success() => Ok(()),
        Ok(_) => Err(Unheard::Refused),
        Err(_) => Err(Unheard::Unreachable),
    }
}

#[cfg(test)]
mod tests;
