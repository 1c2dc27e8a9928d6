//! An issuer and a service that checks its tokens: strictly, or with one fault.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "test code: made from constants"
)]

use std::sync::Arc;

use jose::{Algorithm, SigningKey, base64url};
use serde_json::{Map, Value, json};

use super::service;
use crate::jwt::encodings::Key;
use crate::jwt::{Callback, Endpoint, Minter, Token};
use crate::target::Target;
use crate::testing::{Ask, NOW_S, Reply, Stand, field, reply};

/// One way for a service to be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    NoneAccepted,
    /// Where the look-up by `kid` finds no key.
    NoneWithoutKey,
    NoneSpelled,
    AlgMissing,
    SignatureStripped,
    SignatureIgnored,
    SignatureCut,
    Psychic,
    StrangersKey,
    BlankSecret,
    UnknownKid,
    /// Holds its public key in this form, and lets the token choose HMAC.
    Confused(Form),
    KidIsAFile,
    KidIsAQuery,
    BelievesJwk,
    BelievesX5c,
    BelievesJkuData,
    Follows(&'static str),
    LenientBase64,
    StrayCharacters,
    TrailingData,
    JsonForm,
    Polyglot,
    BreaksWhenLarge,
    BreaksWhenDeep,
    TalksWhenMalformed,
    TakesAnything,
    TokenInAddress,
    NestedUnsigned,
    ExpiryIgnored,
    ExpiryLeeway,
    ExpiryOptional,
    ExpiryAnyType,
    NotBeforeIgnored,
    AudienceIgnored,
    AudienceOptional,
    AudiencePrefix,
    IssuerIgnored,
    IssuerPrefix,
    IssuerInList,
    TypeIgnored,
    CriticalIgnored,
    B64Ignored,
    RepeatsAccepted,
    AlgorithmLoose,
}

/// How a confused service holds its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    PemSpki,
    /// The lines between the first and the last.
    PemLines,
    PemPkcs1,
    Der,
    Ssh,
    Jwk,
    Modulus,
}

/// The issuer.
#[derive(Clone)]
pub(super) struct World {
    pub(super) key: Arc<SigningKey>,
}

impl World {
    pub(super) fn new(algorithm: Algorithm) -> Self {
        Self {
            key: Arc::new(SigningKey::generate(algorithm).unwrap()),
        }
    }

    /// The public half, as it is published.
    pub(super) fn public(&self) -> Key {
        json!(self.key.public_jwk()).as_object().unwrap().clone()
    }

    /// A good token with header and claims changed: null takes a member away.
    pub(super) fn token_with(&self, header: &Value, claims: &Value) -> String {
        let good = json!({"alg": self.key.algorithm(), "typ": "at+jwt", "kid": self.key.kid().as_str()});
        self.signed(
            &with(&good, header).to_string(),
            &with(&good_claims(), claims).to_string(),
        )
    }

    /// These very texts, signed.
    pub(super) fn signed(&self, header: &str, claims: &str) -> String {
        let message = format!(
            "{}.{}",
            base64url::encode(header.as_bytes()),
            base64url::encode(claims.as_bytes())
        );
        let signature = self.key.signature(message.as_bytes()).unwrap();
        format!("{message}.{}", base64url::encode(&signature))
    }

    /// What a run is told of the issuer, without the service.
    pub(super) fn target(&self) -> Target {
        Target {
            token: Token::parse(&self.token_with(&json!({}), &json!({}))).ok(),
            keys: Some(vec![Value::Object(self.public())]),
            ..Target::default()
        }
    }
}

fn good_claims() -> Value {
    json!({
        "iss": "https://issuer.example", "aud": "api", "sub": "u-7f3a", "client_id": "app", "jti": "0123456789abcdef",
        "iat": NOW_S - 10, "exp": NOW_S + 290, "scope": "read",
    })
}

pub(super) fn with(object: &Value, changes: &Value) -> Value {
    let mut object: Map<String, Value> = object.as_object().unwrap().clone();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => _ = object.remove(name),
            value => _ = object.insert(name.clone(), value.clone()),
        }
    }
    Value::Object(object)
}

/// A service behind which one is somebody, and what the run is told of it.
pub(super) fn stand(algorithm: Algorithm, fault: Option<Fault>) -> Stand {
    let world = World::new(algorithm);
    let served = world.clone();
    let handler = move |ask: &Ask| answer(&served, ask, fault);
    Stand {
        handler: Arc::new(handler),
        own: None,
        target: Box::new(move |url, _| {
            let world = world.clone();
            Box::pin(async move {
                let key = SigningKey::from_pkcs8(algorithm, &world.key.to_pkcs8().unwrap()).unwrap();
                let file = crate::jwt::encodings::pem(
                    "PUBLIC KEY",
                    &crate::jwt::encodings::spki(&world.public()).unwrap(),
                );
                Target {
                    endpoint: Some(Endpoint::new(url.join("api").unwrap())),
                    minter: Some(Minter::Key(Box::new(key))),
                    callback: Callback::start("127.0.0.1:0".parse().unwrap()).await.ok(),
                    key_file: Some(format!("{file}\n").into_bytes()),
                    ..world.target()
                }
            })
        }),
    }
}

fn answer(world: &World, ask: &Ask, fault: Option<Fault>) -> Reply {
    let mut token = field(ask, "authorization").and_then(|value| value.strip_prefix("Bearer "));
    if fault == Some(Fault::TokenInAddress) {
        token = token.or(ask
            .uri()
            .query()
            .and_then(|query| query.strip_prefix("access_token=")));
    }
    let text = token.unwrap_or_default();
    let is_bad = service::claims_of(text).is_none();
    match fault {
        Some(Fault::BreaksWhenLarge) if text.len() > 5000 => reply(500, &[], ""),
        Some(Fault::BreaksWhenDeep)
            if service::part_of(text, 1).is_some_and(|part| part.contains("{\"a\":{\"a\":")) =>
        {
            reply(500, &[], "")
        }
        Some(Fault::TalksWhenMalformed) if token.is_some() && is_bad => {
            reply(400, &[], "Traceback (most recent call last):\n  File")
        }
        // Whoever cannot be read is let in as nobody.
        Some(Fault::TakesAnything) if token.is_some() && is_bad => reply(200, &[], "hello"),
        _ if token.is_some_and(|token| service::lets_in(world, token, fault)) => reply(200, &[], "hello"),
        _ => reply(401, &[("www-authenticate", "Bearer")], ""),
    }
}
