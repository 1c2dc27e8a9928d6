//! Tokens that bring the key that verifies them, or say where it is.

use jose::{Algorithm, SigningKey};
use serde_json::{Value, json};

use super::encodings::{Key, base64, bit_string, element, integer, spki};
use super::forge::{Bench, FORGES, Forged, attempt, forging};
use crate::check::{Attempt, Check, Judge, Need};
use crate::client::Stop;
use crate::probe::Probe;
use crate::verdict::{Finding, Judgement};

const BRINGS: Check = Check {
    claim: "Keys come from the issuer that was configured, never from a token.",
    why: "The forger signs with a key of his own and tells the verifier to use it.",
    asvs: &["V9.1.3", "V9.1.1"],
    rfc: &["RFC 8725 section 3.10", "RFC 7515 section 4.1"],
    fix: super::claims::fix(
        "Ignore `jwk`, `x5c`, `jku` and `x5u`, or refuse tokens that have them; fetch keys from the issuer's configured address only.",
    ),
    ..FORGES
};

const CALLS: Check = Check {
    asvs: &["V9.1.3", "V1.3.6", "V15.3.2"],
    needs: &[Need::Token, Need::Endpoint, Need::Callback],
    ..BRINGS
};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "jwt.jwk-embedded",
        title: "The key inside the token is believed",
        sends: "The good token's claims signed by a new key that the header brings as `jwk`, with its own `kid` and with the old one.",
        rfc: &["RFC 8725 section 3.10", "RFC 7515 section 4.1.3", "CVE-2018-0114"],
        judge: forging!(|bench| {
            bench
                .foreign_keys()
                .iter()
                .flat_map(|key| {
                    let jwk = serde_json::to_value(key.public_jwk()).unwrap_or_default();
                    let own = Value::from(key.kid().as_str());
                    let alg = key.algorithm();
                    [
                        Forged::new(
                            format!("{alg}, its own kid"),
                            bench.with_key(key, &[("jwk", jwk.clone()), ("kid", own)]),
                        ),
                        Forged::new(
                            format!("{alg}, the old kid"),
                            bench.with_key(key, &[("jwk", jwk)]),
                        ),
                    ]
                })
                .collect()
        }),
        ..BRINGS
    },
    Check {
        id: "jwt.x5c-embedded",
        title: "The certificate inside the token is believed",
        sends: "The same with a self-signed certificate that the header brings as `x5c`.",
        rfc: &["RFC 8725 section 3.10", "RFC 7515 section 4.1.6"],
        judge: forging!(|bench| {
            let signed = |key: &SigningKey| {
                let chain = json!([base64(&certificate(key)?)]);
                let changes = [("x5c", chain), ("kid", Value::Null)];
                Some(Forged::new(
                    format!("{}, self-signed", key.algorithm()),
                    bench.with_key(key, &changes),
                ))
            };
            bench.foreign_keys().iter().filter_map(signed).collect()
        }),
        ..BRINGS
    },
    Check {
        id: "jwt.jku-data",
        title: "A set of keys inside an address inside the token is believed",
        sends: "The same with `jku` a `data:` address that holds the new key.",
        judge: forging!(|bench| {
            let signed = |key: &SigningKey| {
                let set = json!({"keys": [key.public_jwk()]}).to_string();
                let url = format!("data:application/json;base64,{}", base64(set.as_bytes()));
                let changes = [
                    ("jku", Value::from(url)),
                    ("kid", Value::from(key.kid().as_str())),
                ];
                Forged::new(
                    format!("{}, data address", key.algorithm()),
                    bench.with_key(key, &changes),
                )
            };
            bench.foreign_keys().iter().map(signed).collect()
        }),
        ..BRINGS
    },
    Check {
        id: "jwt.jku-followed",
        asvs: &["V9.1.3", "V1.3.6"],
        title: "The verifier fetches keys from where the token says",
        sends: "The same with `jku` the address of a server of the run's own (`--callback`), and forms of it that look like the issuer's.",
        judge: calling("jku"),
        ..CALLS
    },
    Check {
        id: "jwt.x5u-followed",
        asvs: &["V9.1.3", "V1.3.6"],
        title: "The verifier fetches certificates from where the token says",
        sends: "The same with `x5u`.",
        judge: calling("x5u"),
        ..CALLS
    },
];

const fn calling(member: &str) -> Judge {
    const JKU: Attempt = |probe| Box::pin(call(probe, "jku"));
    const X5U: Attempt = |probe| Box::pin(call(probe, "x5u"));
    Judge::Try(if matches!(member.as_bytes(), b"jku") {
        JKU
    } else {
        X5U
    })
}

async fn call(probe: &Probe<'_>, member: &'static str) -> Result<Judgement, Stop> {
    let Some(callback) = &probe.target.callback else {
        return Ok(Judgement::not_tested(Need::Callback.missing()));
    };
    let before = callback.calls();
    let make: fn(&Bench<'_>) -> Vec<Forged> = if member == "jku" {
        |bench| called(bench, "jku")
    } else {
        |bench| called(bench, "x5u")
    };
    let judgement = attempt(probe, make).await?;
    if callback.calls() > before {
        let mut findings = match judgement {
            Judgement::Fail(findings) => findings,
            _ => Vec::new(),
        };
        findings.push(Finding::at(
            member,
            "the verifier called the address that the token names",
        ));
        return Ok(Judgement::Fail(findings));
    }
    Ok(judgement)
}

fn called(bench: &Bench<'_>, member: &str) -> Vec<Forged> {
    let Some(callback) = &bench.probe.target.callback else {
        return Vec::new();
    };
    let plain = callback.url().as_str();
    let issuer = bench
        .token
        .claims
        .get("iss")
        .and_then(Value::as_str)
        .unwrap_or("https://issuer.example");
    let host = issuer
        .trim_start_matches("https://")
        .trim_start_matches("http://")
        .split(['/', ':'])
        .next()
        .unwrap_or_default();
    let forms = [
        plain.to_owned(),
        plain.replacen("://", &format!("://{host}@"), 1),
        format!("{plain}?{issuer}"),
        format!("{plain}#{issuer}"),
    ];
    let key = callback.key();
    let kid = Value::from(key.kid().as_str());
    let signed = |(at, url): (usize, String)| {
        let changes = [(member, Value::from(url)), ("kid", kid.clone())];
        Forged::new(
            format!("{member} of another server, form {}", at + 1),
            bench.with_key(key, &changes),
        )
    };
    forms.into_iter().enumerate().map(signed).collect()
}

const SEQUENCE: u8 = 0x30;
const ECDSA_SHA256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const RSA_SHA256: &[u8] = &[
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00,
];

/// A self-signed certificate (RFC 5280 section 4.1) of a key for ES256 or RS256.
pub(super) fn certificate(key: &SigningKey) -> Option<Vec<u8>> {
    let algorithm = match key.algorithm() {
        Algorithm::Es256 => ECDSA_SHA256,
        Algorithm::Rs256 => RSA_SHA256,
        _ => return None,
    };
    let public: Key = serde_json::to_value(key.public_jwk())
        .ok()?
        .as_object()
        .cloned()?;
    let algorithm = element(SEQUENCE, &[algorithm]);
    let common_name = element(
        SEQUENCE,
        &[
            &[0x06, 0x03, 0x55, 0x04, 0x03],
            &element(0x0c, &[b"symbolon audit"]),
        ],
    );
    let name = element(SEQUENCE, &[&element(0x31, &[&common_name])]);
    let valid = element(
        SEQUENCE,
        &[
            &element(0x17, &[b"200101000000Z"]),
            &element(0x17, &[b"491231235959Z"]),
        ],
    );
    let version = element(0xa0, &[&integer(&[2])]);
    let body = element(
        SEQUENCE,
        &[
            &version,
            &integer(&[0x51]),
            &algorithm,
            &name,
            &valid,
            &name,
            &spki(&public)?,
        ],
    );
    let signature = key.signature(&body).ok()?;
    let signature = match key.algorithm() {
        Algorithm::Es256 => {
            let (r, s) = signature.split_at(signature.len() / 2);
            element(SEQUENCE, &[&integer(r), &integer(s)])
        }
        _ => signature,
    };
    Some(element(SEQUENCE, &[&body, &algorithm, &bit_string(&signature)]))
}

#[cfg(test)]
mod tests {
    use rustls::RootCertStore;
    use rustls::pki_types::CertificateDer;

    use super::*;

    /// The library that verifies TLS takes it for a certificate.
    #[test]
    fn the_certificate_is_one() {
        for algorithm in [Algorithm::Es256, Algorithm::Rs256] {
            let der = certificate(&SigningKey::generate(algorithm).unwrap()).unwrap();
            RootCertStore::empty().add(CertificateDer::from(der)).unwrap();
        }
    }
}
