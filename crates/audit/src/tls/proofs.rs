//! Servers that speak TLS as one should, and others.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "test code: made from constants"
)]

use std::sync::{Arc, LazyLock};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::Trust;
use crate::target::Target;
use crate::testing::{Proof, RawServer, Server, Stand, reply, site};

/// An authority and a certificate of its for this machine.
struct Identity {
    authority: CertificateDer<'static>,
    certificate: CertificateDer<'static>,
    key: Vec<u8>,
}

fn identity() -> Identity {
    let authority_key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = params.self_signed(&authority_key).unwrap();
    let issuer = Issuer::new(params, authority_key);
    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    Identity {
        authority: authority.der().clone(),
        certificate: own.signed_by(&key, &issuer).unwrap().der().clone(),
        key: key.serialize_der(),
    }
}

static OWN: LazyLock<Identity> = LazyLock::new(identity);
static STRANGERS: LazyLock<Identity> = LazyLock::new(identity);

fn config(identity: &Identity, is_old: bool) -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let versions: &[&rustls::SupportedProtocolVersion] = if is_old {
        &[&rustls::version::TLS12]
    } else {
        &[&rustls::version::TLS13, &rustls::version::TLS12]
    };
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(identity.key.clone()));
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![identity.certificate.clone()], key);
    Arc::new(config.unwrap())
}

fn stand(
    start: impl Fn() -> std::pin::Pin<Box<dyn Future<Output = Server> + Send>> + Send + Sync + 'static,
) -> Stand {
    let target = |url: &url::Url| Target {
        sites: vec![site("test", url.as_str(), &[])],
        ..Target::default()
    };
    Stand {
        own: Some(Box::new(move || {
            let server = start();
            Box::pin(async move {
                let authorities = vec![OWN.authority.clone()];
                (server.await, Trust { authorities })
            })
        })),
        ..Stand::of(|_| reply(404, &[], ""), target)
    }
}

fn speaking(identity: &'static LazyLock<Identity>, is_old: bool) -> Stand {
    stand(move || {
        Box::pin(Server::start_tls(
            Arc::new(|_| reply(200, &[], "hello")),
            config(identity, is_old),
        ))
    })
}

/// Agrees to whatever is offered.
async fn agree(mut stream: TcpStream) {
    let mut hello = [0; 2048];
    let read = stream.read(&mut hello).await.unwrap_or_default();
    if read < 44 {
        return;
    }
    let version = &hello[9..11];
    let body = [version, &[7; 32], &[0], &hello[46..48], &[0]].concat();
    let length = u8::try_from(body.len()).unwrap();
    let message = [&[2, 0, 0, length][..], &body].concat();
    let record = [&[22, 3, 1, 0, length + 4][..], &message].concat();
    drop(stream.write_all(&record).await);
    drop(stream.read(&mut hello).await);
}

fn agreeing() -> Stand {
    stand(|| Box::pin(RawServer::untouched("https", agree)))
}

pub(crate) fn proofs() -> Vec<Proof> {
    let proof = |check, fails| Proof {
        check,
        fails,
        passes: speaking(&OWN, false),
    };
    vec![
        proof("tls.untrusted", speaking(&STRANGERS, false)),
        proof("tls.no-1-3", speaking(&OWN, true)),
        proof("tls.old-version", agreeing()),
        proof("tls.weak-suite", agreeing()),
    ]
}
