//! What the canary came to at each edge.

use domain::feed::EdgeName;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::Metrics;
use crate::canary::Sung;

/// Seconds: from an edge in the same process to one whose lease ran out.
const BUCKETS: [f64; 11] = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.0, 10.0, 60.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Edge {
    name: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Round {
    name: String,
    outcome: &'static str,
}

/// By edge: there are as many as there are certificates.
#[derive(Debug)]
pub(super) struct CanaryMetrics {
    refused_seconds: Family<Edge, Histogram>,
    rounds: Family<Round, Counter>,
}

impl Default for CanaryMetrics {
    fn default() -> Self {
        Self {
            refused_seconds: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            rounds: Family::default(),
        }
    }
}

impl CanaryMetrics {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "symbolon_canary_refused_seconds",
            "How long after its revocation was durable an edge refused the canary, the way there and back included",
            self.refused_seconds.clone(),
        );
        registry.register(
            "symbolon_canary_rounds",
            "Rounds of the canary by what they came to at an edge; accepted_late is an alarm",
            self.rounds.clone(),
        );
    }
}

impl Metrics {
    /// An edge, from zero.
    pub(crate) fn canary_may_ask(&self, edge: &EdgeName) {
        let name = edge.to_string();
        for outcome in Sung::WORDS {
            let round = Round {
                name: name.clone(),
                outcome,
            };
            let _at_zero: &Counter = &self.canary.rounds.get_or_create(&round);
        }
        let _empty: &Histogram = &self.canary.refused_seconds.get_or_create(&Edge { name });
    }

    /// What a round came to.
    pub(crate) fn canary(&self, edge: &EdgeName, sung: Sung) {
        self.canary_may_ask(edge);
        let name = edge.to_string();
        if let Sung::Refused(after) = sung {
            let edge = Edge { name: name.clone() };
            self.canary
                .refused_seconds
                .get_or_create(&edge)
                .observe(after.as_secs_f64());
        }
        let outcome = sung.word();
        self.canary.rounds.get_or_create(&Round { name, outcome }).inc();
    }
}
