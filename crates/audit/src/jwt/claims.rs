//! What a token's claims promise, and what they give away.

use serde_json::Value;

use super::Token;
use crate::check::{Check, Fix, Judge, Need, Severity};
use crate::probe::Probe;
use crate::verdict::{Finding, Judgement};

const TOKEN: &[Need] = &[Need::Token];
const READS: &str = "Nothing. It reads the claims of the token that was given.";

/// A look at the token: `None` for what is well.
fn look(probe: &Probe<'_>, judge: fn(&Token, i64) -> Option<String>) -> Judgement {
    let Some(token) = &probe.target.token else {
        return Judgement::not_tested(Need::Token.missing());
    };
    match judge(token, probe.now_s) {
        Some(detail) => Judgement::fail("token", detail),
        None => Judgement::pass("read the token's header and claims"),
    }
}

/// A look at several members at once.
fn look_at_each(probe: &Probe<'_>, judge: fn(&str, &Value) -> Option<&'static str>) -> Judgement {
    let Some(token) = &probe.target.token else {
        return Judgement::not_tested(Need::Token.missing());
    };
    let found = |(name, value): (&String, &Value)| {
        judge(name, value).map(|what| Finding::at(format!("claim {name}"), what))
    };
    Judgement::of(
        token.claims.iter().filter_map(found).collect(),
        "read every claim",
    )
}

const HOUR_S: i64 = 3600;
const DAY_S: i64 = 24 * HOUR_S;

/// Seconds from issue, or from now, to the end.
fn lifetime_s(token: &Token, now_s: i64) -> Option<i64> {
    let from = token.time("iat").or(token.time("nbf")).unwrap_or(now_s);
    token.time("exp").map(|end| end.saturating_sub(from))
}

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "jwt.no-expiry",
        title: "The token never expires",
        claim: "Every token says when it ends (`exp`).",
        why: "A token that leaks once is good for ever, unless every verifier asks somebody.",
        severity: Severity::High,
        asvs: &["V9.2.1"],
        rfc: &["RFC 7519 section 4.1.4", "RFC 9068 section 2.2"],
        needs: TOKEN,
        active: false,
        sends: READS,
        fix: Fix {
            text: "Set `exp` at issue, minutes ahead, and let the client refresh.",
            snippets: &[],
        },
        judge: Judge::Look(|probe| {
            look(probe, |token, _| {
                (!token.claims.contains_key("exp")).then(|| "no `exp`".to_owned())
            })
        }),
    },
    Check {
        id: "jwt.long-lifetime",
        title: "The token lives longer than a day",
        claim: "A token ends within 24 hours of its issue.",
        why: "Until it ends, a stolen token works, and a role that was taken away goes on inside it.",
        severity: Severity::Medium,
        asvs: &["V9.2.1", "V8.3.2"],
        rfc: &["RFC 9700 section 4.9.3"],
        needs: TOKEN,
        active: false,
        sends: READS,
        fix: Fix {
            text: "Issue access tokens for minutes and refresh them; keep long logins in a session that can be ended.",
            snippets: &[],
        },
        judge: Judge::Look(|probe| {
            look(probe, |token, now_s| {
                let lifetime_s = lifetime_s(token, now_s).filter(|lifetime| *lifetime > DAY_S)?;
                Some(format!("lives {} hours", lifetime_s / HOUR_S))
            })
        }),
    },
    Check {
        id: "jwt.personal-data",
        title: "The token carries personal data",
        claim: "Nobody's name, address, e-mail or telephone number is readable in the token.",
        why: "A signed token is not encrypted: every proxy, log and browser extension on its way reads it.",
        severity: Severity::Low,
        asvs: &["V14.2.6"],
        rfc: &["RFC 7519 section 12", "RFC 8725 section 2.7"],
        needs: TOKEN,
        active: false,
        sends: READS,
        fix: Fix {
            text: "Keep an opaque subject in the token, and let the services that need more ask for it.",
            snippets: &[],
        },
        judge: Judge::Look(|probe| look_at_each(probe, personal)),
    },
];

fn personal(name: &str, value: &Value) -> Option<&'static str> {
    const NAMES: &[&str] = &[
        "email",
        "mail",
        "name",
        "given_name",
        "family_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile",
        "picture",
        "birthdate",
        "birthday",
        "gender",
        "phone",
        "phone_number",
        "mobile",
        "address",
        "street",
        "ssn",
        "iban",
        "firstname",
        "lastname",
        "first_name",
        "last_name",
    ];
    let is_told = !value.is_null() && value.as_str() != Some("");
    let name = name
        .rsplit(['/', ':'])
        .next()
        .unwrap_or(name)
        .to_ascii_lowercase();
    if is_told && NAMES.contains(&name.as_str()) {
        return Some("personal data by its name");
    }
    let text = value.as_str()?;
    let (user, host) = text.split_once('@')?;
    let is_address = !user.is_empty() && host.contains('.') && !text.contains([' ', '/']);
    is_address.then_some("an e-mail address")
}
