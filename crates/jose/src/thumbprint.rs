//! JWK thumbprints (RFC 7638) over SHA-256.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};

use crate::base64url;
use crate::error::JoseError;
use crate::key_id::KeyId;
use crate::key_material::KeyMaterial;

/// The SHA-256 thumbprint of a public key: equal keys have equal thumbprints, whatever else their JWKs say.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Thumbprint([u8; 32]);

impl Thumbprint {
    /// The digest itself.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The thumbprint as a key identifier: 43 characters of base64url.
    ///
    /// # Errors
    /// [`crate::KeyRefusal::KeyId`], which no thumbprint meets.
    pub fn to_key_id(&self) -> Result<KeyId, JoseError> {
        KeyId::new(&base64url::encode(&self.0))
    }

    /// Section 3: the required members only, sorted, without white space. None of the values needs escaping.
    pub(crate) fn of(material: &KeyMaterial) -> Self {
        let mut json = String::from("{");
        for (name, value) in material.members() {
            let comma = if json.len() > 1 { "," } else { "" };
            json.extend([comma, "\"", name, "\":\"", &value, "\""]);
        }
        json.push('}');
        let mut bytes = [0; 32];
        for (to, from) in bytes.iter_mut().zip(digest(&SHA256, json.as_bytes()).as_ref()) {
            *to = *from;
        }
        Self(bytes)
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base64url::encode(&self.0))
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Thumbprint({self})")
    }
}

#[cfg(test)]
mod tests {
    use crate::Jwk;

    /// RFC 7638 section 3.1 and RFC 8037 appendix A.3.
    #[test]
    fn examples_of_the_rfcs() {
        let rsa = concat!(
            r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc"#,
            r#"_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMi"#,
            r#"cAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINH"#,
            r#"aQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#
        );
        let okp = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        let cases = [
            (rsa, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"),
            (okp, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),
        ];
        for (json, thumbprint) in cases {
            let jwk = Jwk::parse(json.as_bytes()).unwrap();
            assert_eq!(jwk.thumbprint().to_string(), thumbprint);
            assert_eq!(jwk.thumbprint().to_key_id().unwrap().as_str(), thumbprint);
        }
    }
}
