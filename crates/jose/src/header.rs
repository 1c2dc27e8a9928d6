//! The JOSE header (RFC 7515 section 4): read strictly, believed in nothing.

use serde::Deserialize;

use crate::base64url;
use crate::error::JoseError;
use crate::limits::Limits;
use crate::member::{Presence, stated};
use crate::strict_json;

/// What a presented token says of itself. Good for finding a key by name and for explaining a refusal; nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnverifiedHeader {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
}

impl UnverifiedHeader {
    /// The text of `alg`. It may name an algorithm that does not exist.
    #[must_use]
    pub fn alg(&self) -> &str {
        &self.alg
    }

    /// The text of `kid`. It may be any text.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The text of `typ`.
    #[must_use]
    pub fn typ(&self) -> Option<&str> {
        self.typ.as_deref()
    }

    pub(crate) fn parse(segment: &[u8], limits: &Limits) -> Result<Self, JoseError> {
        if segment.len() > limits.header_bytes() {
            return Err(JoseError::TooLarge);
        }
        let json = base64url::decode(segment)?;
        let raw: RawHeader = strict_json::object_from_slice(&json, limits.json_depth())?;
        if raw.asks_for_more() {
            return Err(JoseError::UnsupportedHeader);
        }
        Ok(Self {
            alg: raw.alg,
            kid: raw.kid,
            typ: raw.typ,
        })
    }
}

#[derive(Deserialize)]
struct RawHeader {
    alg: String,
    #[serde(default, deserialize_with = "stated")]
    kid: Option<String>,
    #[serde(default, deserialize_with = "stated")]
    typ: Option<String>,
    // Parameters that change how a token must be read, or bring their own key. Tokens that have one are refused:
    // an extension that is not understood must not be ignored (`crit`), and a key from a token proves nothing.
    #[serde(default)]
    crit: Presence,
    #[serde(default)]
    b64: Presence,
    #[serde(default)]
    zip: Presence,
    #[serde(default)]
    enc: Presence,
    #[serde(default)]
    jku: Presence,
    #[serde(default)]
    x5u: Presence,
    #[serde(default)]
    jwk: Presence,
    #[serde(default)]
    x5c: Presence,
}

impl RawHeader {
    fn asks_for_more(&self) -> bool {
        let Self {
            crit,
            b64,
            zip,
            enc,
            jku,
            x5u,
            jwk,
            x5c,
            ..
        } = self;
        [crit, b64, zip, enc, jku, x5u, jwk, x5c]
            .into_iter()
            .any(|parameter| parameter.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<UnverifiedHeader, JoseError> {
        UnverifiedHeader::parse(base64url::encode(json.as_bytes()).as_bytes(), &Limits::default())
    }

    #[test]
    fn reads_three_parameters_and_skips_harmless_ones() {
        let header =
            parse(r#"{"alg":"ES256","x5t":"aa","cty":"x","kid":"k","typ":"at+jwt","nonce":{"a":[1]}}"#)
                .unwrap();
        assert_eq!(
            (header.alg(), header.kid(), header.typ()),
            ("ES256", Some("k"), Some("at+jwt"))
        );
        let bare = parse(r#"{"alg":"none"}"#).unwrap();
        assert_eq!((bare.alg(), bare.kid(), bare.typ()), ("none", None, None));
    }

    #[test]
    fn refuses_parameters_that_change_the_meaning() {
        for name in ["crit", "b64", "zip", "enc", "jku", "x5u", "jwk", "x5c"] {
            for value in ["null", "false", "\"DEF\"", "[]", "{\"kty\":\"EC\"}"] {
                let json = format!(r#"{{"alg":"ES256","{name}":{value}}}"#);
                assert_eq!(parse(&json), Err(JoseError::UnsupportedHeader), "{json}");
            }
        }
    }

    #[test]
    fn refuses_odd_shapes() {
        let odd = [
            "{}",
            "[\"ES256\"]",
            "null",
            r#"{"alg":null}"#,
            r#"{"alg":1}"#,
            r#"{"alg":"ES256","kid":null}"#,
        ];
        for json in odd
            .into_iter()
            .chain([r#"{"alg":"ES256","typ":["at+jwt"]}"#, r#"{"alg":"ES256"}}"#])
        {
            assert_eq!(parse(json), Err(JoseError::Json), "{json}");
        }
        assert_eq!(
            parse(r#"{"alg":"ES256","alg":"none"}"#),
            Err(JoseError::DuplicateMember)
        );
        assert_eq!(
            parse(r#"{"alg":"ES256","a":[[[[[[[[]]]]]]]]}"#),
            Err(JoseError::TooDeep)
        );
        assert_eq!(
            parse(&format!(r#"{{"alg":"{}"}}"#, "a".repeat(1024))),
            Err(JoseError::TooLarge)
        );
    }
}
