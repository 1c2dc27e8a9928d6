//! A token as it is presented, read leniently: a faulty one is what the checks are for.

use jose::base64url;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

/// A compact JWS whose header and claims are JSON objects. It is a credential: it has no `Debug` text.
#[derive(Clone)]
pub struct Token {
    text: Zeroizing<String>,
    /// The header.
    pub header: Map<String, Value>,
    /// The claims.
    pub claims: Map<String, Value>,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Token({}, {} bytes)", self.alg(), self.text.len())
    }
}

/// Why a text is not a token that can be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not three parts.
    #[error("not a signed token: it has no three parts with dots between them")]
    Parts,
    /// Five parts.
    #[error("an encrypted token (JWE): only its recipient can look inside")]
    Encrypted,
    /// Header or claims are not base64url of a JSON object.
    #[error("not a signed token: its {0} is not base64url of a JSON object")]
    Json(&'static str),
    /// Too long to be one.
    #[error("longer than {MOST_BYTES} bytes")]
    TooLong,
}

/// No server takes a longer one.
const MOST_BYTES: usize = 256 * 1024;

impl Token {
    /// Reads a text, with or without `Bearer ` before it.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        let text = text.trim();
        let text = text.strip_prefix("Bearer ").unwrap_or(text).trim();
        if text.len() > MOST_BYTES {
            return Err(TokenError::TooLong);
        }
        let parts: Vec<&str> = text.split('.').collect();
        let (header, claims) = match parts.as_slice() {
            [header, claims, _] => (header, claims),
            [_, _, _, _, _] => return Err(TokenError::Encrypted),
            _ => return Err(TokenError::Parts),
        };
        Ok(Self {
            header: object(header).ok_or(TokenError::Json("header"))?,
            claims: object(claims).ok_or(TokenError::Json("payload"))?,
            text: Zeroizing::new(text.to_owned()),
        })
    }

    /// As it is presented.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What the signature covers: header and payload with a dot between them.
    #[must_use]
    pub fn signed(&self) -> &str {
        self.text.rsplit_once('.').map_or("", |(signed, _)| signed)
    }

    /// The parts as they stand.
    #[must_use]
    pub fn parts(&self) -> (&str, &str, &str) {
        let mut parts = self.text.split('.');
        let mut next = || parts.next().unwrap_or_default();
        (next(), next(), next())
    }

    /// The signature's bytes; none if they are not base64url.
    #[must_use]
    pub fn signature(&self) -> Vec<u8> {
        base64url::decode(self.parts().2.as_bytes()).unwrap_or_default()
    }

    /// The header's `alg`, or an empty text.
    #[must_use]
    pub fn alg(&self) -> &str {
        self.header.get("alg").and_then(Value::as_str).unwrap_or_default()
    }

    /// A claim that is a time.
    #[must_use]
    pub fn time(&self, claim: &str) -> Option<i64> {
        let value = self.claims.get(claim)?;
        #[allow(
            clippy::cast_possible_truncation,
            reason = "a time is far from the end of the range, and saturates there"
        )]
        value.as_i64().or_else(|| value.as_f64().map(|time| time as i64))
    }
}

/// Segment of a token that is a JSON object; white space and padding are forgiven.
fn object(segment: &str) -> Option<Map<String, Value>> {
    let bytes = base64url::decode(segment.trim_end_matches('=').as_bytes()).ok()?;
    serde_json::from_slice(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_looked_at_is_a_token() {
        let part = |text: &str| base64url::encode(text.as_bytes());
        let good = format!(
            "Bearer {}.{}.c2ln\n",
            part(r#"{"alg":"HS256"}"#),
            part(r#"{"exp":5.5,"sub":"ada"}"#)
        );
        let token = Token::parse(&good).unwrap();
        assert_eq!(
            (token.alg(), token.time("exp"), token.signature().as_slice()),
            ("HS256", Some(5), &b"sig"[..])
        );
        assert!(good.contains(token.signed()) && !token.signed().ends_with('.'));
        let error = |text: &str| Token::parse(text).err().unwrap();
        assert_eq!(error("a.b"), TokenError::Parts);
        assert_eq!(error("a.b.c.d.e"), TokenError::Encrypted);
        assert_eq!(error("a.b.c"), TokenError::Json("header"));
        assert_eq!(
            error(&format!("{}.W10.c", part("{}"))),
            TokenError::Json("payload")
        );
        assert_eq!(error(&"a".repeat(300_000)), TokenError::TooLong);
    }
}
