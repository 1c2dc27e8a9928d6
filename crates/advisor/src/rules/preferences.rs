//! Preferences: what is better, by how much. No score looks at a requirement: see the head of [`super`].

use super::Preference;
use crate::case::Case;
use crate::figures::value;
use crate::mechanism::Mechanism;
use crate::mechanism::Mechanism::{EdgeSession, EdgeToken, SelfContained, ServerSession};
use crate::topology::Kind;

/// Every preference.
pub const PREFERENCES: &[Preference] = &[
    Preference {
        id: "S-01",
        statement: "The shorter a revoked credential passes, the better.",
        source: "OWASP ASVS 5.0 V7.4.1 and V8.3.2; formula F-01",
        weight: |weights| weights.revocation,
        score: |_, mechanism| match mechanism {
            ServerSession => 1.0,
            EdgeSession | EdgeToken => 0.95,
            SelfContained => 0.1,
        },
    },
    Preference {
        id: "S-02",
        statement: "The less a check adds to a request, the better: half the score is gone at 10 ms.",
        source: "formula F-04",
        weight: |weights| weights.latency,
        score: |case, mechanism| {
            let p99 = value(case, mechanism, "F-04");
            10.0 / (10.0 + p99)
        },
    },
    Preference {
        id: "S-03",
        statement: "A credential that scripts cannot read, or that is useless without a key, is better than one that can be copied.",
        source: "RFC 10017 section 6.1; RFC 9700 section 2.2.1; OWASP ASVS 5.0 V3.3.4",
        weight: |weights| weights.theft,
        score: theft,
    },
    Preference {
        id: "S-04",
        statement: "What goes on without the store is better than what does not; less so where the application is down with it.",
        source: "formula F-14",
        weight: |weights| weights.availability,
        score: |case, mechanism| match mechanism {
            ServerSession if is_one_place(case) => 0.4,
            ServerSession => 0.1,
            EdgeSession | EdgeToken => 0.7,
            SelfContained => 0.9,
        },
    },
    Preference {
        id: "S-05",
        statement: "Few moving parts are better: a look-up where one store serves one place, an edge where there are many.",
        source: "own judgement; change [weights] simplicity",
        weight: |weights| weights.simplicity,
        score: simplicity,
    },
    Preference {
        id: "S-06",
        statement: "Small headers are better.",
        source: "formula F-07",
        weight: |weights| weights.bytes,
        score: |case, mechanism| 1.0 - (case.header_bytes(mechanism) / 2000.0).min(1.0),
    },
    Preference {
        id: "S-07",
        statement: "The less the store is asked, the better: nothing is left at what it can be planned with.",
        source: "formula F-05",
        weight: |weights| weights.store_load,
        score: |case, mechanism| {
            let asked = value(case, mechanism, "F-05");
            1.0 - (asked / case.lookup_capacity()).min(1.0)
        },
    },
];

fn theft(case: &Case<'_>, mechanism: Mechanism) -> f64 {
    let client = case.client;
    let by_cookie = mechanism == EdgeSession || (mechanism == ServerSession && client.has_cookies());
    if by_cookie {
        // HttpOnly, host-bound, sealed.
        return 1.0;
    }
    if client.can_prove_a_key() && mechanism != ServerSession {
        return 0.95;
    }
    match client.kind {
        Kind::Server | Kind::Partner => 0.8,
        _ if client.keystore => 0.75,
        Kind::Spa => 0.3,
        _ => 0.5,
    }
}

fn simplicity(case: &Case<'_>, mechanism: Mechanism) -> f64 {
    let one_place = is_one_place(case);
    match mechanism {
        ServerSession if one_place => 1.0,
        ServerSession => 0.5,
        EdgeSession | EdgeToken if one_place => 0.6,
        EdgeSession | EdgeToken => 0.8,
        SelfContained => 0.7,
    }
}

/// One region, and no more than a pair of instances: the store stands beside the application.
fn is_one_place(case: &Case<'_>) -> bool {
    let deployment = &case.topology.deployment;
    deployment.regions == 1 && deployment.edges <= 2
}
