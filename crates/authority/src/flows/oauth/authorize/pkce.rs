//! PKCE (RFC 7636): required from every client, S256 only.

use domain::Digest;

use crate::flows::oauth::params::Params;
use crate::flows::oauth::refusal::{ErrorCode, Refusal};

/// The request's challenge.
pub(crate) fn challenge(params: &Params) -> Result<Digest, Refusal> {
    let text = params.require("code_challenge", "code_challenge is missing")?;
    // Absent means `plain` (section 4.3), which shows the verifier to whoever sees the request.
    if params.find("code_challenge_method") != Some("S256") {
        return Err(ErrorCode::InvalidRequest.because("code_challenge_method must be S256"));
    }
    let bytes = jose::base64url::decode(text.as_bytes()).ok();
    let digest = bytes.and_then(|b| <[u8; 32]>::try_from(b).ok());
    digest
        .map(Digest::from_bytes)
        .ok_or_else(|| ErrorCode::InvalidRequest.because("code_challenge is not that of a SHA-256 digest"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_standards_own_example_and_what_is_refused() {
        let of = |challenge: &str, method: &str| {
            let text = format!("code_challenge={challenge}&code_challenge_method={method}");
            challenge_of(&text)
        };
        assert_eq!(of(CHALLENGE, "S256"), Some(domain::code::challenge_of(VERIFIER)));
        for (challenge, method) in [
            (CHALLENGE, "plain"),
            (CHALLENGE, "s256"),
            (CHALLENGE, ""),
            ("", "S256"),
            (VERIFIER, "plain"),
            (&CHALLENGE[1..], "S256"),
            ("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM%3D", "S256"),
            ("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cN", "S256"),
        ] {
            assert_eq!(of(challenge, method), None, "{challenge} {method}");
        }
    }

    fn challenge_of(text: &str) -> Option<Digest> {
        challenge(&Params::parse(text)).ok()
    }
}
