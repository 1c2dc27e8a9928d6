//! Parameters of a credential and of the session behind it: what each is set to, why, and whether this version can.

use super::{Feature, ParameterRule, rule};
use crate::case::Case;
use crate::figures::{Unit, human};
use crate::mechanism::Mechanism;
use crate::plan;
use crate::topology::{Compliance, IdentityProvider, Kind};

/// Every parameter rule of credentials.
pub(super) const RULES: &[ParameterRule] = &[
    rule(
        ("P-01", "cookie"),
        "A session's cookie is bound to one host, sent over TLS only, and out of reach of scripts.",
        "OWASP ASVS 5.0 V3.3.1, V3.3.3 and V3.3.4; NIST SP 800-63B-4 section 5.1.1",
        |case, mechanism| {
            (has_cookie(case, mechanism) && !case.is_embedded())
                .then(|| "__Host-symbolon; Secure; HttpOnly; Path=/; SameSite=Strict".to_owned())
        },
        None,
    ),
    rule(
        ("P-02", "cookie"),
        "In a third-party frame a cookie is sent only if it is SameSite=None, and kept only if it is partitioned by the site around it.",
        "CHIPS (Partitioned); OWASP ASVS 5.0 V3.3.2",
        |case, mechanism| {
            (has_cookie(case, mechanism) && case.is_embedded())
                .then(|| "__Host-symbolon-p; Secure; HttpOnly; Path=/; SameSite=None; Partitioned".to_owned())
        },
        Some(Feature::PartitionedCookie),
    ),
    rule(
        ("P-03", "csrf"),
        "A cookie goes with every request, also with one that another site caused: unsafe methods prove their page.",
        "NIST SP 800-63B-4 section 5.1; OWASP ASVS 5.0 V3.5.1 and V3.5.3",
        |case, mechanism| {
            let proof = if case.is_embedded() {
                "X-CSRF-Token (same-origin within the frame)"
            } else {
                "Sec-Fetch-Site or Origin, and X-CSRF-Token"
            };
            has_cookie(case, mechanism).then(|| proof.to_owned())
        },
        None,
    ),
    rule(
        ("P-04", "access token life"),
        "A self-contained token lives as long as the accepted exposure allows; one that edges check lives as long as refreshing it is worth.",
        "RFC 9700 section 2.2.1; formulas F-02 and F-11",
        |case, mechanism| plan::access_life(case, mechanism).map(|life| life.to_string()),
        None,
    ),
    rule(
        ("P-05", "in this version"),
        "One setting rules the life of all access tokens; until each client has its own, the shortest is written.",
        "docs/CONFIG.md [token] access_life",
        |case, mechanism| {
            let own = plan::access_life(case, mechanism)?;
            let shortest = crate::emit::access_life(case.topology, case.constants)?;
            (own > shortest).then(|| format!("{shortest}: one setting serves all clients, and another one needs that; a life for each is"))
        },
        Some(Feature::ClientLife),
    ),
    rule(
        ("P-06", "refresh"),
        "A public client's refresh token is replaced at each use, and a second use of the old one ends the family; a retry within 10 s gets the same successor.",
        "RFC 9700 section 4.14.2; OWASP ASVS 5.0 V10.4.5",
        |case, mechanism| {
            let rotates = refreshes(case, mechanism) && !case.requirements().asks(Compliance::Fapi2);
            rotates.then(|| "rotating, family ends on replay, same successor within 10 s".to_owned())
        },
        None,
    ),
    rule(
        ("P-07", "refresh"),
        "FAPI 2.0 binds refresh tokens to the client and does not rotate them.",
        "FAPI 2.0 section 5.3.2.1",
        |case, mechanism| {
            let kept = refreshes(case, mechanism) && case.requirements().asks(Compliance::Fapi2);
            kept.then(|| "bound to the client's key, not rotated".to_owned())
        },
        Some(Feature::NoRotation),
    ),
    rule(
        ("P-08", "refresh"),
        "A client that signs in with its own secret asks anew and needs no refresh token.",
        "RFC 6749 section 4.4.3",
        |case, mechanism| {
            (has_token(case, mechanism) && !refreshes(case, mechanism))
                .then(|| "none: client_credentials again".to_owned())
        },
        None,
    ),
    rule(
        ("P-09", "sender constraint"),
        "Where a client can prove a key, a stolen token is worth nothing.",
        "RFC 9449 section 5; RFC 9700 section 2.2.1",
        |case, mechanism| (has_token(case, mechanism) && case.client.dpop).then(|| "DPoP".to_owned()),
        Some(Feature::Dpop),
    ),
    rule(
        ("P-10", "sender constraint"),
        "A client certificate binds a token without a proof a request.",
        "RFC 8705 section 3",
        |case, mechanism| {
            (has_token(case, mechanism) && case.client.mtls && !case.client.dpop)
                .then(|| "client certificate".to_owned())
        },
        Some(Feature::Mtls),
    ),
    rule(
        ("P-11", "sender constraint"),
        "A bearer token passes for whoever holds it: what limits a theft is its life and the revocation.",
        "RFC 9700 section 2.2.1; OWASP ASVS 5.0 V10.3.5 (level 3)",
        |case, mechanism| {
            (has_token(case, mechanism) && !case.client.can_prove_a_key()).then(|| match case.client.kind {
                Kind::Spa => "none: keep the token in memory, never in local storage".to_owned(),
                _ if case.client.keystore => "none: keep the refresh token in the OS keystore".to_owned(),
                _ => "none: bearer".to_owned(),
            })
        },
        None,
    ),
    rule(
        ("P-12", "algorithm"),
        "One key has one algorithm. ES256 is short and everywhere; RS256 only for who cannot verify it.",
        "RFC 8725 section 3.1; RFC 9068 section 2.1; OWASP ASVS 5.0 appendix C; constants C-01, C-33 and C-34",
        |case, mechanism| {
            let signed = has_token(case, mechanism) || mechanism == Mechanism::EdgeSession;
            signed.then(|| {
                let c = case.constants;
                let told = |us: f64| human(us / 1000.0, Unit::Ms);
                match (case.client.kind, mechanism) {
                    (Kind::Partner, Mechanism::SelfContained) => format!(
                        "ES256, {} a check; RS256 ({}) if the partner cannot verify it",
                        told(c.verify_us),
                        told(c.verify_rs256_us)
                    ),
                    (_, Mechanism::EdgeToken | Mechanism::SelfContained) => format!(
                        "ES256, {} for a first check; EdDSA would be {}, RS256 {}",
                        told(c.verify_us),
                        told(c.verify_eddsa_us),
                        told(c.verify_rs256_us)
                    ),
                    _ => "ES256".to_owned(),
                }
            })
        },
        None,
    ),
    rule(
        ("P-13", "idle limit"),
        "A session that nobody uses ends.",
        "NIST SP 800-63B-4 section 5.2; OWASP ASVS 5.0 V7.3.1",
        |case, mechanism| {
            let applies = case.client.acts_for_user && mechanism != Mechanism::SelfContained;
            case.idle()
                .filter(|_| applies)
                .map(|(span, whose)| format!("{span} ({whose})"))
        },
        None,
    ),
    rule(
        ("P-14", "absolute limit"),
        "A session ends however much it is used; refresh tokens end with it.",
        "NIST SP 800-63B-4 section 5.2; OWASP ASVS 5.0 V7.3.2 and V10.4.8",
        |case, _| {
            case.absolute()
                .filter(|_| case.client.acts_for_user)
                .map(|(span, whose)| format!("{span} ({whose})"))
        },
        None,
    ),
    rule(
        ("P-15", "assurance"),
        "What a session may do depends on how its person signed in: AAL2 and AAL3 need more than a password.",
        "NIST SP 800-63B-4 sections 2.2 and 2.3; OWASP ASVS 5.0 V6.3.3",
        |case, _| {
            let books = &case.requirements().compliance;
            let level = [(Compliance::Aal3, "aal3"), (Compliance::Aal2, "aal2")]
                .into_iter()
                .find(|(book, _)| books.contains(book));
            level
                .filter(|_| case.client.acts_for_user)
                .map(|(_, level)| level.to_owned())
        },
        Some(Feature::SecondFactor),
    ),
    rule(
        ("P-16", "recency"),
        "A token shows a grant, not a person: its routes ask how long ago the person signed in.",
        "NIST SP 800-63B-4 section 5.1.2; OWASP ASVS 5.0 V10.3.4",
        |case, mechanism| plan::max_age(case, mechanism).map(|age| format!("signed in within {age}")),
        None,
    ),
    rule(
        ("P-17", "sign-in"),
        "People go on signing in where they do, and the session is ours.",
        "OWASP ASVS 5.0 V7.6.1",
        |case, _| {
            let upstream =
                case.topology.existing.identity_provider != IdentityProvider::None || case.topology.federated;
            (upstream && case.client.acts_for_user).then(|| match case.topology.federated {
                true => "at each tenant's identity provider".to_owned(),
                false => format!(
                    "at the identity provider, by {}",
                    case.topology.existing.identity_provider.title()
                ),
            })
        },
        Some(Feature::Federation),
    ),
    rule(
        ("P-18", "sign-in"),
        "A device without a keyboard is approved on another.",
        "RFC 8628 section 3",
        |case, mechanism| {
            (case.client.kind == Kind::Iot && case.client.acts_for_user && has_token(case, mechanism))
                .then(|| "device authorization grant".to_owned())
        },
        Some(Feature::DeviceGrant),
    ),
];

fn has_cookie(case: &Case<'_>, mechanism: Mechanism) -> bool {
    mechanism == Mechanism::EdgeSession
        || (mechanism == Mechanism::ServerSession && case.client.has_cookies())
}

fn has_token(case: &Case<'_>, mechanism: Mechanism) -> bool {
    mechanism.is_token() || (mechanism == Mechanism::ServerSession && !case.client.has_cookies())
}

/// Whether a token family stands behind the access tokens: not where a client signs in with its own secret.
fn refreshes(case: &Case<'_>, mechanism: Mechanism) -> bool {
    has_token(case, mechanism) && (case.client.acts_for_user || !(case.client.secret || case.client.mtls))
}
