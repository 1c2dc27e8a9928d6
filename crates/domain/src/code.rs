//! Authorization codes (RFC 6749 section 4.1.2, RFC 7636) and the one-time codes of application hosts.

use std::collections::BTreeSet;

use crate::digest::Digest;
use crate::id::{Grant, Id, Session};
use crate::name::{ClientId, Host};
use crate::revocation::Position;
use crate::time::{Span, Timestamp};

/// How long any code lives.
pub const CODE_LIFE: Span = Span::from_secs(60);

/// An issued authorization code, kept by digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedCode {
    /// Digest of the code.
    pub digest: Digest,
    /// The client it was issued to.
    pub client: ClientId,
    /// The session that allowed it.
    pub session: Id<Session>,
    /// That session's position, with the client.
    pub position: Position,
    /// The redirect URI of the request, compared exactly.
    pub redirect_uri: String,
    /// PKCE challenge, S256.
    pub challenge: Digest,
    /// Granted scope.
    pub scope: BTreeSet<String>,
    /// Granted audiences.
    pub audience: Vec<String>,
    /// `nonce` of an OpenID request, kept for the id token.
    pub nonce: Option<String>,
    /// When the subject authenticated.
    pub authenticated_at: Timestamp,
    /// End of its life.
    pub expires_at: Timestamp,
    /// Set once redeemed: the grant that a second valid redemption revokes.
    pub redeemed: Option<Id<Grant>>,
}

/// What a client shows to redeem a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeProof {
    /// The authenticated (or public) client.
    pub client: ClientId,
    /// Must equal the request's.
    pub redirect_uri: String,
    /// SHA-256 of the verifier.
    pub challenge: Digest,
}

/// What a redemption comes to, before revocation is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeVerdict {
    /// First valid redemption.
    Redeem,
    /// A second *valid* redemption: the grant dies (OAuth 2.1 section 4.1.3).
    Replay(Id<Grant>),
    /// Another client, redirect URI or verifier: refused, and nothing of the real client's is harmed.
    Mismatch,
    /// Its 60 seconds are over.
    Expired,
}

impl IssuedCode {
    /// Judges a redemption. A replay counts only if everything else about it is right, and also after the code's
    /// life, as long as the row is kept.
    #[must_use]
    pub fn judge(&self, proof: &CodeProof, now: Timestamp) -> CodeVerdict {
        let fits = (self.client == proof.client)
            & (self.redirect_uri == proof.redirect_uri)
            & (self.challenge == proof.challenge);
        match (fits, self.redeemed) {
            (false, _) => CodeVerdict::Mismatch,
            (true, Some(grant)) => CodeVerdict::Replay(grant),
            (true, None) if now >= self.expires_at => CodeVerdict::Expired,
            (true, None) => CodeVerdict::Redeem,
        }
    }
}

/// A one-time code that lets an application host set its own cookie of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedHostCode {
    /// Digest of the code.
    pub digest: Digest,
    /// The session.
    pub session: Id<Session>,
    /// The generation of the cookie that asked for it: a code that an old secret got dies with that secret.
    pub generation: u32,
    /// The only host that may redeem it.
    pub host: Host,
    /// SHA-256 of the flow cookie's secret: binds the code to the browser that asked.
    pub challenge: Digest,
    /// End of its life.
    pub expires_at: Timestamp,
}

/// The challenge that a PKCE verifier, or a flow secret's text, answers to: SHA-256 of its bytes.
#[must_use]
pub fn challenge_of(verifier: &str) -> Digest {
    Digest::of(verifier.as_bytes())
}

#[cfg(test)]
mod tests;
