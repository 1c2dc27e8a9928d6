//! The keys that an issuer publishes.

use std::collections::BTreeSet;

use jose::{Algorithm, JoseError, Jwk, KeyRefusal, VerifyingKey, base64url};
use serde_json::{Map, Value};

use super::claims::fix;
use crate::check::{Check, Judge, Need, Severity};
use crate::probe::Probe;
use crate::verdict::{Finding, Judgement};

const READS: Check = Check {
    id: "",
    title: "",
    claim: "",
    why: "",
    severity: Severity::Low,
    asvs: &[],
    rfc: &[],
    needs: &[Need::Keys],
    active: false,
    sends: "Nothing of its own: it reads the keys that were fetched from where `--jwks` said.",
    fix: fix(""),
    judge: Judge::Look(|_| Judgement::NotTested(String::new())),
};

type Key = Map<String, Value>;

/// Looks at each key; `None` for what is well.
fn look(probe: &Probe<'_>, judge: fn(&Key) -> Option<String>) -> Judgement {
    let Some(keys) = &probe.target.keys else {
        return Judgement::not_tested(Need::Keys.missing());
    };
    let objects = keys.iter().filter_map(Value::as_object).enumerate();
    let found = |(at, key): (usize, &Key)| judge(key).map(|detail| Finding::at(name(at, key), detail));
    Judgement::of(
        objects.filter_map(found).collect(),
        format!("read {} keys", keys.len()),
    )
}

fn name(at: usize, key: &Key) -> String {
    match text(key, "kid") {
        "" => format!("key {}", at + 1),
        kid => format!("key {kid}"),
    }
}

fn text<'a>(key: &'a Key, member: &str) -> &'a str {
    key.get(member).and_then(Value::as_str).unwrap_or_default()
}

fn number(key: &Key, member: &str) -> Vec<u8> {
    let bytes = base64url::decode(text(key, member).trim_end_matches('=').as_bytes()).unwrap_or_default();
    bytes.iter().skip_while(|byte| **byte == 0).copied().collect()
}

/// Bits of an RSA key; `None` for other keys.
fn rsa_bits(key: &Key) -> Option<usize> {
    let modulus = number(key, "n");
    let top = modulus.first().filter(|_| text(key, "kty") == "RSA")?;
    Some(modulus.len() * 8 - top.leading_zeros() as usize)
}

const PRIVATE: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "oth", "priv"];

/// Public halves of keys whose private halves stand in RFC 7515 to 7517, RFC 7520 and RFC 8037: the beginning of their `n` or `x`.
const PUBLISHED: &[&str] = &[
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp",
    "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86z",
    "n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRoj",
    "AHKZLLOsCOzz5cY97ewNUajB957y-C-U88c3v13nmGZx6sYl_oJXu9A5RkTKqjqv",
    "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
];

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "jwt.keys-private",
        title: "A private key is published",
        claim: "The published set holds public halves only.",
        why: "Anybody signs tokens as the issuer.",
        severity: Severity::Critical,
        asvs: &["V13.3.1", "V11.1.1"],
        rfc: &["RFC 7517 section 9.2", "RFC 8725 section 3.5"],
        fix: fix(
            "Publish `kty`, `crv`, `x`, `y`, `n`, `e`, `kid`, `alg` and `use` only. Replace the key, and revoke everything that it signed.",
        ),
        judge: Judge::Look(|probe| {
            look(probe, |key| {
                PRIVATE
                    .iter()
                    .find(|member| key.contains_key(**member))
                    .map(|member| format!("has the private member `{member}`"))
            })
        }),
        ..READS
    },
    Check {
        id: "jwt.keys-symmetric",
        title: "An HMAC secret is published",
        claim: "The published set holds no symmetric key.",
        why: "Anybody signs tokens as the issuer.",
        severity: Severity::Critical,
        asvs: &["V13.3.1"],
        rfc: &["RFC 7517 section 9.2"],
        fix: fix("Take the key out of the set, replace it, and revoke everything that it signed."),
        judge: Judge::Look(|probe| {
            look(probe, |key| {
                (text(key, "kty") == "oct" || key.contains_key("k")).then(|| "a symmetric key".to_owned())
            })
        }),
        ..READS
    },
    Check {
        id: "jwt.keys-known",
        title: "The key's private half stands in a public document",
        claim: "No key is one of the examples of the standards.",
        why: "Anybody signs tokens as the issuer.",
        severity: Severity::Critical,
        asvs: &["V13.2.3", "V11.6.1"],
        rfc: &["RFC 7517 section 9.1"],
        fix: fix("Generate a key, and revoke everything that the old one signed."),
        judge: Judge::Look(|probe| {
            look(probe, |key| {
                let is_known =
                    |member: &str| PUBLISHED.iter().any(|known| text(key, member).starts_with(known));
                (is_known("n") || is_known("x")).then(|| "an example key of a standard".to_owned())
            })
        }),
        ..READS
    },
    Check {
        id: "jwt.keys-short",
        title: "An RSA key is short enough to be factored",
        claim: "RSA keys have at least 2048 bits.",
        why: "Keys of 1024 bits and below are within the means of some, and of 512 bits within everybody's.",
        severity: Severity::High,
        asvs: &["V11.6.1"],
        rfc: &["RFC 7518 section 3.3"],
        fix: fix("Generate an EC key on P-256, or RSA of 3072 bits."),
        judge: Judge::Look(|probe| {
            look(probe, |key| {
                rsa_bits(key)
                    .filter(|bits| *bits < 2048)
                    .map(|bits| format!("{bits} bits"))
            })
        }),
        ..READS
    },
    Check {
        id: "jwt.keys-below-128-bits",
        title: "An RSA key is weaker than 128 bits of strength",
        claim: "RSA keys have at least 3072 bits.",
        why: "It is not broken today; tokens and signatures that must last, and rules that ask for 128 bits, need more.",
        severity: Severity::Info,
        asvs: &["V11.2.3"],
        rfc: &["RFC 7518 section 3.3"],
        fix: fix("Generate an EC key on P-256, or RSA of 3072 bits."),
        judge: Judge::Look(|probe| {
            look(probe, |key| {
                let bits = rsa_bits(key)?;
                (2048..3072).contains(&bits).then(|| format!("{bits} bits"))
            })
        }),
        ..READS
    },
    Check {
        id: "jwt.keys-exponent",
        title: "An RSA key has an unsafe exponent",
        claim: "The public exponent is odd and at least 65537.",
        why: "With 1 every text signs itself; with 3 verifiers that read padding loosely accept signatures that nobody made.",
        severity: Severity::Medium,
        asvs: &["V11.6.1"],
        rfc: &["RFC 8017 section 3.1"],
        fix: fix("Generate a key with the exponent 65537."),
        judge: Judge::Look(|probe| {
            look(probe, |key| {
                let exponent = number(key, "e");
                let is_rsa = text(key, "kty") == "RSA";
                let is_small = exponent.len() < 3 || exponent.last().is_some_and(|low| low % 2 == 0);
                (is_rsa && is_small).then(|| "the exponent is even, or below 65537".to_owned())
            })
        }),
        ..READS
    },
    Check {
        id: "jwt.keys-curve",
        title: "A key is on a curve that is not approved",
        claim: "Keys are on P-256, P-384, P-521, secp256k1, Ed25519 or Ed448.",
        why: "Others are too small, or nobody looked at them for long.",
        severity: Severity::Medium,
        asvs: &["V11.6.1"],
        rfc: &["RFC 7518 section 6.2.1.1", "RFC 8037 section 2"],
        fix: fix("Generate a key on P-256 or Ed25519."),
        judge: Judge::Look(|probe| {
            look(probe, |key| {
                const CURVES: &[&str] = &[
                    "P-256",
                    "P-384",
                    "P-521",
                    "secp256k1",
                    "Ed25519",
                    "Ed448",
                    "X25519",
                    "X448",
                ];
                let is_curved = matches!(text(key, "kty"), "EC" | "OKP");
                (is_curved && !CURVES.contains(&text(key, "crv"))).then(|| "an unknown curve".to_owned())
            })
        }),
        ..READS
    },
    Check {
        id: "jwt.keys-invalid",
        title: "A key is no point of its curve",
        claim: "Every EC and Ed25519 key is a point of its curve, and none of small order.",
        why: "A verifier that does not look accepts signatures that nobody made.",
        severity: Severity::High,
        asvs: &["V11.6.1"],
        rfc: &["RFC 7518 section 6.2", "RFC 8032 section 5.1.7"],
        fix: fix("Generate a key with a library that is known, and publish it as it is."),
        judge: Judge::Look(|probe| {
            look(probe, |key| {
                let is_read = matches!(text(key, "crv"), "P-256" | "P-384" | "Ed25519");
                // Private members are another check's matter.
                let public: Key = key
                    .iter()
                    .filter(|(name, _)| !PRIVATE.contains(&name.as_str()))
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .collect();
                let error = Jwk::parse(Value::Object(public).to_string().as_bytes()).err()?;
                let is_bad = matches!(
                    error,
                    JoseError::Key(KeyRefusal::Invalid | KeyRefusal::Weak) | JoseError::Base64
                );
                (is_read && is_bad).then(|| "not a sound point".to_owned())
            })
        }),
        ..READS
    },
    Check {
        id: "jwt.keys-no-algorithm",
        title: "A key does not say what it is for",
        claim: "Every key has `alg`.",
        why: "The verifier then takes the algorithm from the token, which is the forger's choice.",
        asvs: &[],
        rfc: &["RFC 8725 section 3.1", "RFC 7517 section 4.4"],
        fix: fix("Publish each key with its one `alg`."),
        judge: Judge::Look(|probe| {
            look(probe, |key| {
                text(key, "alg").is_empty().then(|| "no `alg`".to_owned())
            })
        }),
        ..READS
    },
    Check {
        id: "jwt.keys-same-name",
        title: "Two keys have the same name, or one has none",
        claim: "Each of several keys has its own `kid`.",
        why: "A verifier takes the wrong one, or tries all of them: the first is a failure, the second helps a forger.",
        asvs: &[],
        rfc: &["RFC 7517 section 4.5"],
        fix: fix("Name each key by its thumbprint (RFC 7638)."),
        judge: Judge::Look(same_name),
        ..READS
    },
    Check {
        id: "jwt.keys-unprotected",
        title: "Keys are fetched without TLS",
        claim: "The set of keys is published under https.",
        why: "Whoever is on the way puts his own key in, and signs tokens as the issuer.",
        severity: Severity::High,
        asvs: &["V12.2.1"],
        rfc: &["RFC 8414 section 2", "OpenID Connect Discovery section 3"],
        fix: fix("Serve the set under https only."),
        judge: Judge::Look(|probe| match &probe.target.keys_from {
            None => Judgement::not_tested("the keys came from a file"),
            Some(url) if url.scheme() == "https" => Judgement::pass("fetched under https"),
            Some(url) if url.host_str().is_some_and(crate::scope::is_loopback) => {
                Judgement::not_tested("the keys are on this machine: nothing is on the way")
            }
            Some(url) => Judgement::fail(url.as_str(), "fetched under http"),
        }),
        ..READS
    },
    Check {
        id: "jwt.key-not-published",
        title: "The token's signature does not fit the published keys",
        claim: "The token verifies with the key of its `kid` among the published ones.",
        why: "Verifiers that work all the same use other keys, or none.",
        severity: Severity::Medium,
        asvs: &["V9.1.1", "V9.1.3"],
        rfc: &["RFC 7515 section 5.2"],
        needs: &[Need::Token, Need::Keys],
        fix: fix("Publish the key that signs, before it signs, until the last token has ended."),
        judge: Judge::Look(fits_keys),
        ..READS
    },
];

fn same_name(probe: &Probe<'_>) -> Judgement {
    let Some(keys) = &probe.target.keys else {
        return Judgement::not_tested(Need::Keys.missing());
    };
    let names: Vec<&str> = keys
        .iter()
        .filter_map(Value::as_object)
        .map(|key| text(key, "kid"))
        .collect();
    let different: BTreeSet<&str> = names.iter().copied().filter(|name| !name.is_empty()).collect();
    if names.len() > 1 && different.len() < names.len() {
        return Judgement::fail(
            "keys",
            format!("{} keys with {} names", names.len(), different.len()),
        );
    }
    Judgement::pass(format!("read {} keys", names.len()))
}

fn fits_keys(probe: &Probe<'_>) -> Judgement {
    let (Some(token), Some(keys)) = (&probe.target.token, &probe.target.keys) else {
        return Judgement::not_tested(Need::Keys.missing());
    };
    let known = [
        Algorithm::Es256,
        Algorithm::Es384,
        Algorithm::EdDsa,
        Algorithm::Ps256,
        Algorithm::Rs256,
    ];
    let Some(algorithm) = known.into_iter().find(|one| one.is_named(token.alg())) else {
        return Judgement::not_tested("the token's algorithm is one that this program does not verify");
    };
    let readable: Vec<Jwk> = keys
        .iter()
        .filter_map(|key| Jwk::parse(key.to_string().as_bytes()).ok())
        .collect();
    let fitting = readable
        .iter()
        .filter_map(|key| VerifyingKey::with_algorithm(key, algorithm).ok());
    let signature = token.signature();
    if fitting
        .into_iter()
        .any(|key| key.verify(token.signed().as_bytes(), &signature).is_ok())
    {
        return Judgement::pass("verified the token's signature");
    }
    if readable.len() == keys.len() {
        return Judgement::fail("token", "no published key verifies it");
    }
    Judgement::inconclusive("one of the keys is of a kind that this program does not read")
}
