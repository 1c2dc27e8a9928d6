//! The logout token (section 2.4): short, for one client, and never to be taken for an id token: another `typ`, an event, no
//! nonce.

use domain::{Digest, Id, Subject};
use serde::Serialize;
use store::intent::Notice;

use crate::authority::Authority;
use crate::error::Fault;
use crate::flows::oauth::signing;

/// `typ` of a logout token.
pub(super) const LOGOUT_TOKEN_TYPE: &str = "logout+jwt";
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// How long one is good: as long as it may be on its way. Each try makes a new one with the same `jti`.
const LIFE_S: u64 = 120;

#[derive(Debug, Serialize)]
struct LogoutClaims<'a> {
    iss: &'a str,
    sub: &'a Subject,
    aud: &'a str,
    iat: u64,
    exp: u64,
    jti: String,
    events: serde_json::Value,
    sid: Id<domain::id::Session>,
}

/// Signs one.
pub(super) fn mint(authority: &Authority, notice: &Notice) -> Result<String, Fault> {
    let now = authority.clock.now().as_secs();
    let claims = LogoutClaims {
        iss: authority.issuer(),
        sub: &notice.subject,
        aud: notice.client.as_str(),
        iat: now,
        exp: now + LIFE_S,
        jti: jti(notice),
        events: serde_json::json!({ EVENT: {} }),
        sid: notice.session,
    };
    let json = serde_json::to_vec(&claims).map_err(|e| Fault::Keys(e.to_string()))?;
    let algorithm = match signing::id_token_algorithm(&authority.config) {
        Some(algorithm) => algorithm,
        None => signing::access_token_algorithm(authority)?,
    };
    authority.keys.sign(algorithm, LOGOUT_TOKEN_TYPE, &json)
}

/// The same for every try of one notice, and for no other: by it a client that heard twice knows.
fn jti(notice: &Notice) -> String {
    let parts: [&[u8]; 4] = [
        &notice.number.to_be_bytes(),
        notice.session.as_bytes(),
        &notice.at.as_ms().to_be_bytes(),
        notice.client.as_str().as_bytes(),
    ];
    let digest = Digest::of_parts(&parts);
    jose::base64url::encode(digest.as_bytes().get(..16).unwrap_or_default())
}
