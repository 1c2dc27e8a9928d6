//! Hard rules: what cannot be, and why.

use super::Exclusion;
use crate::case::{Case, LONGEST_LIFE, SHORTEST_LIFE};
use crate::figures::{Unit, human, value};
use crate::mechanism::Axis::{Autonomy, Hold};
use crate::mechanism::Mechanism::{EdgeSession, EdgeToken, SelfContained, ServerSession};
use crate::topology::{Kind, StoreDown};

/// Every hard rule, in the order in which they are told.
pub const EXCLUSIONS: &[Exclusion] = &[
    Exclusion {
        id: "X-01",
        statement: "A browser that navigates sends cookies and no other credential; a bearer token in a cookie loses what tells it from one.",
        source: "RFC 6750 section 2.1; OAuth 2.1 draft sections 5.1 and 7.1.1.2",
        axis: None,
        excludes: &[EdgeToken, SelfContained],
        fires: |case| {
            (!case.client.has_tokens())
                .then(|| format!("pages and forms send cookies alone: {}", case.client.kind.title()))
        },
        instead: |_| "build the pages as an application of scripts that calls an API".to_owned(),
    },
    Exclusion {
        id: "X-02",
        statement: "A session's cookie lives in a browser, on the one host that set it.",
        source: "RFC 6265bis section 4.1.3.2",
        axis: None,
        excludes: &[EdgeSession],
        fires: |case| {
            (!case.client.has_cookies()).then(|| match case.client.kind {
                Kind::Spa => "its API answers on another host than its pages".to_owned(),
                kind => format!("no cookie jar to rely on: {}", kind.title()),
            })
        },
        instead: |_| "serve the API on the application's own host".to_owned(),
    },
    Exclusion {
        id: "X-03",
        statement: "Who checks a credential without contact to us can use only what the credential itself says.",
        source: "RFC 9068 section 4; RFC 7662 section 2",
        axis: Some(Autonomy),
        excludes: &[ServerSession, EdgeSession, EdgeToken],
        fires: |case| {
            case.client
                .offline_validation
                .then(|| "who checks it has no contact with us: offline_validation = true".to_owned())
        },
        instead: |case| {
            format!(
                "let the validator reach us: if it asks at every request, exposure is {} at the worst; as an edge, {} for {} of traffic",
                human(value(case, ServerSession, "F-02"), Unit::Ms),
                human(value(case, EdgeToken, "F-02"), Unit::Ms),
                human(value(case, EdgeToken, "F-10"), Unit::BytesPerSecond)
            )
        },
    },
    Exclusion {
        id: "X-04",
        statement: "A self-contained token passes until it ends, whatever was revoked.",
        source: "RFC 7009 section 3; docs/CONFIG.md [token] access_life; formula F-02",
        axis: Some(Hold),
        excludes: &[SelfContained],
        fires: |case| {
            let (bound, operation) = case.bound();
            let shortest = SHORTEST_LIFE + case.leeway();
            (bound < shortest).then(|| {
                format!(
                    "{} accept {bound} after a revocation; the shortest token passes for {shortest}",
                    operation.title()
                )
            })
        },
        instead: |case| {
            let shortest = SHORTEST_LIFE + case.leeway();
            let refreshes = case.sessions() * 1000.0 / SHORTEST_LIFE.as_ms() as f64;
            format!(
                "accept {shortest} after a revocation, at {} of refreshes; or {}, at {}",
                human(refreshes, Unit::PerSecond),
                LONGEST_LIFE + case.leeway(),
                human(
                    case.sessions() * 1000.0 / LONGEST_LIFE.as_ms() as f64,
                    Unit::PerSecond
                )
            )
        },
    },
    Exclusion {
        id: "X-05",
        statement: "An edge that is cut off learns it by silence, and silence takes a renewal and a round trip to notice.",
        source: "docs/CONFIG.md [[route]] max_staleness; formula F-02",
        axis: Some(Hold),
        excludes: &[EdgeSession, EdgeToken],
        fires: |case| {
            let (bound, operation) = case.bound();
            let shortest = case.shortest_staleness();
            (bound < shortest).then(|| {
                format!(
                    "{} accept {bound} after a revocation; an edge here notices within {shortest}",
                    operation.title()
                )
            })
        },
        instead: |case| {
            format!(
                "accept {} at an edge that is cut off; connected edges refuse within {} anyway, and a revocation that waits for `enforced` returns only then",
                case.shortest_staleness(),
                human(value(case, EdgeToken, "F-01"), Unit::Ms)
            )
        },
    },
    Exclusion {
        id: "X-06",
        statement: "After logout a session must be unusable, also where its token is self-contained.",
        source: "OWASP ASVS 5.0 V7.4.1",
        axis: Some(Hold),
        excludes: &[SelfContained],
        fires: |case| {
            let level = case.requirements().asvs_level();
            (level > 0 && case.client.acts_for_user)
                .then(|| format!("ASVS level {level}, and a person signs out"))
        },
        instead: |_| {
            "let validators hear of revocations (an edge), or leave ASVS V7.4.1 unmet and write it down"
                .to_owned()
        },
    },
    Exclusion {
        id: "X-07",
        statement: "An idle limit needs somebody who sees every use; nobody sees the uses of a self-contained token.",
        source: "NIST SP 800-63B-4 section 5.2; OWASP ASVS 5.0 V7.3.1",
        axis: Some(Hold),
        excludes: &[SelfContained],
        fires: |case| {
            let (idle, whose) = case.idle().filter(|_| case.client.acts_for_user)?;
            Some(format!("idle limit {idle} ({whose})"))
        },
        instead: |case| {
            format!(
                "without an idle limit, or with one that counts refreshes only: it is then off by up to {}",
                case.self_contained_life()
            )
        },
    },
    Exclusion {
        id: "X-08",
        statement: "A token goes only to components that need it; an application with its API on its own host needs none in the browser.",
        source: "OWASP ASVS 5.0 V10.1.1; RFC 10017 section 6.1",
        axis: Some(Hold),
        excludes: &[EdgeToken, SelfContained],
        fires: |case| {
            let applies = case.requirements().asvs_level() >= 2
                && case.client.kind == Kind::Spa
                && case.client.has_cookies();
            applies.then(|| "ASVS level 2 or 3, and a cookie reaches the API".to_owned())
        },
        instead: |_| "accept that a script which gets into the page takes the token with it".to_owned(),
    },
    Exclusion {
        id: "X-09",
        statement: "Where only sender-constrained tokens count, a client that cannot prove a key gets none.",
        source: "FAPI 2.0 section 5.3.2.1; OWASP ASVS 5.0 V10.3.5 and V10.4.14",
        axis: Some(Hold),
        excludes: &[EdgeToken, SelfContained],
        fires: needs_a_key,
        instead: |_| "give the client DPoP (RFC 9449) or a certificate (RFC 8705)".to_owned(),
    },
    Exclusion {
        id: "X-10",
        statement: "An introspected bearer token is a bearer token: what needs a proven key does not take it either.",
        source: "FAPI 2.0 section 5.3.2.1; OWASP ASVS 5.0 V10.3.5",
        axis: Some(Hold),
        excludes: &[ServerSession],
        fires: |case| needs_a_key(case).filter(|_| !case.client.has_cookies()),
        instead: |_| "give the client DPoP (RFC 9449) or a certificate (RFC 8705)".to_owned(),
    },
    Exclusion {
        id: "X-11",
        statement: "A look-up at every request costs every request the way to the store.",
        source: "formula F-04",
        axis: Some(Autonomy),
        excludes: &[ServerSession],
        fires: |case| {
            let p99 = value(case, ServerSession, "F-04");
            let budget = case.requirements().added_latency;
            (p99 > budget.as_ms() as f64).then(|| {
                format!(
                    "a check may add {budget} at p99; the look-up adds {}",
                    human(p99, Unit::Ms)
                )
            })
        },
        instead: |case| {
            let p99 = value(case, ServerSession, "F-04");
            format!("accept {} of added latency at p99", human(p99, Unit::Ms))
        },
    },
    Exclusion {
        id: "X-12",
        statement: "A store that is asked at every request must answer at the rate of the requests.",
        source: "formula F-05; constants C-13 to C-16",
        axis: None,
        excludes: &[ServerSession],
        fires: |case| {
            // Every client asks the same store: what counts is the sum.
            let all = case.topology.scale.peak_rps() as f64;
            let capacity = case.lookup_capacity();
            (all > capacity).then(|| {
                format!(
                    "{} at peak; one store may be planned with {}",
                    human(all, Unit::PerSecond),
                    human(capacity, Unit::PerSecond)
                )
            })
        },
        instead: |case| {
            let stores = (case.topology.scale.peak_rps() as f64 / case.lookup_capacity()).ceil();
            format!("{stores:.0} shards of the session store")
        },
    },
    Exclusion {
        id: "X-13",
        statement: "A check that asks the store fails with the store.",
        source: "formula F-14; OWASP ASVS 5.0 V16.5.3",
        axis: Some(Autonomy),
        excludes: &[ServerSession],
        fires: |case| {
            let down = case.requirements().store_down;
            (down != StoreDown::Refuse && !case.goes_on().is_empty()).then(|| {
                format!(
                    "store_down = \"{}\" for {}",
                    down.as_str(),
                    case.requirements().outage
                )
            })
        },
        instead: |case| {
            let lost = case.mean_rps() * case.requirements().outage.as_ms() as f64 / 1000.0;
            format!(
                "refuse while the store is down: {lost:.0} requests of this client in {}",
                case.requirements().outage
            )
        },
    },
    Exclusion {
        id: "X-14",
        statement: "A signed token with its claims is ten times as long as a reference.",
        source: "constants C-20 and C-21",
        axis: None,
        excludes: &[EdgeToken, SelfContained],
        fires: |case| {
            let (token, budget) = (
                case.constants.token_bytes,
                case.topology.scale.header_budget_bytes,
            );
            (token > budget as f64).then(|| format!("a token takes {token:.0} bytes of a budget of {budget}"))
        },
        instead: |case| format!("allow {:.0} bytes of header", case.constants.token_bytes),
    },
];

fn needs_a_key(case: &Case<'_>) -> Option<String> {
    let applies = case.needs_bound_tokens() && case.client.has_tokens() && !case.client.can_prove_a_key();
    applies.then(|| {
        let book = if case.requirements().asvs_level() >= 3 {
            "ASVS level 3"
        } else {
            "FAPI 2.0"
        };
        format!(
            "{book}, and \"{}\" has neither DPoP nor a certificate",
            case.client.name
        )
    })
}
