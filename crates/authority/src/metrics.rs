//! What the authority counts, for `/metrics` (OpenMetrics text). Handles are resolved once; labels are closed lists.

mod gauges;

pub(crate) use gauges::gauges;

use domain::Span;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Seconds: from what memory answers to what a store in trouble answers.
const STORE_BUCKETS: [f64; 9] = [0.001, 0.002, 0.005, 0.01, 0.025, 0.1, 0.5, 2.0, 10.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct What {
    what: &'static str,
}

/// Counters of the authority.
#[derive(Debug)]
pub struct Metrics {
    sessions: Family<What, Counter>,
    tokens: Family<What, Counter>,
    logins: Family<What, Counter>,
    revocations: Family<What, Counter>,
    refusals: Family<What, Counter>,
    store_seconds: Histogram,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            sessions: Family::default(),
            tokens: Family::default(),
            logins: Family::default(),
            revocations: Family::default(),
            refusals: Family::default(),
            store_seconds: Histogram::new(STORE_BUCKETS),
        }
    }
}

impl Metrics {
    /// Registers every counter under the prefix `symbolon`.
    pub fn register(&self, registry: &mut Registry) {
        let families = [
            (
                "symbolon_sessions",
                "Sessions created, ended, renewed, joined by hosts",
                &self.sessions,
            ),
            (
                "symbolon_tokens",
                "Tokens issued, refreshed, retried, replayed, refused",
                &self.tokens,
            ),
            ("symbolon_logins", "Login attempts by result", &self.logins),
            ("symbolon_revocations", "Revocations by level", &self.revocations),
            (
                "symbolon_refusals",
                "Requests refused by the authority, by reason",
                &self.refusals,
            ),
        ];
        for (name, help, family) in families {
            registry.register(name, help, family.clone());
        }
        registry.register(
            "symbolon_store_answer_seconds",
            "How long the store took to tell its head, asked about once a minute",
            self.store_seconds.clone(),
        );
    }

    /// A session: `created`, `ended`, `renewed`, `joined`.
    pub(crate) fn session(&self, what: &'static str) {
        self.sessions.get_or_create(&What { what }).inc();
    }

    /// A token: `issued`, `refreshed`, `retried`, `replayed`, `code_replayed`, `refused`.
    pub(crate) fn token(&self, what: &'static str) {
        self.tokens.get_or_create(&What { what }).inc();
    }

    /// A login: `ok`, `refused`, `limited`, `busy`, `revoked`.
    pub(crate) fn login(&self, what: &'static str) {
        self.logins.get_or_create(&What { what }).inc();
    }

    /// A revocation: `durable`, `enforced`, `wait_out`.
    pub(crate) fn revocation(&self, what: &'static str) {
        self.revocations.get_or_create(&What { what }).inc();
    }

    /// A refused request, by its registered word.
    pub(crate) fn refusal(&self, what: &'static str) {
        self.refusals.get_or_create(&What { what }).inc();
    }

    /// The store's answer to housekeeping's question.
    pub(crate) fn store_answered(&self, after: Span) {
        #[allow(clippy::cast_precision_loss, reason = "a latency, not a count")]
        self.store_seconds.observe(after.as_ms() as f64 / 1000.0);
    }
}
