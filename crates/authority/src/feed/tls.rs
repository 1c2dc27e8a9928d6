//! TLS 1.3 with a certificate from each side. A key that is nobody's any more is refused in the handshake; nothing is
//! resumed, so every connection goes through one.

use std::sync::Arc;

use domain::Clock;
use domain::key::KeyId;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoServerSessionStorage, ParsedCertificate, WebPkiClientVerifier};
use rustls::time_provider::TimeProvider;
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore, ServerConfig,
    SignatureScheme,
};

use super::ca::{FeedCa, edge_key_id};
use crate::authority::Authority;
use crate::error::Fault;

/// What connections are accepted with.
pub(super) fn server(authority: &Arc<Authority>, ca: &FeedCa) -> Result<ServerConfig, Fault> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let own = ca.server(authority.clock.now(), authority.entropy.as_ref())?;
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from(ca.certificate().to_vec()))
        .map_err(fault)?;
    let chain = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let verifier = EdgeVerifier {
        chain: chain.build().map_err(fault)?,
        authority: Arc::clone(authority),
    };
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.private_key.to_vec()));
    let time = Arc::new(Wall(Arc::clone(&authority.clock)));
    let mut config = ServerConfig::builder_with_details(provider, time)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(fault)?
        .with_client_cert_verifier(Arc::new(verifier))
        .with_single_cert(vec![CertificateDer::from(own.certificate)], key)
        .map_err(fault)?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

/// The name of the key that a peer has shown to hold.
pub(super) fn key_of(certificate: &CertificateDer<'_>) -> Option<KeyId> {
    let parsed = ParsedCertificate::try_from(certificate).ok()?;
    edge_key_id(&parsed.subject_public_key_info()).ok()
}

/// Time as this authority knows it.
#[derive(Debug)]
pub(super) struct Wall(pub(super) Arc<dyn Clock>);

impl TimeProvider for Wall {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(std::time::Duration::from_millis(
            self.0.now().as_ms(),
        )))
    }
}

/// A chain to our own root, and a key that is an edge's now.
#[derive(Debug)]
struct EdgeVerifier {
    chain: Arc<dyn ClientCertVerifier>,
    authority: Arc<Authority>,
}

impl ClientCertVerifier for EdgeVerifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let verified = self.chain.verify_client_cert(end, between, now)?;
        let known = key_of(end).and_then(|key| self.authority.feed.find(&key));
        known
            .map(|_| verified)
            .ok_or(Error::InvalidCertificate(CertificateError::Revoked))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chain.supported_verify_schemes()
    }
}

fn fault(error: impl std::fmt::Display) -> Fault {
    Fault::Keys(error.to_string())
}
