//! Tokens whose signature is gone, or is not one.

use jose::base64url;
use serde_json::Value;

use super::forge::{Bench, FORGES, Forged, changed, forging, part};
use crate::check::{Check, Severity};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "jwt.alg-none",
        title: "Unsigned tokens are accepted",
        claim: "A token whose header says `alg: none` is refused.",
        asvs: &["V9.1.1", "V9.1.2"],
        rfc: &["RFC 8725 section 3.2", "RFC 7518 section 3.6"],
        sends: "The good token's claims under `none`: with an empty signature, with the old one, and without the last dot; with an unknown `kid` and with none.",
        judge: forging!(|bench| unsigned(bench, &["none"])),
        ..FORGES
    },
    Check {
        id: "jwt.alg-none-spelled",
        title: "Unsigned tokens are accepted if `none` is spelled otherwise",
        claim: "`None`, `NONE`, `nOnE` and an empty algorithm are refused like `none`.",
        asvs: &["V9.1.1", "V9.1.2"],
        rfc: &["RFC 8725 section 3.2"],
        sends: "The good token's claims under `None`, `NONE`, `nOnE`, `none ` and an empty `alg`, each with and without a signature.",
        judge: forging!(|bench| unsigned(bench, &["None", "NONE", "nOnE", "none ", "none\0", ""])),
        ..FORGES
    },
    Check {
        id: "jwt.alg-missing",
        title: "A token without an algorithm is accepted",
        claim: "A token whose header has no `alg`, or one that is not a text, is refused.",
        asvs: &["V9.1.2"],
        rfc: &["RFC 7515 section 4.1.1"],
        sends: "The good token's claims without `alg`, with `alg: []` and with `alg: {}`, unsigned.",
        judge: forging!(|bench| {
            let kinds = [
                ("no alg", Value::Null),
                ("alg is a list", Value::from(vec!["none"])),
                ("alg is an object", serde_json::json!({"alg": "none"})),
                ("alg is false", Value::from(false)),
            ];
            kinds
                .into_iter()
                .map(|(label, alg)| Forged::new(label, format!("{}.", bench.message(&[("alg", alg)]))))
                .collect()
        }),
        ..FORGES
    },
    Check {
        id: "jwt.signature-stripped",
        title: "A token without its signature is accepted",
        claim: "A token is refused when its signature is taken away and nothing else is changed.",
        rfc: &["RFC 7515 section 5.2"],
        sends: "The good token with an empty third part, and without it.",
        judge: forging!(|bench| {
            let signed = bench.token.signed();
            vec![
                Forged::new("empty third part", format!("{signed}.")),
                Forged::new("no third part", signed),
            ]
        }),
        ..FORGES
    },
    Check {
        id: "jwt.signature-wrong",
        title: "The signature is not verified",
        claim: "A token with another signature, or with other claims under the old one, is refused.",
        rfc: &["RFC 7515 section 5.2", "RFC 8725 section 3.3"],
        sends: "The good token with one bit of its signature turned, with random bytes for it, and with another `sub` under the old one.",
        judge: forging!(wrong),
        ..FORGES
    },
    Check {
        id: "jwt.signature-truncated",
        title: "A part of the signature is enough",
        claim: "A signature that was cut is refused.",
        why: "A verifier that compares as many bytes as it is given can be guessed one byte at a time.",
        rfc: &["RFC 7518 section 3.2"],
        sends: "The good token with the first 1, 8, 16 and all but one bytes of its signature.",
        judge: forging!(|bench| {
            let signature = bench.token.signature();
            let lengths = [1, 8, 16, signature.len().saturating_sub(1)];
            let cut = lengths
                .into_iter()
                .filter_map(|length| Some((length, signature.get(..length)?)));
            cut.map(|(length, bytes)| {
                Forged::new(
                    format!("the first {length} bytes"),
                    format!("{}.{}", bench.token.signed(), base64url::encode(bytes)),
                )
            })
            .collect()
        }),
        ..FORGES
    },
    Check {
        id: "jwt.psychic-signature",
        title: "A signature of zeros is accepted",
        claim: "An ECDSA signature whose numbers are zero is refused.",
        asvs: &["V9.1.1", "V11.2.1"],
        rfc: &["FIPS 186-5 section 6.4.2", "CVE-2022-21449"],
        sends: "The good token's claims under ES256, ES384 and ES512 with a signature of zero bytes, bare and as DER.",
        fix: super::claims::fix("Update the runtime: Java 15 to 18 of before April 2022 does this."),
        judge: forging!(|bench| {
            [("ES256", 64), ("ES384", 96), ("ES512", 132)]
                .into_iter()
                .flat_map(|(alg, length)| {
                    let message = bench.message(&[("alg", Value::from(alg))]);
                    let der = [0x30, 6, 2, 1, 0, 2, 1, 0];
                    [
                        Forged::new(
                            format!("{alg}, zeros"),
                            format!("{message}.{}", base64url::encode(&vec![0; length])),
                        ),
                        Forged::new(
                            format!("{alg}, zeros as DER"),
                            format!("{message}.{}", base64url::encode(&der)),
                        ),
                    ]
                })
                .collect()
        }),
        ..FORGES
    },
    Check {
        id: "jwt.foreign-key",
        title: "Anybody's key is good enough",
        claim: "A token that a stranger's key signed is refused, under whatever name of a key.",
        asvs: &["V9.1.1", "V9.1.3"],
        rfc: &["RFC 8725 section 3.3"],
        sends: "The good token's claims signed by new keys of the same kind and of ES256, under the old `kid`, under an unknown one and under none.",
        judge: forging!(|bench| {
            let named = |key: &jose::SigningKey| {
                let kinds = [
                    (
                        "the old kid",
                        bench.token.header.get("kid").cloned().unwrap_or_default(),
                    ),
                    ("an unknown kid", Value::from("unknown-7d1f")),
                    ("no kid", Value::Null),
                ];
                let alg = key.algorithm();
                kinds.map(|(label, kid)| {
                    Forged::new(
                        format!("{alg} of a stranger, {label}"),
                        bench.with_key(key, &[("kid", kid)]),
                    )
                })
            };
            bench.foreign_keys().iter().flat_map(named).collect()
        }),
        ..FORGES
    },
    Check {
        id: "jwt.blank-secret",
        title: "An empty or absent secret verifies tokens",
        claim: "A token under HMAC of an empty secret, or of a word for nothing, is refused.",
        asvs: &["V9.1.2"],
        rfc: &["RFC 8725 section 3.5"],
        sends: "The good token's claims under HS256 with the secrets ``, `null`, `undefined`, `None`, `secret` and others that stand for one that was never set.",
        judge: forging!(|bench| blank(bench, &[])),
        ..FORGES
    },
    Check {
        id: "jwt.unknown-key-id",
        title: "A key that does not exist verifies tokens",
        claim: "A token whose `kid` names no key is refused.",
        why: "The look-up comes back with nothing, and nothing is taken for an empty secret.",
        severity: Severity::Critical,
        asvs: &["V9.1.3"],
        rfc: &["RFC 8725 section 3.10"],
        sends: "The good token's claims under HS256 with an empty secret, and words for nothing, under an unknown `kid` and under names that every object of JavaScript has.",
        judge: forging!(|bench| {
            ["unknown-7d1f", "__proto__", "constructor", "toString"]
                .iter()
                .flat_map(|kid| blank(bench, &[("kid", Value::from(*kid))]))
                .collect()
        }),
        ..FORGES
    },
];

fn unsigned(bench: &Bench<'_>, spellings: &[&str]) -> Vec<Forged> {
    let signature = bench.token.parts().2;
    let spelled = spellings.iter().flat_map(|alg| {
        let message = bench.message(&[("alg", Value::from(*alg))]);
        // A look-up that comes back without a key may leave the verifier with nothing to demand.
        let strange = |kid| bench.message(&[("alg", Value::from(*alg)), ("kid", kid)]);
        [
            Forged::new(format!("{alg:?}, empty signature"), format!("{message}.")),
            Forged::new(
                format!("{alg:?}, old signature"),
                format!("{message}.{signature}"),
            ),
            Forged::new(format!("{alg:?}, no third part"), message),
            Forged::new(
                format!("{alg:?}, unknown kid"),
                format!("{}.", strange(Value::from("unknown-7d1f"))),
            ),
            Forged::new(format!("{alg:?}, no kid"), format!("{}.", strange(Value::Null))),
        ]
    });
    spelled.collect()
}

fn wrong(bench: &Bench<'_>) -> Vec<Forged> {
    let (header, _, signature) = bench.token.parts();
    let mut turned = bench.token.signature();
    if let Some(middle) = turned.get_mut(7) {
        *middle ^= 0x10;
    }
    let random = vec![0xa7; turned.len().max(32)];
    let other = part(&changed(
        &bench.token.claims,
        &[("sub", Value::from("somebody-else-7d1f"))],
    ));
    let signed = bench.token.signed();
    vec![
        Forged::new(
            "one bit turned",
            format!("{signed}.{}", base64url::encode(&turned)),
        ),
        Forged::new("other bytes", format!("{signed}.{}", base64url::encode(&random))),
        Forged::new(
            "another sub under the old signature",
            format!("{header}.{other}.{signature}"),
        ),
    ]
}

fn blank(bench: &Bench<'_>, changes: &[(&str, Value)]) -> Vec<Forged> {
    let secrets = [
        "",
        "\0",
        "null",
        "undefined",
        "None",
        "nil",
        "false",
        "[object Object]",
        "secret",
        "changeme",
        "your-256-bit-secret",
    ];
    let name = changes
        .iter()
        .map(|(name, value)| format!("{name} {value}, "))
        .collect::<String>();
    let forged = |secret: &&str| {
        Forged::new(
            format!("HS256, {name}secret {secret:?}"),
            bench.with_mac("HS256", secret.as_bytes(), changes),
        )
    };
    secrets.iter().map(forged).collect()
}
