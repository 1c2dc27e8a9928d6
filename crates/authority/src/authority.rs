//! The authority: configuration, store, keys and the world, joined once and shared by every flow.

use std::sync::Arc;

use domain::event::EventKey;
use domain::{Clock, Entropy};
use store::Store;
use store::intent::Revoke;
use zeroize::Zeroizing;

use crate::activity::Asked;
use crate::canary::{Heard, Slots};
use crate::config::Config;
use crate::error::Fault;
use crate::feed::{Roster, Rounds};
use crate::flows::admin::audit::{RefusedAct, RefusedActs};
use crate::flows::attempts::Attempts;
use crate::flows::oauth::client_auth::StandIn;
use crate::flows::password::PasswordPool;
use crate::flows::refusals::RefusalLog;
use crate::keys::{KeyEncryptionKey, Keyring};
use crate::logout::Waiting;
use crate::metrics::Metrics;
use crate::revoke::{Level, Receipt, RevokeRefusal, Revoker};
use crate::space::Space;
use crate::status_list::StatusList;

/// What the authority is given: the world and its store.
#[derive(Debug, Clone)]
pub struct World {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
}

/// One authority process. Cheap to share: always behind an `Arc`.
#[derive(Debug)]
pub struct Authority {
    pub(crate) config: Config,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) keys: Keyring,
    pub(crate) passwords: PasswordPool,
    pub(crate) attempts: Attempts,
    pub(crate) stand_in: StandIn,
    pub(crate) revoker: Revoker,
    pub(crate) feed: Roster,
    pub(crate) rounds: Rounds,
    pub(crate) canary: Slots,
    pub(crate) heard: Heard,
    pub(crate) status_list: Option<StatusList>,
    pub(crate) logouts: Waiting,
    pub(crate) metrics: Metrics,
    pub(crate) event_key: EventKey,
    pub(crate) asked: Asked,
    pub(crate) refusals: RefusalLog,
    pub(crate) refused_acts: RefusedActs,
}

impl Authority {
    /// Opens the authority: loads or makes its keys, and promises no enforcement before earlier leases have run out.
    ///
    /// # Errors
    /// The store's fault, or a key that cannot be unsealed with this key-encryption key.
    pub async fn open(config: Config, world: World, kek: KeyEncryptionKey) -> Result<Arc<Self>, Fault> {
        let World {
            store,
            clock,
            entropy,
        } = world;
        let keys = Keyring::open(&config, kek, &store, &clock, &entropy).await?;
        let revoker = Revoker::open(config.lease, Arc::clone(&store), Arc::clone(&clock)).await?;
        let event_key = store.event_key().await?;
        let refusals = RefusalLog::new(Arc::clone(&clock));
        let status_list = config.status_list.clone();
        let status_list = status_list.map(|terms| StatusList::new(terms, entropy.as_ref()));
        Ok(Arc::new(Self {
            passwords: PasswordPool::new(&config.login, entropy.as_ref())?,
            attempts: Attempts::new(&config.login),
            stand_in: StandIn::default(),
            metrics: Metrics::default(),
            config,
            store,
            clock,
            entropy,
            keys,
            revoker,
            feed: Roster::default(),
            rounds: Rounds::default(),
            canary: Slots::default(),
            heard: Heard::default(),
            status_list,
            logouts: Waiting::default(),
            event_key,
            asked: Asked::default(),
            refusals,
            refused_acts: RefusedActs::default(),
        }))
    }

    /// The issuer's URL, exactly as in every token and in discovery.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.config.issuer
    }

    /// The configuration it runs by.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Where everything is kept.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// The keys.
    #[must_use]
    pub const fn keys(&self) -> &Keyring {
        &self.keys
    }

    /// What is counted.
    #[must_use]
    pub const fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Time.
    #[must_use]
    pub const fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Randomness.
    #[must_use]
    pub const fn entropy(&self) -> &Arc<dyn Entropy> {
        &self.entropy
    }

    /// Hashes a new password on the bounded pool; the result is a PHC string. Judges nothing about it.
    ///
    /// # Errors
    /// [`Fault::Busy`], or the library's refusal.
    pub async fn hash_password(&self, password: Zeroizing<String>) -> Result<String, Fault> {
        self.passwords.hash(password, Arc::clone(&self.entropy)).await
    }

    /// Revokes, and returns when the level is reached.
    ///
    /// # Errors
    /// The store's fault: then nothing was revoked.
    pub async fn revoke(
        &self,
        intent: Revoke,
        level: Level,
    ) -> Result<Result<Receipt, RevokeRefusal>, Fault> {
        let outcome = self.revoker.revoke(intent, level).await?;
        if outcome.is_ok() {
            self.metrics.revocation(level.as_str());
        }
        Ok(outcome)
    }

    /// Refusals by reason, place, network and minute: the edge of this process counts here too.
    #[must_use]
    pub const fn refusals(&self) -> &RefusalLog {
        &self.refusals
    }

    /// How much room the store's disk has; nothing where the store cannot tell.
    #[must_use]
    pub fn space(&self) -> Option<Space> {
        self.store.room().map(|room| self.config.space.judge(&room))
    }

    /// Records that a call of the admin API was refused: durably, before it is answered, unless it is one of many.
    pub(crate) async fn act_refused(&self, act: RefusedAct, request: &str) {
        let events = self.refused_acts.note(act, request, self.clock.boot());
        if let Err(error) = self.record(events).await {
            // The refusal stands: what could not be recorded changed nothing.
            tracing::error!(%error, request, "a refused call of the admin API could not be recorded");
        }
    }

    /// Writes what is still counted only: the last thing before the store is closed.
    ///
    /// # Errors
    /// The store's fault.
    pub async fn settle(&self) -> Result<(), Fault> {
        self.record(self.refused_acts.take(None)).await
    }

    async fn record(&self, events: Vec<domain::event::Event>) -> Result<(), Fault> {
        if !events.is_empty() {
            self.store.append_events(events).await?;
        }
        Ok(())
    }

    /// One round of housekeeping: keys on schedule, rows that are over. Called about once a minute.
    ///
    /// # Errors
    /// The store's fault; the next round tries again.
    pub async fn maintain(&self) -> Result<(), Fault> {
        let began = self.clock.boot();
        self.store.head().await?;
        self.metrics.store_answered(self.clock.boot().since(began));
        let confirmed = self.revoker.all_hold_keys(self.keys.version());
        self.keys.tick(self.store.as_ref(), confirmed).await?;
        self.revoker.forget_unknown().await?;
        self.record(self.refused_acts.take(Some(self.clock.boot())))
            .await?;
        while self.store.sweep(1000).await? == 1000 {
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}
