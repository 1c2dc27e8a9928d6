//! The id token (OpenID Connect Core sections 2 and 3.1.3.6): tells the client who signed in, and nothing about them.
//! Its `typ` and its audience (the client) keep it from passing for an access token, and the other way round.

use domain::grant::Grant;
use domain::session::Session;
use domain::{Assurance, Digest, Id, Subject};
use serde::Serialize;

use super::access_token::{Authentication, Minted};
use super::signing;
use crate::authority::Authority;
use crate::error::Fault;

/// `typ` of an id token.
pub(crate) const ID_TOKEN_TYPE: &str = "JWT";

#[derive(Debug, Serialize)]
struct IdClaims<'a> {
    iss: &'a str,
    sub: &'a Subject,
    aud: &'a str,
    exp: u64,
    iat: u64,
    auth_time: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<Assurance>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    amr: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<Id<domain::id::Session>>,
    at_hash: String,
}

/// Signs the id token that goes with an access token.
pub(crate) fn mint(
    authority: &Authority,
    (grant, session): (&Grant, &Session),
    nonce: Option<&str>,
    access: &Minted,
) -> Result<String, Fault> {
    let now = authority.clock.now().as_secs();
    let authentication = Authentication::of(grant, Some(session));
    let claims = IdClaims {
        iss: authority.issuer(),
        sub: &grant.subject,
        aud: grant.client.as_str(),
        exp: now + access.expires_in_s,
        iat: now,
        auth_time: authentication.at.as_secs(),
        nonce,
        acr: authentication.assurance,
        amr: &authentication.amr,
        sid: grant.session,
        at_hash: at_hash(&access.text),
    };
    let json = serde_json::to_vec(&claims).map_err(|e| Fault::Keys(e.to_string()))?;
    let algorithm = signing::id_token_algorithm(&authority.config)
        .ok_or_else(|| Fault::Keys("no key fits an id token".to_owned()))?;
    authority.keys.sign(algorithm, ID_TOKEN_TYPE, &json)
}

/// The left half of SHA-256 over the access token's text: of the hash that the signature's algorithm uses.
fn at_hash(access_token: &str) -> String {
    let digest = Digest::of(access_token.as_bytes());
    jose::base64url::encode(digest.as_bytes().get(..16).unwrap_or_default())
}
