//! Which key signs what.

use jose::{Algorithm, KeyId};

use crate::authority::Authority;
use crate::config::Config;
use crate::error::Fault;

/// Access tokens: the first algorithm of the configuration.
pub(crate) fn access_token_algorithm(authority: &Authority) -> Result<Algorithm, Fault> {
    let first = authority.config.token.algorithms.first().copied();
    first.ok_or_else(|| Fault::Keys("no signing algorithm is configured".to_owned()))
}

/// Id tokens: the first whose hash is SHA-256, which `at_hash` is made with. Without one, `openid` is not offered.
pub(crate) fn id_token_algorithm(config: &Config) -> Option<Algorithm> {
    let sha256 = |a: &Algorithm| matches!(a, Algorithm::Es256 | Algorithm::Ps256 | Algorithm::Rs256);
    config.token.algorithms.iter().copied().find(sha256)
}

/// The key that a token of ours was signed with, as its header says.
pub(crate) fn key_of(token: &str) -> Option<KeyId> {
    let header = jose::base64url::decode(token.split('.').next()?.as_bytes()).ok()?;
    let header: serde_json::Value = serde_json::from_slice(&header).ok()?;
    KeyId::new(header.get("kid")?.as_str()?).ok()
}
