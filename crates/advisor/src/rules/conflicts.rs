//! Requirements that exclude each other, beyond those that leave no mechanism: the answer takes the safe side and says so.

use super::{ConflictRule, Contradiction};
use crate::case::{Case, LONGEST_LIFE};
use crate::plan;
use crate::topology::{Cdn, Operation};

/// Every conflict that is looked for. That no mechanism is left is found by the decision itself: `C-01`.
pub const CONFLICTS: &[ConflictRule] = &[
    ConflictRule {
        id: "C-02",
        statement: "An edge that goes on without contact cannot refuse what was revoked meanwhile.",
        source: "docs/CONFIG.md [[route]] beyond_lease; formulas F-02 and F-14",
        fires: going_on,
    },
    ConflictRule {
        id: "C-03",
        statement: "No credential passes longer than 15 minutes without the store: longer than a token lives, nothing is checked any more.",
        source: "docs/CONFIG.md [token] access_life and [[route]] beyond_lease",
        fires: |case| {
            let outage = case.requirements().outage;
            (!case.goes_on().is_empty() && outage > LONGEST_LIFE).then(|| Contradiction {
                what: format!("go on for {outage} without the store, where {LONGEST_LIFE} is the most"),
                meanwhile: format!("after {LONGEST_LIFE} requests are refused"),
                ways_out: vec![
                    format!("promise {LONGEST_LIFE}"),
                    "make the store that long outage's business: a second node with synchronous replication (planned)".to_owned(),
                ],
            })
        },
    },
    ConflictRule {
        id: "C-04",
        statement: "A rule book's limit is the longest that may be configured.",
        source: "NIST SP 800-63B-4 section 2.3.3; PCI DSS 4.0 requirement 8.2.8",
        fires: |case| {
            let asked = case.requirements();
            let idle = asked
                .idle
                .zip(case.idle())
                .filter(|(written, (shortest, _))| written > shortest);
            let absolute = asked
                .absolute
                .zip(case.absolute())
                .filter(|(written, (shortest, _))| written > shortest);
            let told = [("idle", idle), ("absolute", absolute)];
            let (name, (written, (shortest, whose))) = told
                .into_iter()
                .find_map(|(name, found)| found.map(|found| (name, found)))?;
            Some(Contradiction {
                what: format!("requirements.{name} = \"{written}\", and {whose} with {shortest}"),
                meanwhile: format!("{shortest} is configured"),
                ways_out: vec![
                    format!("write {name} = \"{shortest}\""),
                    "take the rule book out of requirements.compliance, with a reason on record".to_owned(),
                ],
            })
        },
    },
    ConflictRule {
        id: "C-05",
        statement: "A shared cache answers before anybody is asked: what it keeps for one user outlives that user's revocation.",
        source: "OWASP ASVS 5.0 V14.2.2 and V14.3.2",
        fires: |case| {
            let per_user = case.topology.deployment.cdn == Cdn::PerUser;
            (per_user && !case.client.offline_validation).then(|| Contradiction {
                what: format!("the CDN keeps answers for one user, and \"{}\" is refused within {} of a revocation", case.client.name, case.bound().0),
                meanwhile: "the answers of these routes must carry Cache-Control: private, no-store".to_owned(),
                ways_out: vec![
                    "let the CDN keep public answers only (cdn = \"public\")".to_owned(),
                    "let the CDN check a short token itself (offline_validation = true): exposure is then that token's life".to_owned(),
                ],
            })
        },
    },
];

fn going_on(case: &Case<'_>) -> Option<Contradiction> {
    if case.client.offline_validation {
        return None;
    }
    let wanted = case.requirements().outage.min(LONGEST_LIFE);
    let lease = plan::lease(case.topology);
    let short =
        |operation: &Operation| plan::beyond_lease(case, *operation).is_none_or(|beyond| beyond < wanted);
    let operation = case.goes_on().into_iter().find(short)?;
    let bound = case.requirements().revocation(operation);
    let covered = plan::covered(case, operation);
    let lost = case.mean_rps() * wanted.saturating_sub(covered).as_ms() as f64 / 1000.0;
    Some(Contradiction {
        what: format!(
            "{} go on for {wanted} without contact, and are refused within {bound} of a revocation",
            operation.title()
        ),
        meanwhile: format!("they go on for {covered}, then they are refused"),
        ways_out: vec![
            format!(
                "accept {} after a revocation at an edge that is cut off: requirements.revocation_{}",
                wanted + lease,
                operation.as_str()
            ),
            format!(
                "accept refusals: about {lost:.0} requests of \"{}\" in an outage of {wanted}",
                case.client.name
            ),
        ],
    })
}
