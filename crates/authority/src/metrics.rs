//! What the authority counts, for `/metrics` (OpenMetrics text). Handles are resolved once; labels are closed lists.

mod canary;
mod gauges;

use canary::CanaryMetrics;
pub(crate) use gauges::gauges;

use domain::Span;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::logout::Unheard;

/// Seconds: from what memory answers to what a store in trouble answers.
const STORE_BUCKETS: [f64; 9] = [0.001, 0.002, 0.005, 0.01, 0.025, 0.1, 0.5, 2.0, 10.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct What {
    what: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AdminCall {
    action: &'static str,
    outcome: &'static str,
}

/// Counters of the authority.
#[derive(Debug)]
pub struct Metrics {
    sessions: Family<What, Counter>,
    tokens: Family<What, Counter>,
    logins: Family<What, Counter>,
    revocations: Family<What, Counter>,
    refusals: Family<What, Counter>,
    policy_reports: Family<What, Counter>,
    logouts: Family<What, Counter>,
    administration: Family<AdminCall, Counter>,
    store_seconds: Histogram,
    canary: CanaryMetrics,
}

/// What each counter tells apart. Every one starts at zero: a first time is a rise, and the reference page knows them.
const SESSIONS: &[&str] = &["created", "ended", "renewed", "joined"];
const TOKENS: &[&str] = &[
    "issued",
    "refreshed",
    "retried",
    "replayed",
    "code_replayed",
    "refused",
];
const LOGINS: &[&str] = &[
    "ok",
    "refused",
    "must_change",
    "limited",
    "cap_reached",
    "revoked",
    "busy",
    "fault",
];
const REVOCATIONS: &[&str] = &["durable", "enforced", "wait_out"];
const REFUSALS: &[&str] = &["unauthorized", "token_expired"];
/// Beside why a client did not hear.
const LOGOUTS: &[&str] = &["heard", "dropped", "given_up"];
/// Outcomes of a call of the admin API.
const OUTCOMES: &[&str] = &["done", "refused", "fault"];

fn from_zero(words: &[&'static str]) -> Family<What, Counter> {
    let family = Family::default();
    for what in words {
        let _at_zero: &Counter = &family.get_or_create(&What { what });
    }
    family
}

fn logouts_from_zero() -> Family<What, Counter> {
    let family = from_zero(LOGOUTS);
    for what in Unheard::WORDS {
        let _at_zero: &Counter = &family.get_or_create(&What { what });
    }
    family
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            sessions: from_zero(SESSIONS),
            tokens: from_zero(TOKENS),
            logins: from_zero(LOGINS),
            revocations: from_zero(REVOCATIONS),
            refusals: from_zero(REFUSALS),
            policy_reports: from_zero(crate::http::reports::KINDS),
            logouts: logouts_from_zero(),
            administration: Family::default(),
            store_seconds: Histogram::new(STORE_BUCKETS),
            canary: CanaryMetrics::default(),
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
            (
                "symbolon_policy_reports",
                "Reports of browsers that the policy of a page stopped something; anybody can send one",
                &self.policy_reports,
            ),
            (
                "symbolon_logouts",
                "Tries to tell a client that a session ended, by what they came to",
                &self.logouts,
            ),
        ];
        for (name, help, family) in families {
            registry.register(name, help, family.clone());
        }
        registry.register(
            "symbolon_admin_calls",
            "Calls of the admin API by operation and outcome, reads of sessions and events included",
            self.administration.clone(),
        );
        registry.register(
            "symbolon_store_answer_seconds",
            "How long the store took to tell its head, asked about once a minute",
            self.store_seconds.clone(),
        );
        self.canary.register(registry);
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

    /// A browser's report, by what its policy stopped.
    pub(crate) fn policy_report(&self, what: &'static str) {
        self.policy_reports.get_or_create(&What { what }).inc();
    }

    /// A try to tell a client that a session ended: `heard`, `dropped`, `given_up`, or why not.
    pub(crate) fn logout(&self, what: &'static str) {
        self.logouts.get_or_create(&What { what }).inc();
    }

    /// The operations of the admin API, from zero.
    pub(crate) fn administers(&self, actions: impl Iterator<Item = &'static str>) {
        for action in actions {
            for outcome in OUTCOMES {
                let call = AdminCall { action, outcome };
                let _at_zero: &Counter = &self.administration.get_or_create(&call);
            }
        }
    }

    /// A call of the admin API: the operation, and `done`, `refused` or `fault`.
    pub(crate) fn administration(&self, action: &'static str, outcome: &'static str) {
        self.administration
            .get_or_create(&AdminCall { action, outcome })
            .inc();
    }

    /// The store's answer to housekeeping's question.
    pub(crate) fn store_answered(&self, after: Span) {
        #[allow(clippy::cast_precision_loss, reason = "a latency, not a count")]
        self.store_seconds.observe(after.as_ms() as f64 / 1000.0);
    }
}
