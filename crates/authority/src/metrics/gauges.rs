//! What is read when somebody asks: keys, store, log, edges.

use domain::key::KeyState;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::authority::Authority;
use crate::error::Fault;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KeyLabels {
    r#use: &'static str,
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Name {
    name: String,
}

/// Registers the present values.
///
/// # Errors
/// The store's fault.
pub(crate) async fn gauges(authority: &Authority, registry: &mut Registry) -> Result<(), Fault> {
    keys(authority, registry).await?;
    store(authority, registry).await?;
    let head = authority.store.head().await?.seq;
    number(
        registry,
        "symbolon_log_head",
        "Last committed position of the revocation log",
        head.as_u64(),
    );
    number(
        registry,
        "symbolon_log_epoch",
        "Epoch of the revocation log",
        u64::from(head.epoch().as_u32()),
    );
    edges(authority, registry);
    Ok(())
}

async fn keys(authority: &Authority, registry: &mut Registry) -> Result<(), Fault> {
    let ages = Family::<KeyLabels, Gauge>::default();
    let now = authority.clock.now();
    for row in authority.store.keys().await? {
        if row.state == KeyState::Removed {
            continue;
        }
        let labels = KeyLabels {
            r#use: row.usage.as_str(),
            state: row.state.as_str(),
        };
        let gauge = ages.get_or_create(&labels);
        // Several keys of one use may retire at once: the oldest tells.
        gauge.set(gauge.get().max(signed(now.since(row.since).as_secs())));
    }
    registry.register(
        "symbolon_key_age_seconds",
        "How long the oldest key of a use has been in its state",
        ages,
    );
    Ok(())
}

async fn store(authority: &Authority, registry: &mut Registry) -> Result<(), Fault> {
    let statistics = Family::<Name, Gauge>::default();
    for (name, value) in authority.store.statistics().await? {
        let name = name.to_owned();
        statistics.get_or_create(&Name { name }).set(signed(value));
    }
    registry.register("symbolon_store", "Counts and sizes of the store", statistics);
    if let Some(space) = authority.space() {
        number(
            registry,
            "symbolon_store_space",
            "Room on the store's disk: 0 enough, 1 little, 2 too little or the reserve in use",
            space as u64,
        );
    }
    Ok(())
}

fn edges(authority: &Authority, registry: &mut Registry) {
    let frontier = Family::<Name, Gauge>::default();
    let lease = Family::<Name, Gauge>::default();
    for edge in authority.revoker.edges() {
        authority.metrics.canary_may_ask(&edge.edge);
        let labels = Name {
            name: edge.edge.to_string(),
        };
        frontier
            .get_or_create(&labels)
            .set(signed(edge.frontier.as_u64()));
        lease.get_or_create(&labels).set(signed(edge.lease_left.as_ms()));
    }
    registry.register(
        "symbolon_edge_frontier",
        "Position that an edge has confirmed",
        frontier,
    );
    registry.register(
        "symbolon_edge_lease_left_ms",
        "What is left of an edge's lease",
        lease,
    );
}

fn number(registry: &mut Registry, name: &str, help: &str, value: u64) {
    let gauge: Gauge = Gauge::default();
    gauge.set(signed(value));
    registry.register(name, help, gauge);
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
