//! One consistent state of all keys, swapped as a whole.

use std::collections::HashMap;
use std::sync::Arc;

use domain::Timestamp;
use domain::cookie::{SealingKey, SealingKeyId, SealingKeys};
use domain::key::{KeyId, KeyRow, KeyState, KeyUse};
use jose::{Algorithm, Jwk, JwkSet, KeySet, SigningKey, VerifyingKey};
use serde::Serialize;
use zeroize::Zeroizing;

use super::at_rest::KeyEncryptionKey;
use crate::error::Fault;

/// A key as listings show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyView {
    /// `kid`.
    pub id: String,
    /// Algorithm, or `seal`.
    #[serde(rename = "use")]
    pub usage: &'static str,
    /// Where it is in its life.
    pub state: &'static str,
    /// When it was announced.
    pub announced_at: Timestamp,
    /// When it entered its state.
    pub since: Timestamp,
}

/// All keys at one version.
#[derive(Debug, Default)]
pub(super) struct Current {
    pub(super) version: u64,
    pub(super) rows: Vec<KeyRow>,
    pub(super) views: Vec<KeyView>,
    pub(super) signing: HashMap<Algorithm, Arc<SigningKey>>,
    pub(super) verifying: KeySet,
    pub(super) jwks: Arc<str>,
    pub(super) seal_with: Option<Arc<SealingKey>>,
    pub(super) unsealing: SealingKeys,
    /// Of each key, the version that it first was in.
    pub(super) published_since: HashMap<KeyId, u64>,
}

impl Current {
    pub(super) fn build(rows: Vec<KeyRow>, version: u64, kek: &KeyEncryptionKey) -> Result<Self, Fault> {
        let mut next = Self {
            version,
            ..Self::default()
        };
        let mut published = Vec::new();
        let mut unsealing = Vec::new();
        let in_use = |r: &&KeyRow| r.state != KeyState::Removed && r.usage.makes_credentials();
        for row in rows.iter().filter(in_use) {
            match row.usage {
                KeyUse::Signing(algorithm) => {
                    published.push(public(row)?);
                    if row.state == KeyState::Signing {
                        let private = kek.open(&row.id, &row.sealed)?;
                        let key = SigningKey::from_pkcs8(algorithm, &private).map_err(fault)?;
                        next.signing.insert(algorithm, Arc::new(key));
                    }
                }
                KeyUse::Sealing => {
                    let key = Arc::new(sealing(row, kek)?);
                    if row.state == KeyState::Signing {
                        next.seal_with = Some(Arc::clone(&key));
                    }
                    unsealing.push(key);
                }
                KeyUse::Feed | KeyUse::Edge => {}
            }
        }
        let verifying = published
            .iter()
            .map(VerifyingKey::from_jwk)
            .collect::<Result<Vec<_>, _>>()
            .map_err(fault)?;
        next.verifying = KeySet::new(verifying).map_err(fault)?;
        next.jwks = JwkSet::new(published)
            .map_err(fault)?
            .to_json()
            .map_err(fault)?
            .into();
        next.unsealing = SealingKeys::new(unsealing);
        let own = rows.iter().filter(|r| r.usage.makes_credentials());
        next.views = own.map(KeyView::of).collect();
        next.rows = rows;
        Ok(next)
    }
}

impl KeyView {
    fn of(row: &KeyRow) -> Self {
        Self {
            id: row.id.to_string(),
            usage: row.usage.as_str(),
            state: row.state.as_str(),
            announced_at: row.announced_at,
            since: row.since,
        }
    }
}

fn public(row: &KeyRow) -> Result<Jwk, Fault> {
    let json = row
        .public
        .as_deref()
        .ok_or_else(|| Fault::Keys(format!("key {} has no public part", row.id)))?;
    Jwk::parse(json.as_bytes()).map_err(fault)
}

fn sealing(row: &KeyRow, kek: &KeyEncryptionKey) -> Result<SealingKey, Fault> {
    let unusable = || Fault::Keys(format!("key {} is not a sealing key", row.id));
    let bits = kek.open(&row.id, &row.sealed)?;
    let mut own = Zeroizing::new([0u8; 32]);
    if bits.len() != own.len() {
        return Err(unusable());
    }
    own.copy_from_slice(&bits);
    let id = SealingKeyId::parse(row.id.as_str()).ok_or_else(unusable)?;
    Ok(SealingKey::from_parts(id, own))
}

fn fault(error: jose::JoseError) -> Fault {
    Fault::Keys(error.to_string())
}
