//! What a token's claims promise.

use serde_json::Value;

use super::Token;
use crate::check::{Check, Fix, Judge, Need, Severity};
use crate::probe::Probe;
use crate::verdict::Judgement;

/// What every check has that only reads the token.
pub(super) const READS: Check = Check {
    id: "",
    title: "",
    claim: "",
    why: "",
    severity: Severity::Low,
    asvs: &[],
    rfc: &[],
    needs: &[Need::Token],
    active: false,
    sends: "Nothing is sent: it reads the header and the claims of the token that was given.",
    fix: fix(""),
    judge: Judge::Look(|_| Judgement::NotTested(String::new())),
};

pub(super) const fn fix(text: &'static str) -> Fix {
    Fix { text, snippets: &[] }
}

/// A look at the token: `None` for what is well.
pub(super) fn look(probe: &Probe<'_>, judge: fn(&Token, i64) -> Option<String>) -> Judgement {
    let Some(token) = &probe.target.token else {
        return Judgement::not_tested(Need::Token.missing());
    };
    match judge(token, probe.now_s) {
        Some(detail) => Judgement::fail("token", detail),
        None => Judgement::pass("read the token's header and claims"),
    }
}

/// A claim that must be there.
fn missing(token: &Token, claim: &str) -> Option<String> {
    let is_told = token
        .claims
        .get(claim)
        .is_some_and(|value| !value.is_null() && value.as_str() != Some(""));
    (!is_told).then(|| format!("no `{claim}`"))
}

const HOUR_S: i64 = 3600;
const DAY_S: i64 = 24 * HOUR_S;
/// Clocks differ by this much without anybody being at fault.
const SKEW_S: i64 = 300;

/// Seconds from issue, or from now, to the end.
fn lifetime_s(token: &Token, now_s: i64) -> Option<i64> {
    let from = token.time("iat").or(token.time("nbf")).unwrap_or(now_s);
    token.time("exp").map(|end| end.saturating_sub(from))
}

fn audiences(token: &Token) -> Vec<&str> {
    match token.claims.get("aud") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
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
        fix: fix("Set `exp` at issue, minutes ahead, and let the client refresh."),
        judge: Judge::Look(|probe| look(probe, |token, _| missing(token, "exp"))),
        ..READS
    },
    Check {
        id: "jwt.expiry-not-a-number",
        title: "The token's times are not numbers",
        claim: "`exp`, `nbf` and `iat` are numbers of seconds.",
        why: "Verifiers differ in what they make of a text: some take it for no expiry at all.",
        severity: Severity::Medium,
        asvs: &["V9.2.1"],
        rfc: &["RFC 7519 section 2"],
        fix: fix("Write times as JSON numbers of seconds since 1970."),
        judge: Judge::Look(|probe| {
            look(probe, |token, _| {
                let wrong = |name: &&&str| token.claims.get(**name).is_some_and(|value| !value.is_number());
                ["exp", "nbf", "iat"]
                    .iter()
                    .find(wrong)
                    .map(|name| format!("`{name}` is not a number"))
            })
        }),
        ..READS
    },
    Check {
        id: "jwt.expiry-in-milliseconds",
        title: "The token's times are milliseconds",
        claim: "`exp` is in seconds.",
        why: "A verifier that reads seconds takes it for a time in the far future: the token never ends.",
        severity: Severity::High,
        asvs: &["V9.2.1"],
        rfc: &["RFC 7519 section 2"],
        fix: fix("Divide by a thousand: `exp` is a NumericDate, in seconds."),
        judge: Judge::Look(|probe| {
            look(probe, |token, _| {
                let end = token.time("exp").filter(|end| *end > 100_000_000_000)?;
                Some(format!("`exp` has {} digits", end.to_string().len()))
            })
        }),
        ..READS
    },
    Check {
        id: "jwt.long-lifetime",
        title: "The token lives longer than a day",
        claim: "A token ends within 24 hours of its issue.",
        why: "Until it ends, a stolen token works, and a role that was taken away goes on inside it.",
        severity: Severity::Medium,
        asvs: &[],
        rfc: &["RFC 9700 section 4.9.3"],
        fix: fix(
            "Issue access tokens for minutes and refresh them; keep long logins in a session that can be ended.",
        ),
        judge: Judge::Look(|probe| {
            look(probe, |token, now_s| {
                let lifetime_s = lifetime_s(token, now_s).filter(|lifetime| *lifetime > DAY_S)?;
                Some(format!("lives {} hours", lifetime_s / HOUR_S))
            })
        }),
        ..READS
    },
    Check {
        id: "jwt.lifetime-over-an-hour",
        title: "The token lives longer than an hour",
        claim: "A token ends within an hour of its issue.",
        why: "The longer it lives, the longer after a logout or a theft it still works where nobody asks for revocations.",
        severity: Severity::Info,
        asvs: &[],
        rfc: &["RFC 9700 section 4.9.3"],
        fix: fix("Five to fifteen minutes with a refresh token serve most clients."),
        judge: Judge::Look(|probe| {
            look(probe, |token, now_s| {
                let lifetime_s = lifetime_s(token, now_s).filter(|lifetime| *lifetime > HOUR_S)?;
                Some(format!("lives {} minutes", lifetime_s / 60))
            })
        }),
        ..READS
    },
    Check {
        id: "jwt.no-issued-at",
        title: "The token does not say when it was issued",
        claim: "Every token has `iat`.",
        why: "Without it nobody can refuse the tokens issued before a password was changed or a key was lost.",
        asvs: &[],
        rfc: &["RFC 9068 section 2.2", "RFC 7519 section 4.1.6"],
        fix: fix("Set `iat` at issue; keep a not-before time per user and compare it."),
        judge: Judge::Look(|probe| look(probe, |token, _| missing(token, "iat"))),
        ..READS
    },
    Check {
        id: "jwt.issued-in-future",
        title: "The token was issued in the future",
        claim: "`iat` is not ahead of the clock by more than five minutes.",
        why: "The issuer's clock is wrong, or tokens are prepared ahead: both outlive what they are compared with.",
        asvs: &[],
        rfc: &["RFC 7519 section 4.1.6"],
        fix: fix("Keep the issuer's clock by NTP."),
        judge: Judge::Look(|probe| {
            look(probe, |token, now_s| {
                let ahead_s = token.time("iat")?.saturating_sub(now_s);
                (ahead_s > SKEW_S).then(|| format!("`iat` is {ahead_s} s ahead"))
            })
        }),
        ..READS
    },
    Check {
        id: "jwt.no-audience",
        title: "The token is for everybody",
        claim: "Every token names its audience (`aud`).",
        why: "A service that was given the token can present it to any other service of the same issuer, as the user.",
        severity: Severity::Medium,
        asvs: &["V9.2.4"],
        rfc: &[
            "RFC 7519 section 4.1.3",
            "RFC 9068 section 2.2",
            "RFC 8725 section 3.9",
        ],
        fix: fix("Name the one service in `aud` at issue, and compare it at each service."),
        judge: Judge::Look(|probe| {
            look(probe, |token, _| {
                audiences(token).is_empty().then(|| "no `aud`".to_owned())
            })
        }),
        ..READS
    },
    Check {
        id: "jwt.audience-wildcard",
        title: "The token's audience is a wildcard",
        claim: "No audience is a pattern or a whole address space.",
        why: "It is as good as none: whoever receives the token can use it elsewhere.",
        severity: Severity::Medium,
        asvs: &["V9.2.4"],
        rfc: &["RFC 8725 section 3.9"],
        fix: fix("Name services one by one."),
        judge: Judge::Look(|probe| {
            look(probe, |token, _| {
                let wild = |one: &&&str| {
                    one.contains('*')
                        || matches!(
                            one.to_ascii_lowercase().as_str(),
                            "any" | "all" | "everyone" | "http://" | "https://"
                        )
                };
                audiences(token)
                    .iter()
                    .find(wild)
                    .map(|_| "an audience is a pattern".to_owned())
            })
        }),
        ..READS
    },
    Check {
        id: "jwt.many-audiences",
        title: "The token is for several services at once",
        claim: "A token has one audience.",
        why: "Each of the services can use the token at the others.",
        asvs: &["V9.2.4"],
        rfc: &["RFC 9700 section 2.3"],
        fix: fix("Issue one token for each service, or exchange it (RFC 8693)."),
        judge: Judge::Look(|probe| {
            look(probe, |token, _| {
                let many = audiences(token).len();
                (many > 1).then(|| format!("{many} audiences"))
            })
        }),
        ..READS
    },
    Check {
        id: "jwt.no-issuer",
        title: "The token does not say who issued it",
        claim: "Every token has `iss`.",
        why: "A verifier that trusts two issuers cannot keep them apart, so each can speak for the other's users.",
        asvs: &[],
        rfc: &["RFC 7519 section 4.1.1", "RFC 8725 section 3.8"],
        fix: fix("Set `iss`, and let each verifier expect exactly one value for each set of keys."),
        judge: Judge::Look(|probe| look(probe, |token, _| missing(token, "iss"))),
        ..READS
    },
    Check {
        id: "jwt.no-subject",
        title: "The token does not say whom it is for",
        claim: "Every token has `sub`.",
        why: "Services then take a name or an e-mail address for the user's id, which somebody else may have tomorrow.",
        asvs: &["V10.3.3"],
        rfc: &["RFC 9068 section 2.2", "RFC 7519 section 4.1.2"],
        fix: fix("Set `sub` to an id that is never given to anybody else."),
        judge: Judge::Look(|probe| look(probe, |token, _| missing(token, "sub"))),
        ..READS
    },
    Check {
        id: "jwt.subject-is-a-name",
        title: "The token's subject can pass to somebody else",
        claim: "`sub` is not an e-mail address or a telephone number.",
        why: "Addresses and numbers are given to new owners, who then are the old user.",
        asvs: &["V10.3.3"],
        rfc: &["OpenID Connect Core section 2"],
        fix: fix("Use an opaque id as `sub`, and show the address where it is needed."),
        judge: Judge::Look(|probe| {
            look(probe, |token, _| {
                let subject = token.claims.get("sub")?.as_str()?;
                let is_number = subject
                    .strip_prefix('+')
                    .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
                (subject.contains('@') || is_number).then(|| "`sub` is an address or a number".to_owned())
            })
        }),
        ..READS
    },
    Check {
        id: "jwt.no-id",
        title: "The token cannot be named",
        claim: "Every token has `jti`.",
        why: "One token cannot be revoked or followed through the logs without writing the token itself down.",
        severity: Severity::Info,
        asvs: &[],
        rfc: &["RFC 9068 section 2.2", "RFC 7519 section 4.1.7"],
        fix: fix("Set `jti` to 128 random bits."),
        judge: Judge::Look(|probe| look(probe, |token, _| missing(token, "jti"))),
        ..READS
    },
];
