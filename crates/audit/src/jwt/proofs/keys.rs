//! Checks that read the published keys.
#![allow(clippy::unwrap_used, reason = "test code: made from constants")]

use std::sync::LazyLock;

use jose::{Algorithm, base64url};
use serde_json::{Value, json};

use super::world::{World, with};
use crate::target::Target;
use crate::testing::{Proof, Stand};

/// Check, and the keys that fail it, made of a good one.
type Spoiled = (&'static str, fn(&Value) -> Vec<Value>);

fn rsa(bytes: usize, exponent: &[u8]) -> Value {
    let modulus = vec![0xc5; bytes];
    json!({"kty": "RSA", "kid": "r", "alg": "RS256", "use": "sig", "n": base64url::encode(&modulus), "e": base64url::encode(exponent)})
}

const KEYS: &[Spoiled] = &[
    ("jwt.keys-private", |key| {
        vec![with(key, &json!({"d": "c2VjcmV0"}))]
    }),
    ("jwt.keys-symmetric", |key| {
        vec![
            key.clone(),
            json!({"kty": "oct", "k": "c2VjcmV0", "alg": "HS256", "kid": "h"}),
        ]
    }),
    ("jwt.keys-known", |key| {
        vec![with(
            key,
            &json!({"x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}),
        )]
    }),
    ("jwt.keys-short", |_| vec![rsa(128, &[1, 0, 1])]),
    ("jwt.keys-below-128-bits", |_| vec![rsa(256, &[1, 0, 1])]),
    ("jwt.keys-exponent", |_| vec![rsa(384, &[3])]),
    ("jwt.keys-curve", |key| vec![with(key, &json!({"crv": "P-192"}))]),
    ("jwt.keys-invalid", |key| vec![with(key, &json!({"y": key["x"]}))]),
    ("jwt.keys-no-algorithm", |key| {
        vec![with(key, &json!({"alg": null}))]
    }),
    ("jwt.keys-same-name", |key| {
        vec![
            key.clone(),
            rsa(384, &[1, 0, 1]),
            with(&rsa(384, &[1, 0, 1]), &json!({"kid": "r"})),
        ]
    }),
    ("jwt.key-not-published", |_| {
        vec![Value::Object(World::new(Algorithm::Es256).public())]
    }),
];

static WORLD: LazyLock<World> = LazyLock::new(|| World::new(Algorithm::Es256));

pub(super) fn proofs() -> Vec<Proof> {
    let rows = KEYS.iter().map(|(check, spoil)| {
        let spoil = *spoil;
        let good = || Value::Object(WORLD.public());
        Proof {
            check,
            fails: published(move || spoil(&good())),
            passes: published(move || vec![good()]),
        }
    });
    let from = |url: &'static str| {
        Stand::still(move || Target {
            keys_from: url::Url::parse(url).ok(),
            ..WORLD.target()
        })
    };
    let unprotected = Proof {
        check: "jwt.keys-unprotected",
        fails: from("http://issuer.example/keys"),
        passes: from("https://issuer.example/keys"),
    };
    rows.chain([unprotected]).collect()
}

fn published(keys: impl Fn() -> Vec<Value> + Send + Sync + 'static) -> Stand {
    Stand::still(move || Target {
        keys: Some(keys()),
        ..WORLD.target()
    })
}
