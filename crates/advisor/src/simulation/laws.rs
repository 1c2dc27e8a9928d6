//! What must hold of any outcome, whatever the scenario: nothing is lost or made, and no way is better than it can be.

use super::Way;
use super::outcome::{Outcome, WayOutcome};
use super::scenario::Scenario;

/// Every law that an outcome breaks, in words; the scenario is what was promised.
#[must_use]
pub fn broken(promised: &Scenario, outcome: &Outcome) -> Vec<String> {
    let mut found = Vec::new();
    let mut hold = |law: bool, said: &dyn Fn() -> String| {
        if !law {
            found.push(said());
        }
    };
    for one in &outcome.ways {
        let way = one.way.as_str();
        let (good, revoked) = (
            one.good_accepted + one.good_refused,
            one.revoked_accepted + one.revoked_refused,
        );
        hold(good == outcome.good, &|| {
            format!("{way}: {good} good requests were judged, of {}", outcome.good)
        });
        hold(revoked == outcome.revoked, &|| {
            format!(
                "{way}: {revoked} revoked requests were judged, of {}",
                outcome.revoked
            )
        });
        for (series, count) in [
            (&one.refused, one.good_refused),
            (&one.accepted_revoked, one.revoked_accepted),
        ] {
            let told = series.total();
            hold(near(told, count as f64), &|| {
                format!("{way}: a series tells of {told}, not of {count}")
            });
        }
        hold(one.past_bound == 0, &|| {
            format!(
                "{way}: {} revoked requests were accepted beyond {} s",
                one.past_bound, one.bound_s
            )
        });
        let bound_s = promised.bound_s(one.way);
        hold(one.exposure_s.worst <= bound_s + 1e-6, &|| {
            format!(
                "{way}: accepted for {} s after a revocation, beyond {bound_s} s",
                one.exposure_s.worst
            )
        });
        hold(ordered(one), &|| format!("{way}: quantiles are out of order"));
    }
    if let (Some(sessions), Some(cached)) = (outcome.way(Way::Sessions), outcome.way(Way::Introspection)) {
        let asked = sessions.lookups + sessions.unreachable + outcome.signed_out;
        hold(asked == outcome.good + outcome.revoked, &|| {
            format!(
                "sessions: {asked} requests asked the store, of {}",
                outcome.good + outcome.revoked
            )
        });
        hold(sessions.revoked_accepted == 0, &|| {
            "sessions: a revoked request was accepted".to_owned()
        });
        hold(cached.lookups <= sessions.lookups, &|| {
            "introspection: a cache makes more look-ups".to_owned()
        });
    }
    if let (Some(jwt), Some(list)) = (outcome.way(Way::Jwt), outcome.way(Way::Blocklist)) {
        hold(
            list.exposure_s.expected <= jwt.exposure_s.expected * 1.000_001,
            &|| "blocklist: a list lengthens the exposure".to_owned(),
        );
    }
    found
}

fn near(one: f64, other: f64) -> bool {
    (one - other).abs() <= other.abs() * 1e-6 + 1e-3
}

fn ordered(one: &WayOutcome) -> bool {
    let (l, e) = (&one.latency_ms, &one.exposure_s);
    let rises = |values: &[f64]| {
        values
            .iter()
            .zip(values.iter().skip(1))
            .all(|(low, high)| *low <= high * 1.000_001)
    };
    rises(&[l.p50, l.p90, l.p99, l.p999]) && rises(&[e.p50, e.p99, e.worst]) && rises(&[e.expected, e.worst])
}
