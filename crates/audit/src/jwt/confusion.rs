//! A public key that is taken for an HMAC secret. One check for each form in which a verifier may keep its key.

use serde_json::Value;

use super::encodings::{Key, base64, bytes, pem, pkcs1, point, spellings, spki, ssh, text};
use super::forge::{Bench, FORGES, Forged, forging};
use crate::check::{Check, Need};

const CONFUSES: Check = Check {
    title: "The public key is taken for an HMAC secret",
    claim: "A token under HMAC is refused where a public key is expected.",
    why: "The verifier lets the token choose HMAC, and everybody has the public key: anybody writes any token.",
    asvs: &["V9.1.2"],
    rfc: &["RFC 8725 section 3.1", "RFC 8725 section 2.1"],
    needs: &[Need::Token, Need::Endpoint, Need::PublicKey],
    ..FORGES
};

/// A token's key and at most so many others are tried.
const KEYS: usize = 2;

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "jwt.confusion-pem-spki",
        sends: "The good token's claims under HS256, HS384 and HS512 of the public key as PEM (`BEGIN PUBLIC KEY`), with each kind of line end.",
        judge: forging!(|bench| confuse(bench, "PEM SPKI", |key| spki(key)
            .map(|der| spellings(&pem("PUBLIC KEY", &der))))),
        ..CONFUSES
    },
    Check {
        id: "jwt.confusion-pem-pkcs1",
        sends: "The same with the key as PEM of PKCS #1 (`BEGIN RSA PUBLIC KEY`), and under the labels `BEGIN EC PUBLIC KEY` and `BEGIN PKCS8 PUBLIC KEY`.",
        rfc: &["RFC 8725 section 3.1", "CVE-2017-11424"],
        judge: forging!(|bench| confuse(bench, "PEM with another label", |key| {
            let rsa = pkcs1(key).map(|der| spellings(&pem("RSA PUBLIC KEY", &der)));
            let labelled = spki(key).map(|der| {
                ["EC PUBLIC KEY", "PKCS8 PUBLIC KEY"]
                    .iter()
                    .flat_map(|label| spellings(&pem(label, &der)))
                    .collect()
            });
            Some(
                [rsa, labelled]
                    .into_iter()
                    .flatten()
                    .flat_map(|list: Vec<Vec<u8>>| list)
                    .collect(),
            )
        })),
        ..CONFUSES
    },
    Check {
        id: "jwt.confusion-der",
        sends: "The same with the key as DER: SPKI, PKCS #1, and the bare point.",
        judge: forging!(|bench| confuse(bench, "DER", |key| {
            let bare = (text(key, "kty") == "EC").then(|| point(key));
            Some([spki(key), pkcs1(key), bare].into_iter().flatten().collect())
        })),
        ..CONFUSES
    },
    Check {
        id: "jwt.confusion-ssh",
        sends: "The same with the key as a line of OpenSSH, with and without a comment.",
        rfc: &["RFC 8725 section 3.1", "CVE-2022-29217", "CVE-2024-33663"],
        judge: forging!(|bench| confuse(bench, "OpenSSH", |key| {
            let line = ssh(key)?;
            let blob = line.split(' ').nth(1).unwrap_or_default().as_bytes().to_vec();
            Some(
                [
                    spellings(&line),
                    spellings(&format!("{line} root@localhost")),
                    vec![blob],
                ]
                .concat(),
            )
        })),
        ..CONFUSES
    },
    Check {
        id: "jwt.confusion-jwk",
        sends: "The same with the key as JSON: as it is published, and with its required members only.",
        judge: forging!(|bench| confuse(bench, "JWK", |key| {
            let required: Key = key
                .iter()
                .filter(|(name, _)| ["crv", "e", "kty", "n", "x", "y"].contains(&name.as_str()))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            let texts = [Value::Object(key.clone()), Value::Object(required)].map(|key| key.to_string());
            Some(texts.iter().flat_map(|text| spellings(text)).collect())
        })),
        ..CONFUSES
    },
    Check {
        id: "jwt.confusion-numbers",
        sends: "The same with the key's bare numbers: modulus, coordinates, certificate, as bytes and as the texts that are published.",
        judge: forging!(|bench| confuse(bench, "numbers", |key| {
            let members = ["n", "x", "y"].into_iter().filter(|name| key.contains_key(*name));
            let numbers = members.flat_map(|name| {
                [
                    text(key, name).as_bytes().to_vec(),
                    bytes(key, name),
                    base64(&bytes(key, name)).into_bytes(),
                ]
            });
            let certificates = key
                .get("x5c")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str);
            let certificates = certificates.flat_map(|text| {
                let wrapped: Vec<&str> = text
                    .as_bytes()
                    .chunks(64)
                    .filter_map(|line| std::str::from_utf8(line).ok())
                    .collect();
                spellings(&format!(
                    "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----",
                    wrapped.join("\n")
                ))
            });
            Some(numbers.chain(certificates).collect())
        })),
        ..CONFUSES
    },
    Check {
        id: "jwt.confusion-file",
        sends: "The same with the very bytes of the key's file, as it was given.",
        needs: &[Need::Token, Need::Endpoint, Need::KeyFile],
        judge: forging!(|bench| {
            let file = bench.probe.target.key_file.as_deref().unwrap_or_default();
            let trimmed = file.trim_ascii_end();
            let secrets = [file.to_vec(), trimmed.to_vec(), [trimmed, b"\n"].concat()];
            macs(bench, "the file's bytes", &secrets)
        }),
        ..CONFUSES
    },
];

fn confuse(bench: &Bench<'_>, form: &str, encode: fn(&Key) -> Option<Vec<Vec<u8>>>) -> Vec<Forged> {
    // A token under HMAC has no public key to confuse.
    if bench.token.alg().starts_with("HS") {
        return Vec::new();
    }
    let mut keys = bench.public_keys();
    let own = bench.token.header.get("kid");
    keys.sort_by_key(|key| key.get("kid") != own);
    let secrets: Vec<Vec<u8>> = keys.iter().take(KEYS).filter_map(encode).flatten().collect();
    macs(bench, form, &secrets)
}

fn macs(bench: &Bench<'_>, form: &str, secrets: &[Vec<u8>]) -> Vec<Forged> {
    let of = |(at, secret): (usize, &Vec<u8>)| {
        ["HS256", "HS384", "HS512"].map(|alg| {
            Forged::new(
                format!("{alg} of the key as {form}, spelling {}", at + 1),
                bench.with_mac(alg, secret, &[]),
            )
        })
    };
    secrets.iter().enumerate().flat_map(of).collect()
}
