//! Looking into a token without believing it.

mod claims;
mod explain;

use jose::{base64url, strict_json};
use serde_json::{Map, Value};

pub(crate) use explain::explain;

/// Deeper JSON is refused, as everywhere.
const DEPTH: usize = 8;

/// A compact JWS taken apart. Nobody verified it.
#[derive(Debug)]
pub(crate) struct Unverified {
    pub(crate) header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
    /// Length in bytes; the bytes themselves say nothing to people.
    pub(crate) signature_len: usize,
}

/// Why a text is not a JWT.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotAToken {
    /// One of our opaque secrets.
    #[error("this is {0}: it is opaque, nothing in it can be read, and it should not have left its holder")]
    Opaque(&'static str),
    /// Five parts.
    #[error("this has five parts: an encrypted token (JWE), which only its addressee can read")]
    Encrypted,
    /// Something else.
    #[error("this is not three parts of base64url with dots between them")]
    Shape,
    /// A part that does not decode.
    #[error("the {0} is not {1}")]
    Part(&'static str, &'static str),
}

impl Unverified {
    /// Takes a token apart; strict about form, silent about truth.
    pub(crate) fn decode(text: &str) -> Result<Self, NotAToken> {
        if let Some(what) = opaque(text) {
            return Err(NotAToken::Opaque(what));
        }
        let parts: Vec<&str> = text.split('.').collect();
        let [header, payload, signature] = parts.as_slice() else {
            let encrypted = parts.len() == 5;
            return Err(if encrypted {
                NotAToken::Encrypted
            } else {
                NotAToken::Shape
            });
        };
        let signature = base64url::decode(signature.as_bytes());
        let signature = signature.map_err(|_| NotAToken::Part("signature", "canonical base64url"))?;
        Ok(Self {
            header: object("header", header)?,
            claims: object("payload", payload)?,
            signature_len: signature.len(),
        })
    }
}

fn object(name: &'static str, part: &str) -> Result<Map<String, Value>, NotAToken> {
    let json =
        base64url::decode(part.as_bytes()).map_err(|_| NotAToken::Part(name, "canonical base64url"))?;
    strict_json::object_from_slice(&json, DEPTH).map_err(|_| {
        NotAToken::Part(
            name,
            "one JSON object without repeated members, nested at most 8 deep",
        )
    })
}

fn opaque(text: &str) -> Option<&'static str> {
    let kinds = [
        ("sy_ac_", "an authorization code"),
        ("sy_hc_", "a host code"),
        ("sy_cs_", "a client secret"),
        ("sy_at_", "an administrator's token"),
        ("sy_su_", "a set-up code"),
        ("sy_ss_", "a session secret"),
        ("sy_fl_", "a flow secret"),
        ("sy_rt_", "a refresh token"),
    ];
    kinds
        .into_iter()
        .find(|(prefix, _)| text.starts_with(prefix))
        .map(|(_, what)| what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str, payload: &str) -> String {
        let part = |text: &str| base64url::encode(text.as_bytes());
        format!("{}.{}.AA", part(header), part(payload))
    }

    #[test]
    fn a_token_comes_apart() {
        let token = Unverified::decode(&token(r#"{"alg":"none"}"#, r#"{"sub":"x"}"#)).unwrap();
        assert_eq!(
            (token.header["alg"].as_str(), token.claims["sub"].as_str()),
            (Some("none"), Some("x"))
        );
        assert_eq!(token.signature_len, 1);
        let unsigned = format!("{}.{}.", base64url::encode(b"{}"), base64url::encode(b"{}"));
        assert_eq!(Unverified::decode(&unsigned).unwrap().signature_len, 0);
    }

    #[test]
    fn what_is_not_one_is_named() {
        assert_eq!(
            Unverified::decode("sy_rt_abc").unwrap_err(),
            NotAToken::Opaque("a refresh token")
        );
        assert_eq!(Unverified::decode("a.b.c.d.e").unwrap_err(), NotAToken::Encrypted);
        assert_eq!(Unverified::decode("hello").unwrap_err(), NotAToken::Shape);
        for (header, payload) in [
            ("{", "{}"),
            ("{}", "[]"),
            (r#"{"a":1,"a":2}"#, "{}"),
            ("{}", "{}x"),
        ] {
            let refused = Unverified::decode(&token(header, payload));
            assert!(matches!(refused, Err(NotAToken::Part(..))), "{header} {payload}");
        }
    }
}
