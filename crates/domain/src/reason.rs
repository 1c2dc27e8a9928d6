//! Why a request was refused: one list of registered words for code, headers, logs, metrics and docs/ERRORS.

use std::fmt;

use serde::{Serialize, Serializer};

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $status:literal, $text:literal;)*) => {
        /// A registered reason.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Reason { $($(#[$doc])* $name,)* }

        impl Reason {
            /// Every reason, in the order of the reference.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The word: `Symbolon-Reason`, metric label, event field.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// The HTTP status that an edge answers with.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// One sentence for the reference and for an operator.
            #[must_use]
            pub const fn explanation(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

reasons! {
    /// No credential of an accepted kind.
    MissingCredential = "missing_credential", 401, "The request carries no credential of a kind that the route accepts.";
    /// More than one credential that could count.
    AmbiguousCredential = "ambiguous_credential", 400, "The request carries two accepted credentials, or two of one kind.";
    /// Not a credential by its form.
    Malformed = "malformed", 401, "The credential is not well formed, or not made by this server.";
    /// The signature or seal does not fit.
    BadSignature = "bad_signature", 401, "The token's signature does not verify.";
    /// `alg` is not that of the key.
    Algorithm = "algorithm", 401, "The token's algorithm is not the one that its key is for.";
    /// `kid` names no key.
    UnknownKey = "unknown_key", 401, "The token names a key that this issuer does not have.";
    /// Another issuer.
    WrongIssuer = "wrong_issuer", 401, "The token was issued by somebody else.";
    /// Another audience.
    WrongAudience = "wrong_audience", 401, "The token is meant for another audience.";
    /// Another kind of token.
    WrongType = "wrong_type", 401, "The token is of another kind, such as an id token.";
    /// Past its end.
    Expired = "expired", 401, "The credential's life is over.";
    /// Before its start.
    NotYetValid = "not_yet_valid", 401, "The credential's life has not begun.";
    /// Unused for too long.
    Idle = "idle", 401, "The session was not used for longer than its idle limit.";
    /// Revoked.
    Revoked = "revoked", 401, "The credential was revoked.";
    /// A position in the log that does not exist.
    Forged = "forged", 401, "The token names a log position that was never reached: its signing key may be stolen.";
    /// The edge may not know of the latest revocations.
    Stale = "stale", 503, "The edge has not heard from the authority for longer than the route tolerates.";
    /// CSRF defence.
    Csrf = "csrf", 403, "The request lacks proof that the application's own page sent it.";
    /// Scope missing.
    Scope = "scope", 403, "The credential lacks a scope that the route needs.";
    /// Assurance too low or authentication too old.
    Assurance = "assurance", 403, "The route needs a stronger or more recent authentication.";
    /// No route matches.
    NoRoute = "no_route", 403, "No route covers this request.";
    /// The path can be read in two ways.
    AmbiguousPath = "ambiguous_path", 400, "The request's path can be read in more than one way.";
    /// The gateway's description of the request is not usable.
    BadForwarding = "bad_forwarding", 400, "The gateway's forwarding headers are missing, repeated or of the wrong family.";
    /// The authority could not be asked.
    Unavailable = "unavailable", 503, "The authority is needed to judge this credential and cannot be reached.";
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl From<&jose::JoseError> for Reason {
    fn from(error: &jose::JoseError) -> Self {
        Self::ALL
            .iter()
            .copied()
            .find(|r| r.as_str() == error.reason())
            .unwrap_or(Self::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_unique_and_statuses_refuse() {
        let mut words: Vec<_> = Reason::ALL.iter().map(|r| r.as_str()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Reason::ALL.len());
        assert!(
            Reason::ALL
                .iter()
                .all(|r| matches!(r.status(), 400 | 401 | 403 | 503))
        );
    }
}
