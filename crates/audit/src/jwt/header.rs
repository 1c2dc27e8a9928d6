//! What a token's header and form tell of the issuer.

use jose::base64url;
use serde::Deserializer as _;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::Token;
use super::claims::{READS, fix, look};
use crate::check::{Check, Judge, Severity};

/// Algorithms of RFC 7518, RFC 8037, RFC 8812 and RFC 9864 that sign.
const KNOWN: &[&str] = &[
    "HS256",
    "HS384",
    "HS512",
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "ES256K",
    "EdDSA",
    "Ed25519",
    "Ed448",
    "ML-DSA-44",
    "ML-DSA-65",
    "ML-DSA-87",
];

/// Proxies and servers cut heads at 8 KiB, and browsers drop a cookie beyond 4 KiB.
const LARGE_BYTES: usize = 4096;

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "jwt.unsigned",
        title: "The issuer hands out unsigned tokens",
        claim: "A token is signed.",
        why: "Whoever accepts this one accepts any that anybody writes.",
        severity: Severity::Critical,
        asvs: &["V9.1.1", "V9.1.2"],
        rfc: &["RFC 8725 section 3.2"],
        fix: fix("Sign with ES256 or EdDSA, and refuse `none` everywhere."),
        judge: Judge::Look(|probe| {
            look(probe, |token, _| {
                let is_none = token.alg().eq_ignore_ascii_case("none") || token.parts().2.is_empty();
                is_none.then(|| "`alg` is none, or there is no signature".to_owned())
            })
        }),
        ..READS
    },
    Check {
        id: "jwt.alg-unknown",
        title: "The token's algorithm is none that is approved",
        claim: "`alg` is a signature algorithm of the registry that is not deprecated.",
        why: "SHA-1, MD5 and home-made algorithms can be forged, or are implemented by nobody who looked.",
        severity: Severity::High,
        asvs: &["V11.4.3", "V11.6.1"],
        rfc: &["RFC 7518 section 3.1", "RFC 8725 section 3.2"],
        fix: fix("Sign with ES256, EdDSA or PS256."),
        judge: Judge::Look(|probe| {
            look(probe, |token, _| {
                // `none` has its own check.
                let is_known = KNOWN.contains(&token.alg()) || token.alg().eq_ignore_ascii_case("none");
                (!is_known).then(|| "`alg` is not in the registry".to_owned())
            })
        }),
        ..READS
    },
    Check {
        id: "jwt.symmetric",
        title: "Everybody who can verify the token can also issue it",
        claim: "Tokens are signed with a key that only the issuer has.",
        why: "With HMAC, each service that checks tokens holds the key that makes them: one that is broken into can be anybody anywhere.",
        asvs: &["V11.1.1"],
        rfc: &["RFC 8725 section 3.5"],
        fix: fix(
            "Sign with ES256 or EdDSA and publish the public key. Within one single service HMAC is fine: silence this then.",
        ),
        judge: Judge::Look(|probe| {
            look(probe, |token, _| {
                token
                    .alg()
                    .starts_with("HS")
                    .then(|| "signed with HMAC".to_owned())
            })
        }),
        ..READS
    },
    Check {
        id: "jwt.generic-type",
        title: "The token does not say what kind it is",
        claim: "`typ` names the kind of token, such as `at+jwt`.",
        why: "An id token, a logout token or an invitation signed by the same key can be presented as an access token.",
        asvs: &[],
        rfc: &["RFC 8725 section 3.11", "RFC 9068 section 2.1"],
        fix: fix("Set `typ` to the kind, and compare it at each service."),
        judge: Judge::Look(|probe| {
            look(probe, |token, _| {
                let typ = token
                    .header
                    .get("typ")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                (typ.is_empty() || typ.eq_ignore_ascii_case("jwt"))
                    .then(|| "`typ` is missing, or only says that it is a JWT".to_owned())
            })
        }),
        ..READS
    },
    Check {
        id: "jwt.key-from-header",
        title: "The token brings its own key",
        claim: "The header has none of `jku`, `x5u`, `jwk` and `x5c`.",
        why: "A verifier that uses them verifies a forger's token with the forger's key, or fetches what the forger names.",
        severity: Severity::Medium,
        asvs: &["V9.1.3"],
        rfc: &["RFC 8725 section 3.10", "RFC 7515 section 4.1.2"],
        fix: fix("Name the key with `kid`, and let verifiers know where the issuer's keys are."),
        judge: Judge::Look(|probe| {
            look(probe, |token, _| {
                // A DPoP proof is made to bring its key (RFC 9449 section 4.2).
                let is_proof = token.header.get("typ").and_then(Value::as_str) == Some("dpop+jwt");
                let brought = ["jku", "x5u", "jwk", "x5c"]
                    .into_iter()
                    .find(|name| token.header.contains_key(*name));
                brought
                    .filter(|_| !is_proof)
                    .map(|name| format!("the header has `{name}`"))
            })
        }),
        ..READS
    },
    Check {
        id: "jwt.unencoded-payload",
        title: "The token's payload is not encoded",
        claim: "The header does not say `b64: false`.",
        why: "Verifiers that do not know the extension cover other bytes than those the issuer signed.",
        asvs: &["V1.5.3"],
        rfc: &["RFC 7797 section 7"],
        fix: fix("Leave `b64` out of tokens: it is for detached payloads."),
        judge: Judge::Look(|probe| {
            look(probe, |token, _| {
                token
                    .header
                    .contains_key("b64")
                    .then(|| "the header has `b64`".to_owned())
            })
        }),
        ..READS
    },
    Check {
        id: "jwt.compressed",
        title: "The token is compressed",
        claim: "The header has no `zip`.",
        why: "The length of what is compressed tells of what is inside, and a small token can unpack to gigabytes at the verifier.",
        asvs: &[],
        rfc: &["RFC 8725 section 3.6"],
        fix: fix("Put less into the token."),
        judge: Judge::Look(|probe| {
            look(probe, |token, _| {
                token
                    .header
                    .contains_key("zip")
                    .then(|| "the header has `zip`".to_owned())
            })
        }),
        ..READS
    },
    Check {
        id: "jwt.key-id-risky",
        title: "The key's name looks like a path, an address or a query",
        claim: "`kid` is a plain word.",
        why: "It tells that the verifier looks keys up in files, databases or on the network by a text of the token's.",
        asvs: &[],
        rfc: &["RFC 8725 section 3.10"],
        fix: fix("Name keys by their thumbprint (RFC 7638), and look them up in a map that is in memory."),
        judge: Judge::Look(|probe| {
            look(probe, |token, _| {
                let kid = token.header.get("kid")?;
                let Some(kid) = kid.as_str() else {
                    return Some("`kid` is not a text".to_owned());
                };
                let is_path = kid.contains(['/', '\\', ' ', '\'', '"', ';', '|'])
                    || ["key", "pem", "crt"]
                        .iter()
                        .any(|end| kid.ends_with(&format!(".{end}")));
                is_path.then(|| "`kid` holds characters of a path, an address or a query".to_owned())
            })
        }),
        ..READS
    },
    Check {
        id: "jwt.duplicate-members",
        title: "The token says a thing twice",
        claim: "No member of header or claims comes twice.",
        why: "Of two verifiers one believes the first and the other the last.",
        severity: Severity::Medium,
        asvs: &["V1.5.3"],
        rfc: &["RFC 7519 section 4", "RFC 8725 section 2.4"],
        fix: fix("Make tokens from a map, not by joining texts."),
        judge: Judge::Look(|probe| {
            look(probe, |token, _| {
                let (header, claims, _) = token.parts();
                [("header", header), ("payload", claims)]
                    .into_iter()
                    .find(|(_, part)| repeats(part))
                    .map(|(what, _)| format!("a member of the {what} comes twice"))
            })
        }),
        ..READS
    },
    Check {
        id: "jwt.large",
        title: "The token is large",
        claim: "A token has at most 4096 bytes.",
        why: "Browsers drop a cookie beyond that, and proxies refuse the request: the user is out, or the service is down for him.",
        asvs: &["V4.2.5"],
        rfc: &["RFC 6265bis section 5.6"],
        fix: fix("Keep references in the token, and data on the server."),
        judge: Judge::Look(|probe| {
            look(probe, |token: &Token, _| {
                let bytes = token.text().len();
                (bytes > LARGE_BYTES).then(|| format!("{bytes} bytes"))
            })
        }),
        ..READS
    },
];

/// Whether a member of this JSON object comes twice.
fn repeats(part: &str) -> bool {
    let Ok(bytes) = base64url::decode(part.trim_end_matches('=').as_bytes()) else {
        return false;
    };
    serde_json::Deserializer::from_slice(&bytes)
        .deserialize_map(Repeats)
        .unwrap_or(false)
}

struct Repeats;

impl<'de> Visitor<'de> for Repeats {
    type Value = bool;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let mut seen = std::collections::BTreeSet::new();
        let mut repeats = false;
        while let Some((name, IgnoredAny)) = map.next_entry::<String, IgnoredAny>()? {
            repeats |= !seen.insert(name);
        }
        Ok(repeats)
    }
}
