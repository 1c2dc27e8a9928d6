//! The feed's own certificate authority: its key is sealed at rest like every other, and it certifies edges and this
//! authority towards them, nobody else.

use domain::feed::EdgeName;
use domain::key::{KeyId, KeyRow, KeyState, KeyUse};
use domain::{Digest, Entropy, Span, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PublicKeyData, SerialNumber,
};
use rustls::pki_types::PrivatePkcs8KeyDer;
use store::intent::{Actor, KeyStep};
use zeroize::Zeroizing;

use crate::authority::Authority;
use crate::error::Fault;

/// The name in the authority's certificate, whatever it is reached by.
pub(crate) const SERVER_NAME: &str = "authority.symbolon.internal";
/// How long an edge's credential is good.
pub(crate) const EDGE_LIFE: Span = Span::from_days(365);

const CA_NAME: &str = "Symbolon feed";
const CA_LIFE: Span = Span::from_days(20 * 365);
/// This authority's own certificate is made anew at each start.
const SERVER_LIFE: Span = Span::from_days(5 * 365);
/// Clocks may be apart by this much.
const SKEW: Span = Span::from_mins(10);

/// The key that certifies.
pub(crate) struct FeedCa {
    key: KeyPair,
    certificate: Vec<u8>,
}

/// A certificate with its private key.
pub(crate) struct Certified {
    /// DER.
    pub(crate) certificate: Vec<u8>,
    /// PKCS #8 DER.
    pub(crate) private_key: Zeroizing<Vec<u8>>,
    /// Names the key in the log.
    pub(crate) kid: KeyId,
}

impl FeedCa {
    /// Loads it; makes it where there is none. Two that make one at once end up with the same.
    pub(crate) async fn open(authority: &Authority) -> Result<Self, Fault> {
        let store = authority.store.as_ref();
        for _ in 0..4 {
            let rows = store.keys().await?;
            let of = |state| rows.iter().find(|r| r.usage == KeyUse::Feed && r.state == state);
            if let Some(row) = of(KeyState::Signing) {
                return Self::load(authority, row);
            }
            let step = match of(KeyState::Announced) {
                Some(row) => KeyStep::Promote {
                    next: row.id.clone(),
                    retire: None,
                    cause: "schedule",
                },
                None => KeyStep::Announce(Self::make(authority)?),
            };
            // Whether it was done, or somebody was faster: look again.
            store.change_key(step, Actor::system()).await?;
        }
        Err(Fault::Keys("the feed's key could not be made".into()))
    }

    /// A new key and certificate for an edge.
    pub(crate) fn edge(
        &self,
        name: &EdgeName,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<Certified, Fault> {
        let mut params = params(name.as_str(), now, EDGE_LIFE, entropy)?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.certify(&params)
    }

    /// A new key and certificate for this authority.
    pub(crate) fn server(&self, now: Timestamp, entropy: &dyn Entropy) -> Result<Certified, Fault> {
        let mut params = params(SERVER_NAME, now, SERVER_LIFE, entropy)?;
        let name = SERVER_NAME.try_into().map_err(fault)?;
        params.subject_alt_names = vec![rcgen::SanType::DnsName(name)];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.certify(&params)
    }

    /// What both sides trust, DER.
    pub(crate) fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    fn certify(&self, params: &CertificateParams) -> Result<Certified, Fault> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(fault)?;
        let own = ca_params();
        let issuer = Issuer::from_params(&own, &self.key);
        let certificate = params.signed_by(&key, &issuer).map_err(fault)?;
        Ok(Certified {
            certificate: certificate.der().to_vec(),
            kid: edge_key_id(&key.subject_public_key_info())?,
            private_key: Zeroizing::new(key.serialize_der()),
        })
    }

    fn make(authority: &Authority) -> Result<KeyRow, Fault> {
        let (now, entropy) = (authority.clock.now(), authority.entropy.as_ref());
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(fault)?;
        let mut own = ca_params();
        within(&mut own, now, CA_LIFE)?;
        own.serial_number = Some(serial(entropy));
        let certificate = own.self_signed(&key).map_err(fault)?;
        let id = named("feed-", &key.subject_public_key_info())?;
        let private = Zeroizing::new(key.serialize_der());
        Ok(KeyRow {
            sealed: authority.keys.seal_private(&id, &private)?,
            id,
            usage: KeyUse::Feed,
            state: KeyState::Announced,
            public: Some(jose::base64url::encode(certificate.der())),
            announced_at: now,
            since: now,
        })
    }

    fn load(authority: &Authority, row: &KeyRow) -> Result<Self, Fault> {
        let unusable = || Fault::Keys(format!("key {} is not a key of the feed", row.id));
        let private = authority.keys.open_private(&row.id, &row.sealed)?;
        let der = PrivatePkcs8KeyDer::from(private.as_slice());
        let key = KeyPair::from_pkcs8_der_and_sign_algo(&der, &PKCS_ECDSA_P256_SHA256).map_err(fault)?;
        let text = row.public.as_deref().ok_or_else(unusable)?;
        let certificate = jose::base64url::decode(text.as_bytes()).map_err(|_| unusable())?;
        Ok(Self { key, certificate })
    }
}

/// The name of an edge's key: its thumbprint, the key of revocation class `key`.
pub(super) fn edge_key_id(public_key_info: &[u8]) -> Result<KeyId, Fault> {
    named("edge-", public_key_info)
}

fn named(prefix: &str, public_key_info: &[u8]) -> Result<KeyId, Fault> {
    let thumbprint = jose::base64url::encode(Digest::of(public_key_info).as_bytes());
    KeyId::new(&format!("{prefix}{thumbprint}")).map_err(|e| Fault::Keys(e.to_string()))
}

/// What makes it the issuer of what it certifies: the same at every start.
fn ca_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, CA_NAME);
    // It certifies ends only, no further authorities.
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

fn params(name: &str, now: Timestamp, life: Span, entropy: &dyn Entropy) -> Result<CertificateParams, Fault> {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    params.serial_number = Some(serial(entropy));
    within(&mut params, now, life)?;
    Ok(params)
}

fn within(params: &mut CertificateParams, now: Timestamp, life: Span) -> Result<(), Fault> {
    let at = |time: Timestamp| {
        let seconds = i64::try_from(time.as_secs()).map_err(fault)?;
        time::OffsetDateTime::from_unix_timestamp(seconds).map_err(fault)
    };
    params.not_before = at(now - SKEW)?;
    params.not_after = at(now + life)?;
    Ok(())
}

/// 127 random bits: positive, as a serial number has to be.
fn serial(entropy: &dyn Entropy) -> SerialNumber {
    let mut bytes = [0u8; 16];
    entropy.fill(&mut bytes);
    if let Some(first) = bytes.first_mut() {
        *first = (*first & 0x3f) | 0x40;
    }
    SerialNumber::from_slice(&bytes)
}

fn fault(error: impl std::fmt::Display) -> Fault {
    Fault::Keys(error.to_string())
}
