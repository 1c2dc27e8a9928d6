//! An issuer and a service that checks its tokens: strictly, or with one fault.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "test code: made from constants"
)]

use std::sync::Arc;

use jose::{Algorithm, AudienceSet, KeySet, Limits, SigningKey, TokenKind, Verifier, base64url};
use serde_json::{Value, json};

use crate::jwt::{Endpoint, Token};
use crate::target::Target;
use crate::testing::{NOW_S, Stand, field, reply};

/// The issuer.
#[derive(Clone)]
pub(super) struct World {
    key: Arc<SigningKey>,
}

/// One way for a service to be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// `alg: none` needs no signature.
    NoneAccepted,
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            key: Arc::new(SigningKey::generate(Algorithm::Es256).unwrap()),
        }
    }

    /// A good token with these claims changed: null takes one away.
    pub(super) fn token_with(&self, changes: &Value) -> String {
        let mut claims = json!({
            "iss": "https://issuer.example", "aud": "api", "sub": "u-7f3a", "client_id": "app", "jti": "0123456789abcdef",
            "iat": NOW_S - 10, "exp": NOW_S + 290, "scope": "read",
        });
        for (name, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => _ = claims.as_object_mut().unwrap().remove(name),
                value => claims[name.as_str()] = value.clone(),
            }
        }
        self.key.sign("at+jwt", claims.to_string().as_bytes()).unwrap()
    }

    fn is_sound(&self, token: &str) -> bool {
        let verifier = Verifier::builder()
            .issuer("https://issuer.example")
            .audiences(AudienceSet::new(["api"]).unwrap())
            .kind(TokenKind::new("at+jwt").unwrap())
            .keys(KeySet::new([self.key.verifying_key().unwrap()]).unwrap())
            .limits(Limits::default())
            .build();
        verifier
            .verify::<Value>(token.as_bytes(), NOW_S.cast_unsigned())
            .is_ok()
    }

    /// Whether a service with this fault lets `token` in.
    fn lets_in(&self, token: &str, fault: Option<Fault>) -> bool {
        self.is_sound(token) || fault.is_some_and(|fault| self.falls_for(token, fault))
    }

    fn falls_for(&self, token: &str, fault: Fault) -> bool {
        let parts: Vec<&str> = token.split('.').collect();
        let object = |at: usize| -> Option<Value> {
            serde_json::from_slice(&base64url::decode(parts.get(at)?.as_bytes()).ok()?).ok()
        };
        let (Some(header), Some(_claims)) = (object(0), object(1)) else {
            return false;
        };
        match fault {
            Fault::NoneAccepted => header["alg"]
                .as_str()
                .is_some_and(|alg| alg.eq_ignore_ascii_case("none")),
        }
    }
}

/// A service behind which one is somebody, and what the run is told of it.
pub(super) fn stand(fault: Option<Fault>) -> Stand {
    let world = World::new();
    let good = world.token_with(&json!({}));
    let handler = move |ask: &crate::testing::Ask| {
        let token = field(ask, "authorization").and_then(|value| value.strip_prefix("Bearer "));
        if token.is_some_and(|token| world.lets_in(token, fault)) {
            reply(200, &[], "hello")
        } else {
            reply(401, &[("www-authenticate", "Bearer")], "")
        }
    };
    Stand::of(handler, move |url| Target {
        token: Token::parse(&good).ok(),
        endpoint: Some(Endpoint::new(url.join("api").unwrap())),
        ..Target::default()
    })
}
