//! Tokens whose signature is gone, or is not one.

use jose::base64url;
use serde_json::{Map, Value};

use super::Token;
use super::forge::{Forged, present};
use crate::check::{Attempt, Check, Fix, Judge, Need, Severity};

pub(super) const FORGING: &[Need] = &[Need::Token, Need::Endpoint];

/// A part of a token.
pub(super) fn part(object: &Map<String, Value>) -> String {
    base64url::encode(serde_json::to_string(object).unwrap_or_default().as_bytes())
}

/// The token's header with other members: null takes one away.
pub(super) fn header(token: &Token, changes: &[(&str, Value)]) -> Map<String, Value> {
    let mut header = token.header.clone();
    for (name, value) in changes {
        if value.is_null() {
            header.remove(*name);
        } else {
            header.insert((*name).to_owned(), value.clone());
        }
    }
    header
}

/// A check that presents what `make` forges from the good token.
macro_rules! forging {
    ($make:expr) => {{
        const ATTEMPT: Attempt = |probe| {
            Box::pin(async move {
                let forged = probe.target.token.as_ref().map($make).unwrap_or_default();
                present(probe, forged).await
            })
        };
        Judge::Try(ATTEMPT)
    }};
}

pub(super) const CHECKS: &[Check] = &[Check {
    id: "jwt.alg-none",
    title: "Unsigned tokens are accepted",
    claim: "A token whose header says `alg: none` is refused, however that is spelled.",
    why: "Anybody writes any token: user, role and lifetime are free to choose.",
    severity: Severity::Critical,
    asvs: &["V9.1.1", "V9.1.2"],
    rfc: &["RFC 8725 section 3.2", "RFC 7518 section 3.6"],
    needs: FORGING,
    active: true,
    sends: "The good token's claims under `none`, `None`, `NONE` and other spellings: with an empty signature, with the old one, and without the last dot.",
    fix: Fix {
        text: "Name the one algorithm that is expected, and take it from the key, never from the token.",
        snippets: &[],
    },
    judge: forging!(unsigned),
}];

fn unsigned(token: &Token) -> Vec<Forged> {
    let (_, claims, signature) = token.parts();
    let spelled = ["none", "None", "NONE", "nOnE", "none ", "", "NonE\u{0}"]
        .into_iter()
        .flat_map(|alg| {
            let header = part(&header(token, &[("alg", Value::from(alg))]));
            [
                Forged::new(format!("{alg:?}, empty signature"), format!("{header}.{claims}.")),
                Forged::new(
                    format!("{alg:?}, old signature"),
                    format!("{header}.{claims}.{signature}"),
                ),
                Forged::new(format!("{alg:?}, no third part"), format!("{header}.{claims}")),
            ]
        });
    spelled.collect()
}
