//! Forged tokens: presented to the endpoint one after the other, between two that are good.

use aws_lc_rs::hmac;
use jose::{Algorithm, SigningKey, base64url};
use serde_json::{Map, Value};

use super::encodings::Key;
use super::endpoint::Admission;
use super::weak_secret::mac;
use super::{Token, key_text};
use crate::check::{Check, Judge, Need, Severity};
use crate::client::Stop;
use crate::probe::Probe;
use crate::verdict::{Finding, Judgement};

/// A token that no verifier may accept, and what is wrong with it.
pub(super) struct Forged {
    /// Names the variant in reports; the same from run to run.
    pub(super) label: String,
    /// As it is presented.
    pub(super) token: String,
}

impl Forged {
    pub(super) fn new(label: impl Into<String>, token: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            token: token.into(),
        }
    }
}

/// What forging starts from.
pub(super) struct Bench<'a> {
    pub(super) token: &'a Token,
    pub(super) probe: &'a Probe<'a>,
}

/// What every check has that presents forged tokens.
pub(super) const FORGES: Check = Check {
    id: "",
    title: "",
    claim: "",
    why: "Anybody writes any token: user, role and lifetime are free to choose.",
    severity: Severity::Critical,
    asvs: &["V9.1.1"],
    rfc: &[],
    needs: &[Need::Token, Need::Endpoint],
    active: true,
    sends: "",
    fix: super::claims::fix(
        "Name the one algorithm and the one key that are expected, and take neither from the token. A library of today does that by default: update it.",
    ),
    judge: Judge::Look(|_| Judgement::NotTested(String::new())),
};

/// How a check judges that presents what `make` forges.
macro_rules! forging {
    ($make:expr) => {{
        const ATTEMPT: crate::check::Attempt = |probe| Box::pin($crate::jwt::forge::attempt(probe, $make));
        crate::check::Judge::Try(ATTEMPT)
    }};
}
pub(super) use forging;

pub(super) async fn attempt(
    probe: &Probe<'_>,
    make: fn(&Bench<'_>) -> Vec<Forged>,
) -> Result<Judgement, Stop> {
    let Some(token) = &probe.target.token else {
        return Ok(Judgement::not_tested(Need::Token.missing()));
    };
    let forged = make(&Bench { token, probe });
    if forged.is_empty() {
        return Ok(Judgement::not_tested(
            "the token, or the keys, are of a kind that this cannot be tried with",
        ));
    }
    present(probe, forged).await
}

/// Presents each of `forged`; accepted ones are findings. The good token goes first, so that acceptance is known, and last,
/// so that a server that refuses everything by now is not taken for a strict one.
pub(super) async fn present(probe: &Probe<'_>, forged: Vec<Forged>) -> Result<Judgement, Stop> {
    let (Some(endpoint), Some(token)) = (&probe.target.endpoint, &probe.target.token) else {
        return Ok(Judgement::not_tested(Need::Endpoint.missing()));
    };
    let good = token.text();
    let oracle = match endpoint.oracle(probe, good).await? {
        Ok(oracle) => oracle,
        Err(why) => return Ok(Judgement::inconclusive(why.clone())),
    };
    let (mut findings, mut unclear) = (Vec::new(), Vec::new());
    let tried = forged.len();
    for Forged { label, token } in forged {
        match probe.send(endpoint.request(&token)).await {
            Ok(answer) => match oracle.judge(&answer) {
                Admission::Accepted => findings.push(Finding::at(
                    label,
                    format!("accepted with status {}", answer.status),
                )),
                Admission::Refused => {}
                Admission::Unclear => unclear.push(label),
            },
            // A server may hang up on a token it dislikes, and a text may not fit into a field: neither lets it through.
            Err(Stop::Broken(_) | Stop::Unsendable(_)) => {}
            // What was found before stays found.
            Err(_) => unclear.push(label),
        }
    }
    if !findings.is_empty() {
        return Ok(Judgement::Fail(findings));
    }
    // In a dry run the stand-in's answers are all alike.
    if !oracle.is_steady(endpoint, probe, good).await? && !probe.client().is_dry() {
        return Ok(Judgement::inconclusive(
            "the endpoint does not accept the good token any more, or accepts none",
        ));
    }
    if !unclear.is_empty() {
        return Ok(Judgement::inconclusive(format!(
            "the answers to {} are like neither",
            unclear.join(", ")
        )));
    }
    Ok(Judgement::pass(format!("{tried} forged tokens were refused")))
}

/// A part of a token.
pub(super) fn part(object: &Map<String, Value>) -> String {
    base64url::encode(serde_json::to_string(object).unwrap_or_default().as_bytes())
}

/// An object with other members: null takes one away.
pub(super) fn changed(object: &Map<String, Value>, changes: &[(&str, Value)]) -> Map<String, Value> {
    let mut object = object.clone();
    for (name, value) in changes {
        if value.is_null() {
            object.remove(*name);
        } else {
            object.insert((*name).to_owned(), value.clone());
        }
    }
    object
}

impl Bench<'_> {
    /// The good claims under a header with these changes: what is to be signed.
    pub(super) fn message(&self, changes: &[(&str, Value)]) -> String {
        let (_, claims, _) = self.token.parts();
        format!("{}.{claims}", part(&changed(&self.token.header, changes)))
    }

    /// The good claims under HMAC of `secret`.
    pub(super) fn with_mac(&self, alg: &str, secret: &[u8], changes: &[(&str, Value)]) -> String {
        let all: Vec<_> = std::iter::once(("alg", Value::from(alg)))
            .chain(changes.iter().cloned())
            .collect();
        let message = self.message(&all);
        let algorithm = mac(alg).unwrap_or(hmac::HMAC_SHA256);
        let tag = hmac::sign(&hmac::Key::new(algorithm, secret), message.as_bytes());
        format!("{message}.{}", base64url::encode(tag.as_ref()))
    }

    /// The good claims under a key that nobody knows, with these changes of the header.
    pub(super) fn with_key(&self, key: &SigningKey, changes: &[(&str, Value)]) -> String {
        let alg = serde_json::to_value(key.algorithm()).unwrap_or_default();
        let all: Vec<_> = std::iter::once(("alg", alg))
            .chain(changes.iter().cloned())
            .collect();
        let message = self.message(&all);
        let signature = key.signature(message.as_bytes()).unwrap_or_default();
        format!("{message}.{}", base64url::encode(&signature))
    }

    /// The keys that are published, or that the key's file holds.
    pub(super) fn public_keys(&self) -> Vec<Key> {
        let target = self.probe.target;
        if let Some(keys) = &target.keys {
            return keys.iter().filter_map(Value::as_object).cloned().collect();
        }
        target.key_file.as_deref().map(key_text::keys).unwrap_or_default()
    }

    /// New keys of the token's own kind, and of the commonest one.
    pub(super) fn foreign_keys(&self) -> Vec<SigningKey> {
        let kinds = [
            Algorithm::Es384,
            Algorithm::EdDsa,
            Algorithm::Ps256,
            Algorithm::Rs256,
        ];
        let own = kinds.into_iter().find(|one| one.is_named(self.token.alg()));
        let kinds = own.into_iter().chain([Algorithm::Es256]);
        kinds.filter_map(|kind| SigningKey::generate(kind).ok()).collect()
    }
}
