//! Signing and sealing keys in use: loaded from the store, unsealed in memory, changed by plan.

mod at_rest;
mod view;

pub use at_rest::KeyEncryptionKey;
pub use view::KeyView;

use std::sync::Arc;

use arc_swap::ArcSwap;
use domain::cookie::{KnownDevice, Purpose, SealError, SealedPayload, SealingKey, SealingKeyId};
use domain::feed::KeyBundle;
use domain::key::{KeyId, KeyPolicy, KeyRing, KeyRow, KeyState, KeyUse, Step};
use domain::{Clock, Entropy};
use jose::{Algorithm, SigningKey};
use store::Store;
use store::intent::{Actor, KeyChange, KeyRetirement, KeyStep, RetireKey};
use tokio::sync::watch;

use crate::config::Config;
use crate::error::Fault;
use view::Current;

/// The keys of one authority.
#[derive(Debug)]
pub struct Keyring {
    issuer: String,
    policy: KeyPolicy,
    uses: Vec<KeyUse>,
    kek: KeyEncryptionKey,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    current: ArcSwap<Current>,
    version: watch::Sender<u64>,
    /// One change at a time: two plans made from one state would both announce.
    turn: tokio::sync::Mutex<()>,
}

impl Keyring {
    /// Loads the keys; makes the first ones on a new store.
    ///
    /// # Errors
    /// The store's fault, or a key that this key-encryption key does not open.
    pub(crate) async fn open(
        config: &Config,
        kek: KeyEncryptionKey,
        store: &Arc<dyn Store>,
        clock: &Arc<dyn Clock>,
        entropy: &Arc<dyn Entropy>,
    ) -> Result<Self, Fault> {
        let uses = config
            .token
            .algorithms
            .iter()
            .map(|a| KeyUse::Signing(*a))
            .chain([KeyUse::Sealing])
            .collect();
        let ring = Self {
            issuer: config.issuer.clone(),
            policy: config.keys,
            uses,
            kek,
            clock: Arc::clone(clock),
            entropy: Arc::clone(entropy),
            current: ArcSwap::from_pointee(Current::default()),
            version: watch::Sender::new(0),
            turn: tokio::sync::Mutex::default(),
        };
        ring.reload(store.as_ref()).await?;
        ring.tick(store.as_ref(), true).await?;
        Ok(ring)
    }

    /// Carries out what is due. `confirmed`: every live edge holds the present version.
    pub(crate) async fn tick(&self, store: &dyn Store, confirmed: bool) -> Result<(), Fault> {
        let _turn = self.turn.lock().await;
        for usage in &self.uses {
            // Each round carries out one plan; a new ring needs two: announce, then promote and announce again.
            for _ in 0..3 {
                let rows = store.keys().await?;
                let plan = KeyRing::new(*usage, &rows).plan(&self.policy, self.clock.now(), confirmed);
                if plan.0.is_empty() {
                    break;
                }
                for step in plan.0 {
                    self.carry_out(store, step, "schedule", Actor::system()).await?;
                }
            }
        }
        self.reload(store).await
    }

    /// Rotates one use by command. `false`: the reserve is not ready, which the listing explains.
    pub(crate) async fn rotate(
        &self,
        store: &dyn Store,
        usage: KeyUse,
        confirmed: bool,
        actor: Actor,
    ) -> Result<bool, Fault> {
        let turn = self.turn.lock().await;
        let rows = store.keys().await?;
        let step = KeyRing::new(usage, &rows).rotate_now(&self.policy, self.clock.now(), confirmed);
        let Some(step) = step else { return Ok(false) };
        let done = self.carry_out(store, step, "command", actor).await?;
        drop(turn);
        self.tick(store, confirmed).await?;
        Ok(done)
    }

    /// Emergency: a key is bad. The reserve signs in this process before the change is committed: it is published, so what
    /// it makes is good either way, and nothing is made that the revocation would kill at birth.
    pub(crate) async fn retire(&self, store: &dyn Store, intent: RetireKey) -> Result<KeyRetirement, Fault> {
        let _turn = self.turn.lock().await;
        let before = self.current.load_full();
        if let Some(rows) = with_reserve(&before.rows, &intent.key) {
            let mut next = Current::build(rows, before.version, &self.kek)?;
            next.published_since.clone_from(&before.published_since);
            self.current.store(Arc::new(next));
        }
        let retired = store.retire_key(intent).await;
        // Whatever became of it, the rows tell.
        let reloaded = self.reload(store).await;
        let retired = retired?;
        if let Err(error) = reloaded {
            tracing::error!(%error, "a key was retired, and its successor could not be read yet");
        }
        Ok(retired)
    }

    /// Signs a token with the key in use for an algorithm.
    pub(crate) fn sign(&self, algorithm: Algorithm, typ: &str, claims: &[u8]) -> Result<String, Fault> {
        let current = self.current.load();
        let key = current
            .signing
            .get(&algorithm)
            .ok_or_else(|| missing(algorithm.as_str()))?;
        key.sign(typ, claims).map_err(|e| Fault::Keys(e.to_string()))
    }

    /// Seals a session cookie's value.
    pub(crate) fn seal(&self, payload: &SealedPayload, purpose: &Purpose) -> Result<String, Fault> {
        let current = self.current.load();
        let key = current.seal_with.as_ref().ok_or_else(|| missing("seal"))?;
        key.seal(payload, &self.issuer, purpose, self.entropy.as_ref())
            .map_err(|e| Fault::Keys(e.to_string()))
    }

    /// Seals a device cookie's value.
    pub(crate) fn seal_device(&self, known: &KnownDevice) -> Result<String, Fault> {
        let current = self.current.load();
        let key = current.seal_with.as_ref().ok_or_else(|| missing("seal"))?;
        known
            .seal(key, &self.issuer, self.entropy.as_ref())
            .map_err(|e| Fault::Keys(e.to_string()))
    }

    /// Opens a device cookie's value, and says with which key.
    pub(crate) fn unseal_device(&self, value: &str) -> Result<(KnownDevice, SealingKeyId), SealError> {
        KnownDevice::unseal(&self.current.load().unsealing, value, &self.issuer)
    }

    /// Opens a session cookie's value, and says with which key.
    pub(crate) fn unseal(
        &self,
        value: &str,
        purpose: &Purpose,
    ) -> Result<(SealedPayload, SealingKeyId), SealError> {
        self.current.load().unsealing.unseal(value, &self.issuer, purpose)
    }

    /// The published key set (RFC 7517), public parts only.
    #[must_use]
    pub fn jwks(&self) -> Arc<str> {
        Arc::clone(&self.current.load().jwks)
    }

    /// Every key with its state, for listings.
    #[must_use]
    pub fn list(&self) -> Vec<KeyView> {
        self.current.load().views.clone()
    }

    /// What an edge needs.
    #[must_use]
    pub fn bundle(&self) -> KeyBundle {
        let current = self.current.load();
        KeyBundle {
            version: current.version,
            signing: current.verifying.clone(),
            sealing: current.unsealing.clone(),
        }
    }

    /// Grows with every change.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.current.load().version
    }

    /// The version of the key set that a key first was in; whoever has confirmed a later one holds it.
    pub(crate) fn published_since(&self, key: &KeyId) -> Option<u64> {
        self.current.load().published_since.get(key).copied()
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    /// Seals a private key of another part of the authority, bound to its id.
    pub(crate) fn seal_private(&self, id: &KeyId, private: &[u8]) -> Result<Vec<u8>, Fault> {
        self.kek.seal(id, private, self.entropy.as_ref())
    }

    /// Opens what [`Keyring::seal_private`] sealed under this id.
    pub(crate) fn open_private(
        &self,
        id: &KeyId,
        sealed: &[u8],
    ) -> Result<zeroize::Zeroizing<Vec<u8>>, Fault> {
        self.kek.open(id, sealed)
    }

    /// `false`: another node was faster; the next plan starts from what it did.
    async fn carry_out(
        &self,
        store: &dyn Store,
        step: Step,
        cause: &'static str,
        actor: Actor,
    ) -> Result<bool, Fault> {
        let step = match step {
            Step::Announce(usage) => KeyStep::Announce(self.make(usage)?),
            Step::Promote { next, retire } => KeyStep::Promote { next, retire, cause },
            Step::Remove(id) => KeyStep::Remove(id),
        };
        Ok(store.change_key(step, actor).await? == KeyChange::Done)
    }

    fn make(&self, usage: KeyUse) -> Result<KeyRow, Fault> {
        let now = self.clock.now();
        let fault = |e: jose::JoseError| Fault::Keys(e.to_string());
        let (id, private, public) = match usage {
            KeyUse::Signing(algorithm) => {
                let key = SigningKey::generate(algorithm).map_err(fault)?;
                let public =
                    serde_json::to_string(key.public_jwk()).map_err(|e| Fault::Keys(e.to_string()))?;
                (key.kid().clone(), key.to_pkcs8().map_err(fault)?, Some(public))
            }
            KeyUse::Sealing => {
                let key = SealingKey::generate(self.entropy.as_ref());
                let id = KeyId::new(&key.id().to_string()).map_err(fault)?;
                (id, zeroize::Zeroizing::new(key.danger_bits().to_vec()), None)
            }
            KeyUse::Feed | KeyUse::Edge => return Err(missing(usage.as_str())),
        };
        let sealed = self.kek.seal(&id, &private, self.entropy.as_ref())?;
        Ok(KeyRow {
            id,
            usage,
            state: KeyState::Announced,
            sealed,
            public,
            announced_at: now,
            since: now,
        })
    }

    async fn reload(&self, store: &dyn Store) -> Result<(), Fault> {
        let rows = store.keys().await?;
        let before = self.current.load_full();
        if before.version > 0 && before.rows == rows {
            return Ok(());
        }
        // Above every version of an earlier process too: an edge may still hold one of those.
        let version = (before.version + 1).max(self.clock.now().as_ms());
        let mut next = Current::build(rows, version, &self.kek)?;
        next.published_since = next
            .rows
            .iter()
            .map(|row| row.id.clone())
            .map(|id| {
                (
                    id.clone(),
                    *before.published_since.get(&id).unwrap_or(&next.version),
                )
            })
            .collect();
        let version = next.version;
        self.current.store(Arc::new(next));
        self.version.send_replace(version);
        Ok(())
    }
}

/// The rows as they are once a bad key was replaced by its reserve; nothing where there is nothing to replace.
fn with_reserve(rows: &[KeyRow], bad: &KeyId) -> Option<Vec<KeyRow>> {
    let usage = rows.iter().find(|r| r.id == *bad)?.usage;
    let Step::Promote { next, .. } = KeyRing::new(usage, rows).replace(bad)? else {
        return None;
    };
    let moved = |row: &KeyRow| {
        let mut row = row.clone();
        if row.id == next {
            row.state = KeyState::Signing;
        } else if row.id == *bad {
            row.state = KeyState::Retiring;
        }
        row
    };
    Some(rows.iter().map(moved).collect())
}

fn missing(usage: &str) -> Fault {
    Fault::Keys(format!("no key is in use for {usage}"))
}
