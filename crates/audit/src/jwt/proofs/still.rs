//! Checks that only read a token.

use std::sync::LazyLock;

use aws_lc_rs::hmac;
use jose::{Algorithm, base64url};
use serde_json::{Value, json};

use super::world::World;
use crate::jwt::Token;
use crate::target::Target;
use crate::testing::{NOW_S, Proof, Stand};

/// Check, and what spoils header and claims of a good token: null takes a member away.
type Spoiled = (&'static str, fn() -> (Value, Value));

const TOKENS: &[Spoiled] = &[
    ("jwt.no-expiry", || (json!({}), json!({"exp": null}))),
    ("jwt.expiry-not-a-number", || (json!({}), json!({"exp": "soon"}))),
    ("jwt.expiry-in-milliseconds", || {
        (json!({}), json!({"exp": NOW_S * 1000}))
    }),
    ("jwt.long-lifetime", || {
        (json!({}), json!({"exp": NOW_S + 90_000}))
    }),
    ("jwt.lifetime-over-an-hour", || {
        (json!({}), json!({"exp": NOW_S + 7200}))
    }),
    ("jwt.no-issued-at", || (json!({}), json!({"iat": null}))),
    ("jwt.issued-in-future", || {
        (json!({}), json!({"iat": NOW_S + 1000}))
    }),
    ("jwt.no-audience", || (json!({}), json!({"aud": null}))),
    ("jwt.audience-wildcard", || {
        (json!({}), json!({"aud": "https://*.example"}))
    }),
    ("jwt.many-audiences", || {
        (json!({}), json!({"aud": ["api", "shop"]}))
    }),
    ("jwt.no-issuer", || (json!({}), json!({"iss": null}))),
    ("jwt.no-subject", || (json!({}), json!({"sub": ""}))),
    ("jwt.subject-is-a-name", || {
        (json!({}), json!({"sub": "ada@example.org"}))
    }),
    ("jwt.no-id", || (json!({}), json!({"jti": null}))),
    ("jwt.personal-data", || {
        (json!({}), json!({"user": {"contact": "ada@example.org"}}))
    }),
    ("jwt.secret-inside", || {
        (
            json!({}),
            json!({"https://app.example/password_hash": "$2b$12$abc"}),
        )
    }),
    ("jwt.roles-inside", || {
        (json!({}), json!({"realm_access": {"roles": ["admin"]}}))
    }),
    ("jwt.inside-addresses", || {
        (
            json!({}),
            json!({"iss": "http://auth.prod.svc.cluster.local:8080"}),
        )
    }),
    ("jwt.unsigned", || (json!({"alg": "none"}), json!({}))),
    ("jwt.alg-unknown", || (json!({"alg": "HS1"}), json!({}))),
    ("jwt.symmetric", || (json!({"alg": "HS256"}), json!({}))),
    ("jwt.generic-type", || (json!({"typ": "JWT"}), json!({}))),
    ("jwt.key-from-header", || {
        (json!({"jku": "https://keys.example"}), json!({}))
    }),
    ("jwt.unencoded-payload", || (json!({"b64": false}), json!({}))),
    ("jwt.compressed", || (json!({"zip": "DEF"}), json!({}))),
    ("jwt.key-id-risky", || {
        (json!({"kid": "keys/current.pem"}), json!({}))
    }),
    ("jwt.large", || (json!({}), json!({"data": "x".repeat(4000)}))),
];

pub(super) fn proofs() -> Vec<Proof> {
    let rows = TOKENS.iter().map(|(check, spoil)| {
        let spoil = *spoil;
        let token = move |(header, claims): (Value, Value)| WORLD.token_with(&header, &claims);
        proof(
            check,
            move || token(spoil()),
            move || token((json!({}), json!({}))),
        )
    });
    let twice = proof(
        "jwt.duplicate-members",
        || WORLD.signed(r#"{"alg":"ES256"}"#, r#"{"sub":"a","sub":"b"}"#),
        || WORLD.token_with(&json!({}), &json!({})),
    );
    let secret = proof(
        "jwt.weak-secret",
        || mac(b"secret"),
        || mac(b"9f0c61d2b7e84a3f5d1c0e97a6b2f843"),
    );
    rows.chain([twice, secret]).collect()
}

static WORLD: LazyLock<World> = LazyLock::new(|| World::new(Algorithm::Es256));

fn proof(
    check: &'static str,
    fails: impl Fn() -> String + Send + Sync + 'static,
    passes: impl Fn() -> String + Send + Sync + 'static,
) -> Proof {
    let target = |token: String| Target {
        token: Token::parse(&token).ok(),
        ..Target::default()
    };
    Proof {
        check,
        fails: Stand::still(move || target(fails())),
        passes: Stand::still(move || target(passes())),
    }
}

fn mac(secret: &[u8]) -> String {
    let part = |value: Value| base64url::encode(value.to_string().as_bytes());
    let message = format!("{}.{}", part(json!({"alg": "HS256"})), part(json!({"sub": "u"})));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
    format!("{message}.{}", base64url::encode(tag.as_ref()))
}
