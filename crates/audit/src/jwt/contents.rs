//! What a token gives away to everybody who holds it.

use serde_json::Value;

use super::claims::{READS, fix};
use crate::check::{Check, Judge, Need, Severity};
use crate::probe::Probe;
use crate::scope::is_public;
use crate::verdict::{Finding, Judgement};

/// Looks at every claim, and at the members of claims that are objects.
fn look_at_each(probe: &Probe<'_>, judge: fn(&str, &Value) -> Option<&'static str>) -> Judgement {
    let Some(token) = &probe.target.token else {
        return Judgement::not_tested(Need::Token.missing());
    };
    let mut findings = Vec::new();
    for (name, value) in &token.claims {
        let inner = value
            .as_object()
            .into_iter()
            .flatten()
            .map(|(inner, value)| (format!("{name}.{inner}"), value));
        for (path, value) in std::iter::once((name.clone(), value)).chain(inner) {
            // A name may be a whole address: its last word counts.
            let word = path
                .rsplit(['/', ':', '.'])
                .next()
                .unwrap_or_default()
                .to_ascii_lowercase();
            let is_empty = value.is_null() || value.as_str() == Some("");
            if let (false, Some(what)) = (is_empty, judge(&word, value)) {
                findings.push(Finding::at(format!("claim {path}"), what));
            }
        }
    }
    Judgement::of(findings, "read every claim")
}

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "jwt.personal-data",
        title: "The token carries personal data",
        claim: "Nobody's name, address, e-mail or telephone number is readable in the token.",
        why: "A signed token is not encrypted: every proxy, log and browser extension on its way reads it.",
        asvs: &["V14.2.6"],
        rfc: &["RFC 7519 section 12", "RFC 8725 section 2.7"],
        fix: fix("Keep an opaque subject in the token, and let the services that need more ask for it."),
        judge: Judge::Look(|probe| look_at_each(probe, personal)),
        ..READS
    },
    Check {
        id: "jwt.secret-inside",
        title: "The token carries a secret",
        claim: "No password, key or other credential is readable in the token.",
        why: "Whoever sees the token has that secret as well, and it often outlives the token.",
        severity: Severity::High,
        asvs: &["V14.2.6", "V13.3.1"],
        rfc: &["RFC 8725 section 2.7"],
        fix: fix("Keep secrets on the server, under the session's id."),
        judge: Judge::Look(|probe| look_at_each(probe, secret)),
        ..READS
    },
    Check {
        id: "jwt.roles-inside",
        title: "Roles are frozen inside the token",
        claim: "What somebody may do is not written into a token that nobody can call back.",
        why: "A role that is taken away works on until the token ends.",
        severity: Severity::Info,
        asvs: &["V8.3.2"],
        rfc: &["RFC 9068 section 2.2.3"],
        fix: fix(
            "Look the role up where it is needed, or keep the token's life to minutes and refuse revoked ones.",
        ),
        judge: Judge::Look(|probe| {
            look_at_each(probe, |name, _| {
                const NAMES: &[&str] = &[
                    "role",
                    "roles",
                    "groups",
                    "permissions",
                    "authorities",
                    "entitlements",
                    "is_admin",
                    "isadmin",
                    "admin",
                    "privileges",
                ];
                NAMES.contains(&name).then_some("authority by its name")
            })
        }),
        ..READS
    },
    Check {
        id: "jwt.inside-addresses",
        title: "The token names machines of the inside",
        claim: "No claim holds a private address or the name of an internal host.",
        why: "It draws a map of the network for whoever holds a token, which is every user.",
        severity: Severity::Info,
        asvs: &["V14.2.6"],
        rfc: &["RFC 7519 section 12"],
        fix: fix("Use public names, or opaque ones, for issuer and services."),
        judge: Judge::Look(|probe| look_at_each(probe, internal)),
        ..READS
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
        "picture",
        "birthdate",
        "birthday",
        "gender",
        "phone",
        "phone_number",
        "mobile",
        "address",
        "street",
        "street_address",
        "ssn",
        "iban",
        "firstname",
        "lastname",
        "first_name",
        "last_name",
        "date_of_birth",
        "dob",
        "passport",
    ];
    if NAMES.contains(&name) {
        return Some("personal data by its name");
    }
    let text = value.as_str()?;
    let (user, host) = text.split_once('@')?;
    let is_address = !user.is_empty() && host.contains('.') && !text.contains([' ', '/', ':']);
    is_address.then_some("an e-mail address")
}

fn secret(name: &str, value: &Value) -> Option<&'static str> {
    const NAMES: &[&str] = &[
        "password",
        "passwd",
        "pwd",
        "pass",
        "password_hash",
        "passwordhash",
        "secret",
        "client_secret",
        "api_key",
        "apikey",
        "private_key",
        "refresh_token",
        "access_token",
        "salt",
        "otp_secret",
        "totp_secret",
        "mfa_secret",
        "credit_card",
        "pan",
        "cvv",
    ];
    if NAMES.contains(&name) {
        return Some("a credential by its name");
    }
    let text = value.as_str()?;
    let is_hash = ["$2a$", "$2b$", "$2y$", "$argon2", "$6$", "$scrypt", "pbkdf2_"]
        .iter()
        .any(|start| text.starts_with(start));
    let is_key = text.contains("PRIVATE KEY-----");
    let is_token = text.starts_with("eyJ") && text.matches('.').count() == 2;
    (is_hash || is_key || is_token).then_some("a credential by its form")
}

fn internal(_: &str, value: &Value) -> Option<&'static str> {
    let text = value.as_str()?;
    let host = url::Url::parse(text)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned));
    let host = host.unwrap_or_else(|| text.to_owned());
    if let Ok(address) = host.trim_matches(['[', ']']).parse() {
        // A user's own address in the token is another matter.
        return (!is_public(address)).then_some("an address that is not public");
    }
    let endings = [
        ".internal",
        ".local",
        ".svc",
        ".svc.cluster.local",
        ".corp",
        ".lan",
        ".intranet",
    ];
    let is_host = !host.contains([' ', '/', '@']);
    (is_host && endings.iter().any(|ending| host.ends_with(ending))).then_some("the name of an internal host")
}
