//! Which certificate authorities are trusted: the file that was named, else the system's bundle. Never none.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::failure::Failure;

const BUNDLES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// TLS 1.2 and 1.3, HTTP/1.1.
pub(crate) fn config(authorities: Option<&Path>) -> Result<Arc<ClientConfig>, Failure> {
    let roots = roots_of(&self::authorities(authorities)?);
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Failure::fault("TLS cannot be set up").because(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// The certificates of the file that was named, else of the system's bundle. Never none.
pub(crate) fn authorities(named: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let found = named.or_else(|| BUNDLES.iter().map(Path::new).find(|path| path.exists()));
    let Some(file) = found else {
        return Err(
            Failure::fault("no bundle of certificate authorities was found on this machine")
                .hint("install ca-certificates, or name one with --ca FILE"),
        );
    };
    let certificates = CertificateDer::pem_file_iter(file).map_err(|error| unusable(file).because(&error))?;
    let certificates: Result<Vec<_>, _> = certificates.collect();
    let certificates = certificates.map_err(|error| unusable(file).because(&error))?;
    if roots_of(&certificates).is_empty() {
        return Err(unusable(file));
    }
    Ok(certificates)
}

/// A bundle may hold certificates that this library does not read.
fn roots_of(certificates: &[CertificateDer<'static>]) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates.iter().cloned());
    roots
}

fn unusable(file: &Path) -> Failure {
    Failure::mistake(format!(
        "{} holds no usable certificate authority",
        file.display()
    ))
}
