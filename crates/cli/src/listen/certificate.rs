//! Certificate and key from files, replaced while running when the files change.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::SystemTime;

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::config::TlsFiles;

/// Why the files cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unusable {
    /// One cannot be read.
    #[error("cannot read {0}")]
    Unreadable(PathBuf, #[source] std::io::Error),
    /// One holds something else.
    #[error("{0} holds no PEM of the kind that is needed")]
    Pem(PathBuf),
    /// They do not fit.
    #[error("certificate and key do not fit, or cannot be used for TLS")]
    Tls(#[source] rustls::Error),
}

/// The configuration for connections, and what it presents now.
#[derive(Debug)]
pub(crate) struct Certificate {
    files: TlsFiles,
    stamp: Mutex<Stamp>,
    presented: Arc<Presented>,
    config: Arc<ServerConfig>,
}

type Stamp = [(Option<SystemTime>, u64); 2];

#[derive(Debug)]
struct Presented(RwLock<Arc<CertifiedKey>>);

impl Certificate {
    /// Reads the files.
    ///
    /// # Errors
    /// [`Unusable`].
    pub(crate) fn load(files: TlsFiles) -> Result<Self, Unusable> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let stamp = stamp(&files)?;
        let presented = Arc::new(Presented(RwLock::new(Arc::new(read(&files, &provider)?))));
        // TLS 1.2 and 1.3.
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(Unusable::Tls)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&presented) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self {
            files,
            stamp: Mutex::new(stamp),
            presented,
            config: Arc::new(config),
        })
    }

    /// For accepting connections.
    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }

    /// Reads the files again if they have changed. Until both fit, the old pair stays.
    ///
    /// # Errors
    /// [`Unusable`]; it will be tried again.
    pub(crate) fn reload_if_changed(&self) -> Result<bool, Unusable> {
        let now = stamp(&self.files)?;
        let mut seen = self.stamp.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == now {
            return Ok(false);
        }
        let key = read(&self.files, self.config.crypto_provider())?;
        *self.presented.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(key);
        *seen = now;
        Ok(true)
    }
}

impl ResolvesServerCert for Presented {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

fn stamp(files: &TlsFiles) -> Result<Stamp, Unusable> {
    let of = |path: &PathBuf| {
        let meta = fs::metadata(path).map_err(|error| Unusable::Unreadable(path.clone(), error))?;
        Ok((meta.modified().ok(), meta.len()))
    };
    Ok([of(&files.certificate)?, of(&files.key)?])
}

fn read(files: &TlsFiles, provider: &CryptoProvider) -> Result<CertifiedKey, Unusable> {
    let text = |path: &PathBuf| fs::read(path).map_err(|error| Unusable::Unreadable(path.clone(), error));
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text(&files.certificate)?).collect();
    let chain = chain.map_err(|_| Unusable::Pem(files.certificate.clone()))?;
    if chain.is_empty() {
        return Err(Unusable::Pem(files.certificate.clone()));
    }
    let pem = zeroize::Zeroizing::new(text(&files.key)?);
    let key = PrivateKeyDer::from_pem_slice(&pem).map_err(|_| Unusable::Pem(files.key.clone()))?;
    CertifiedKey::from_der(chain, key, provider).map_err(Unusable::Tls)
}
