//! What an edge counts. Handles are resolved once, so a decision costs one atomic addition.

use domain::Reason;
use domain::feed::LeaseView;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::streams::Ended;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Decision {
    reason: &'static str,
}

/// Counters and gauges of one edge.
#[derive(Debug)]
pub struct Metrics {
    decisions: Family<Decision, Counter>,
    permitted: Counter,
    refused: Vec<(Reason, Counter)>,
    staleness: Gauge,
    lease_over: Gauge,
    frontier: Gauge,
    pub(crate) streams: StreamMetrics,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct End {
    reason: &'static str,
}

/// What is counted of exchanges under way.
#[derive(Debug, Clone)]
pub(crate) struct StreamMetrics {
    open: Gauge,
    ended: Family<End, Counter>,
}

impl Default for StreamMetrics {
    fn default() -> Self {
        let ended: Family<End, Counter> = Family::default();
        for reason in Ended::WORDS {
            drop(ended.get_or_create(&End { reason }));
        }
        Self {
            open: Gauge::default(),
            ended,
        }
    }
}

impl StreamMetrics {
    pub(crate) fn open(&self, count: usize) {
        self.open.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    pub(crate) fn end(&self, ended: Ended) {
        self.ended.get_or_create(&End { reason: ended.word() }).inc();
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let decisions: Family<Decision, Counter> = Family::default();
        let counter = |reason| decisions.get_or_create(&Decision { reason }).clone();
        Self {
            permitted: counter("permit"),
            refused: Reason::ALL
                .iter()
                .map(|reason| (*reason, counter(reason.as_str())))
                .collect(),
            staleness: Gauge::default(),
            lease_over: Gauge::default(),
            frontier: Gauge::default(),
            streams: StreamMetrics::default(),
            decisions,
        }
    }
}

impl Metrics {
    /// Registers everything under the prefix `symbolon_edge`.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "symbolon_edge_decisions",
            "Checks by what they came to",
            self.decisions.clone(),
        );
        registry.register(
            "symbolon_edge_staleness_ms",
            "How far the map may be behind; -1 before the first lease",
            self.staleness.clone(),
        );
        registry.register(
            "symbolon_edge_lease_over_ms",
            "How long ago the lease ended; 0 while it runs",
            self.lease_over.clone(),
        );
        registry.register(
            "symbolon_edge_log_applied",
            "Position of the revocation log up to which this edge has applied it",
            self.frontier.clone(),
        );
        registry.register(
            "symbolon_edge_open_streams",
            "Exchanges under way through the proxy",
            self.streams.open.clone(),
        );
        registry.register(
            "symbolon_edge_ended_streams",
            "Exchanges that were ended before they were over, by reason",
            self.streams.ended.clone(),
        );
    }

    pub(crate) fn permit(&self) {
        self.permitted.inc();
    }

    pub(crate) fn refuse(&self, reason: Reason) {
        if let Some((_, counter)) = self.refused.iter().find(|(own, _)| *own == reason) {
            counter.inc();
        }
    }

    pub(crate) fn observe(&self, view: &LeaseView) {
        let signed = |value: Option<u64>| value.map_or(-1, |ms| i64::try_from(ms).unwrap_or(i64::MAX));
        self.staleness
            .set(signed(view.staleness.map(domain::Span::as_ms)));
        self.lease_over.set(signed(view.over_by.map(domain::Span::as_ms)));
        self.frontier.set(signed(Some(view.frontier.as_u64())));
    }
}
