//! Tokens that the right key signed, and that are wrong all the same: another time, another audience, another kind.
//! The key is that of a test environment, or a secret that was guessed.

use aws_lc_rs::hmac;
use jose::{SigningKey, base64url};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::claims::fix;
use super::forge::{Bench, FORGES, Forged, changed, forging};
use super::weak_secret::mac;
use super::{Token, weak_secret};
use crate::check::{Check, Need, Severity};

/// The key that signs the target's tokens.
pub enum Minter {
    /// A secret, and the `alg` that it is used with.
    Hmac(String, Zeroizing<Vec<u8>>),
    /// A private key.
    Key(Box<SigningKey>),
}

impl Minter {
    /// The token's own secret, if it can be guessed.
    #[must_use]
    pub fn guessed(token: &Token) -> Option<Self> {
        let secret = weak_secret::guess(token)?;
        Some(Self::Hmac(token.alg().to_owned(), Zeroizing::new(secret)))
    }

    fn sign(&self, header: &str, payload: &str) -> String {
        let message = format!(
            "{}.{}",
            base64url::encode(header.as_bytes()),
            base64url::encode(payload.as_bytes())
        );
        let signature = match self {
            Self::Hmac(alg, secret) => {
                let key = hmac::Key::new(mac(alg).unwrap_or(hmac::HMAC_SHA256), secret);
                hmac::sign(&key, message.as_bytes()).as_ref().to_vec()
            }
            Self::Key(key) => key.signature(message.as_bytes()).unwrap_or_default(),
        };
        format!("{message}.{}", base64url::encode(&signature))
    }
}

impl std::fmt::Debug for Minter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Minter")
    }
}

const MINTS: Check = Check {
    severity: Severity::High,
    needs: &[Need::Token, Need::Endpoint, Need::Minter],
    ..FORGES
};

type Changes<'a> = &'a [(&'a str, Value)];

impl Bench<'_> {
    /// The good token with these changes, signed as it should be. Nothing if the key is not at hand.
    fn minted(&self, label: &str, header: Changes<'_>, claims: Changes<'_>) -> Option<Forged> {
        let text = |object: &Map<String, Value>, changes| Value::Object(changed(object, changes)).to_string();
        self.signed(
            label,
            &text(&self.token.header, header),
            &text(&self.token.claims, claims),
        )
    }

    fn signed(&self, label: &str, header: &str, claims: &str) -> Option<Forged> {
        let minter = self.probe.target.minter.as_ref()?;
        Some(Forged::new(label, minter.sign(header, claims)))
    }

    fn claim(&self, name: &str) -> String {
        let value = self.token.claims.get(name);
        let first = value
            .and_then(Value::as_array)
            .and_then(|list| list.first())
            .or(value);
        first.and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}

/// One object as a text, with its first member said twice: first as `first`, last as it was.
fn doubled(object: &Map<String, Value>, member: &str, first: &str) -> String {
    let text = Value::Object(object.clone()).to_string();
    format!(
        "{{{}:{},{}",
        json!(member),
        json!(first),
        text.trim_start_matches('{')
    )
}

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "jwt.expired-accepted",
        title: "Expired tokens are accepted",
        claim: "A token that ended an hour ago is refused.",
        why: "A token that was stolen once is good for ever.",
        asvs: &["V9.2.1"],
        rfc: &["RFC 7519 section 4.1.4"],
        sends: "The good token with `exp` an hour, and a day, before now.",
        fix: fix("Compare `exp` with the clock, with no more than a minute of leeway."),
        judge: forging!(|bench| {
            let now_s = bench.probe.now_s;
            let at = |label, ago_s: i64| {
                bench.minted(
                    label,
                    &[],
                    &[
                        ("exp", json!(now_s - ago_s)),
                        ("iat", json!(now_s - ago_s - 60)),
                        ("nbf", Value::Null),
                    ],
                )
            };
            [at("ended an hour ago", 3600), at("ended a day ago", 86_400)]
                .into_iter()
                .flatten()
                .collect()
        }),
        ..MINTS
    },
    Check {
        id: "jwt.expiry-leeway",
        title: "Expired tokens are accepted for minutes",
        claim: "A token that ended five and a half minutes ago is refused.",
        why: "The leeway adds to the time in which a stolen or revoked token works.",
        severity: Severity::Low,
        asvs: &["V9.2.1"],
        rfc: &["RFC 7519 section 4.1.4"],
        sends: "The good token with `exp` 330 seconds before now.",
        fix: fix("Keep clocks by NTP, and the leeway at a minute."),
        judge: forging!(|bench| {
            let end = bench.probe.now_s - 330;
            bench
                .minted(
                    "ended 330 s ago",
                    &[],
                    &[
                        ("exp", json!(end)),
                        ("iat", json!(end - 60)),
                        ("nbf", Value::Null),
                    ],
                )
                .into_iter()
                .collect()
        }),
        ..MINTS
    },
    Check {
        id: "jwt.no-expiry-accepted",
        title: "Tokens that never end are accepted",
        claim: "A token without `exp` is refused.",
        why: "Whatever forgets to set it issues tokens for ever, and nobody notices.",
        severity: Severity::Medium,
        asvs: &["V9.2.1"],
        rfc: &["RFC 9068 section 2.2"],
        sends: "The good token without `exp`, with `exp: null` and with `exp: 0`.",
        fix: fix("Require `exp`."),
        judge: forging!(|bench| {
            let text = |exp: &str| {
                let claims = Value::Object(changed(&bench.token.claims, &[("exp", Value::Null)])).to_string();
                format!("{{\"exp\":{exp},{}", claims.trim_start_matches('{'))
            };
            let header = Value::Object(bench.token.header.clone()).to_string();
            let none = bench.minted("no exp", &[], &[("exp", Value::Null)]);
            [
                none,
                bench.signed("exp null", &header, &text("null")),
                bench.signed("exp 0", &header, &text("0")),
            ]
            .into_iter()
            .flatten()
            .collect()
        }),
        ..MINTS
    },
    Check {
        id: "jwt.expiry-type-accepted",
        title: "A time that is no number is accepted",
        claim: "A token whose `exp` is a text, true or a list is refused.",
        why: "Such a time compares as anything: the token may never end.",
        severity: Severity::Medium,
        asvs: &["V9.2.1", "V15.3.5"],
        rfc: &["RFC 7519 section 2"],
        sends: "The good token with `exp` a text of digits, a word, true and a list.",
        fix: fix("Read claims into types, and refuse what does not fit."),
        judge: forging!(|bench| {
            let end = bench.probe.now_s + 300;
            let kinds = [
                ("digits", json!(end.to_string())),
                ("a word", json!("never")),
                ("true", json!(true)),
                ("a list", json!([end])),
            ];
            kinds
                .into_iter()
                .filter_map(|(label, exp)| bench.minted(&format!("exp is {label}"), &[], &[("exp", exp)]))
                .collect()
        }),
        ..MINTS
    },
    Check {
        id: "jwt.not-before-ignored",
        title: "Tokens are accepted before their time",
        claim: "A token whose `nbf` is an hour ahead is refused.",
        why: "A token that was prepared for later works at once.",
        severity: Severity::Medium,
        asvs: &["V9.2.1"],
        rfc: &["RFC 7519 section 4.1.5"],
        sends: "The good token with `nbf` an hour after now.",
        fix: fix("Compare `nbf` with the clock where it is present."),
        judge: forging!(|bench| {
            let now_s = bench.probe.now_s;
            bench
                .minted(
                    "begins in an hour",
                    &[],
                    &[("nbf", json!(now_s + 3600)), ("exp", json!(now_s + 7200))],
                )
                .into_iter()
                .collect()
        }),
        ..MINTS
    },
    Check {
        id: "jwt.audience-ignored",
        title: "Tokens for another service are accepted",
        claim: "A token whose audience is somebody else is refused.",
        why: "Any service that was given a user's token is that user here.",
        asvs: &["V9.2.3", "V10.3.1"],
        rfc: &[
            "RFC 7519 section 4.1.3",
            "RFC 9068 section 4",
            "RFC 8725 section 3.9",
        ],
        sends: "The good token with another `aud`, as a text and as a list.",
        fix: fix("Compare `aud` with the service's own name, exactly."),
        judge: forging!(|bench| {
            let other = "https://somebody-else.example";
            let kinds = [
                ("another", json!(other)),
                ("another, as a list", json!([other])),
                ("an empty list", json!([])),
                ("an empty text", json!("")),
            ];
            kinds
                .into_iter()
                .filter_map(|(label, aud)| bench.minted(&format!("aud is {label}"), &[], &[("aud", aud)]))
                .collect()
        }),
        ..MINTS
    },
    Check {
        id: "jwt.no-audience-accepted",
        title: "Tokens without an audience are accepted",
        claim: "A token without `aud` is refused.",
        why: "Tokens of another kind, which name nobody, are good here.",
        severity: Severity::Medium,
        asvs: &["V9.2.3", "V10.3.1"],
        rfc: &["RFC 9068 section 4"],
        sends: "The good token without `aud`.",
        fix: fix("Require `aud`."),
        judge: forging!(|bench| bench
            .minted("no aud", &[], &[("aud", Value::Null)])
            .into_iter()
            .collect()),
        ..MINTS
    },
    Check {
        id: "jwt.audience-lookalike",
        title: "An audience that looks alike is accepted",
        claim: "`aud` is compared whole, byte for byte.",
        why: "Whoever gets a name at the issuer that begins or ends like this one receives tokens that are good here.",
        asvs: &["V9.2.3"],
        rfc: &["RFC 7519 section 4.1.3", "RFC 8725 section 3.9"],
        sends: "The good token with `aud` longer at either end, shorter, in capitals, and with white space.",
        fix: fix("Compare texts whole; no prefix, no pattern, no contains."),
        judge: forging!(|bench| lookalikes(bench, "aud")),
        ..MINTS
    },
    Check {
        id: "jwt.issuer-ignored",
        title: "Tokens of another issuer are accepted",
        claim: "A token whose `iss` is another, or none, is refused.",
        why: "With keys that two issuers share, or a set of keys for several tenants, one speaks for the other's users.",
        asvs: &["V6.8.1", "V9.1.3"],
        rfc: &["RFC 8725 section 3.8", "RFC 9068 section 4"],
        sends: "The good token with another `iss`, and without it.",
        fix: fix("Compare `iss` with the one issuer whose keys these are."),
        judge: forging!(|bench| {
            let other = [
                ("another", json!("https://somebody-else.example")),
                ("missing", Value::Null),
                ("empty", json!("")),
            ];
            other
                .into_iter()
                .filter_map(|(label, iss)| bench.minted(&format!("iss is {label}"), &[], &[("iss", iss)]))
                .collect()
        }),
        ..MINTS
    },
    Check {
        id: "jwt.issuer-lookalike",
        title: "An issuer that looks alike is accepted",
        claim: "`iss` is compared whole, byte for byte.",
        why: "A tenant whose address begins like the issuer's is taken for it.",
        asvs: &["V6.8.1"],
        rfc: &["RFC 7519 section 4.1.1", "RFC 9207 section 2.4"],
        sends: "The good token with `iss` longer at either end, shorter, in capitals, with white space, and as one of a list.",
        fix: fix(
            "Compare texts whole; no prefix, no pattern, no normal form. `iss` is a text, never a list.",
        ),
        judge: forging!(|bench| {
            let good = bench.claim("iss");
            let list = json!(["https://somebody-else.example", good]);
            let listed = bench.minted("iss in a list", &[], &[("iss", list)]);
            let listed = listed.filter(|_| !good.is_empty());
            lookalikes(bench, "iss").into_iter().chain(listed).collect()
        }),
        ..MINTS
    },
    Check {
        id: "jwt.type-crossing",
        title: "Tokens of another kind are accepted",
        claim: "A token whose `typ` is another is refused.",
        why: "A logout token, a proof or an invitation that the same key signed is presented as an access token.",
        asvs: &["V9.2.2"],
        rfc: &["RFC 8725 section 3.11", "RFC 9068 section 4"],
        sends: "The good token with `typ` `logout+jwt`, `dpop+jwt`, `secevent+jwt` and `oauth-authz-req+jwt`.",
        fix: fix("Compare `typ` with the one kind that is expected."),
        judge: forging!(|bench| {
            let kinds = ["logout+jwt", "dpop+jwt", "secevent+jwt", "oauth-authz-req+jwt"];
            kinds
                .into_iter()
                .filter_map(|typ| bench.minted(&format!("typ {typ}"), &[("typ", json!(typ))], &[]))
                .collect()
        }),
        ..MINTS
    },
    Check {
        id: "jwt.critical-ignored",
        title: "Extensions that must be understood are ignored",
        claim: "A token whose `crit` names something unknown is refused.",
        why: "The issuer says that the token must not be used without obeying the extension; it is used.",
        severity: Severity::Medium,
        asvs: &[],
        rfc: &["RFC 7515 section 4.1.11"],
        sends: "The good token with `crit` naming an unknown member, an absent one, nothing, and `exp`.",
        fix: fix("Refuse every token that has `crit`, unless all it names is implemented."),
        judge: forging!(|bench| {
            let kinds = [
                ("unknown", json!(["urn:symbolon:x"]), json!(true)),
                ("absent", json!(["urn:symbolon:x"]), Value::Null),
                ("empty", json!([]), Value::Null),
                ("not a list", json!("urn:symbolon:x"), json!(true)),
            ];
            kinds
                .into_iter()
                .filter_map(|(label, crit, x)| {
                    bench.minted(
                        &format!("crit is {label}"),
                        &[("crit", crit), ("urn:symbolon:x", x)],
                        &[],
                    )
                })
                .collect()
        }),
        ..MINTS
    },
    Check {
        id: "jwt.b64-ignored",
        title: "An unencoded payload is announced and ignored",
        claim: "A token that says `b64: false` is refused.",
        why: "Two verifiers see two different payloads under one signature.",
        severity: Severity::Medium,
        asvs: &["V1.5.3"],
        rfc: &["RFC 7797 section 6", "RFC 7515 section 4.1.11"],
        sends: "The good token with `b64: false` in `crit`, and its payload encoded all the same.",
        fix: fix("Refuse every token that has `crit`, unless all it names is implemented."),
        judge: forging!(|bench| bench
            .minted(
                "b64 false",
                &[("b64", json!(false)), ("crit", json!(["b64"]))],
                &[]
            )
            .into_iter()
            .collect()),
        ..MINTS
    },
    Check {
        id: "jwt.duplicate-claims-accepted",
        title: "A claim that is said twice is accepted",
        claim: "A token in which a member comes twice is refused.",
        why: "Of two verifiers one believes the first and the other the last: one checks a user and the other serves another.",
        severity: Severity::Low,
        asvs: &["V1.5.3"],
        rfc: &["RFC 7519 section 4", "RFC 8725 section 2.4"],
        sends: "The good token with `sub` twice, and with `alg` twice.",
        fix: fix("Read JSON with a parser that refuses repeated members."),
        judge: forging!(|bench| {
            let (header, claims) = (&bench.token.header, &bench.token.claims);
            let text = |object: &Map<String, Value>| Value::Object(object.clone()).to_string();
            let sub = bench.signed(
                "sub twice",
                &text(header),
                &doubled(claims, "sub", "somebody-else-7d1f"),
            );
            let alg = bench.signed("alg twice", &doubled(header, "alg", "none"), &text(claims));
            [sub, alg].into_iter().flatten().collect()
        }),
        ..MINTS
    },
    Check {
        id: "jwt.algorithm-respelled",
        title: "The algorithm's name is read loosely",
        claim: "`alg` is compared byte for byte.",
        why: "A list of refused names is got round by another spelling; it is how `nOnE` came in elsewhere.",
        severity: Severity::Low,
        asvs: &["V9.1.2"],
        rfc: &["RFC 7515 section 4.1.1"],
        sends: "The good token with `alg` in small letters, and with a space after it.",
        fix: fix("Compare `alg` with the key's own algorithm, exactly."),
        judge: forging!(|bench| {
            let alg = bench.token.alg();
            let kinds = [
                ("small letters", alg.to_lowercase()),
                ("a space after it", format!("{alg} ")),
            ];
            kinds
                .into_iter()
                .filter(|(_, spelled)| spelled != alg)
                .filter_map(|(label, spelled)| {
                    bench.minted(&format!("alg with {label}"), &[("alg", json!(spelled))], &[])
                })
                .collect()
        }),
        ..MINTS
    },
];

fn lookalikes(bench: &Bench<'_>, claim: &str) -> Vec<Forged> {
    let good = bench.claim(claim);
    if good.is_empty() {
        return Vec::new();
    }
    let shorter: String = good
        .chars()
        .take(good.chars().count().saturating_sub(1))
        .collect();
    let kinds = [
        ("longer", format!("{good}.evil.example")),
        ("longer before", format!("evil.{good}")),
        ("with a slash", format!("{good}/")),
        ("shorter", shorter),
        ("in capitals", good.to_uppercase()),
        ("with a space", format!("{good} ")),
        ("a pattern", "*".to_owned()),
    ];
    let other = kinds
        .into_iter()
        .filter(|(_, text)| *text != good && !text.is_empty());
    other
        .filter_map(|(label, text)| bench.minted(&format!("{claim} {label}"), &[], &[(claim, json!(text))]))
        .collect()
}
