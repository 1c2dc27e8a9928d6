//! The four mechanisms, the two baselines they are compared with, and the order in which mechanisms are strong.

use crate::words::words;

words!(
    /// How a client's credential is checked.
    Mechanism {
        /// The record is asked at every request: a session cookie, or for clients without cookies an introspected token.
        ServerSession = "server_session", "server session, looked up at every request";
        /// A cookie is checked at the edge against the pushed revocations, and becomes a signed identity upstream.
        EdgeSession = "edge_session", "session at the edge, signed identity upstream";
        /// A token is checked at the edge against the pushed revocations.
        EdgeToken = "edge_token", "token at the edge, revocations pushed";
        /// A token is good until it ends, wherever its key is known.
        SelfContained = "self_contained_token", "self-contained token, rotating refresh";
    }
);

words!(
    /// What others do, for comparison in the figures.
    Baseline {
        /// Self-contained tokens, and a list of revoked ids that every validator polls.
        PolledBlocklist = "polled_blocklist", "JWT with a polled blocklist";
        /// Introspection, its answer kept for a while.
        CachedIntrospection = "cached_introspection", "introspection with a TTL cache";
    }
);

/// Two strengths pull in opposite directions; which one to give up is what a deployment decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Axis {
    /// How tightly a revoked or weak credential is held: revocation latency, idle limits, rule books.
    Hold,
    /// How much goes on without the record: latency, a store that is down, validators without contact.
    Autonomy,
}

impl Mechanism {
    /// The order on an axis; higher is stronger. Tightening a requirement of an axis never lowers the rank on it:
    /// a property test holds the rules to that.
    #[must_use]
    pub const fn rank(self, axis: Axis) -> u8 {
        match (axis, self) {
            (Axis::Hold, Self::SelfContained) | (Axis::Autonomy, Self::ServerSession) => 0,
            (Axis::Hold, Self::EdgeToken) | (Axis::Autonomy, Self::EdgeSession | Self::EdgeToken) => 1,
            (Axis::Hold, Self::EdgeSession) | (Axis::Autonomy, Self::SelfContained) => 2,
            (Axis::Hold, Self::ServerSession) => 3,
        }
    }

    /// A few words for a sentence.
    #[must_use]
    pub const fn noun(self, has_cookies: bool) -> &'static str {
        match self {
            Self::ServerSession if has_cookies => "server session",
            Self::ServerSession => "token that is introspected at every request",
            Self::EdgeSession => "session at the edge",
            Self::EdgeToken => "token at the edge",
            Self::SelfContained => "self-contained token",
        }
    }

    /// Whether edges with the revocation map check it.
    #[must_use]
    pub const fn is_at_the_edge(self) -> bool {
        matches!(self, Self::EdgeSession | Self::EdgeToken)
    }

    /// Whether the bearer carries a signed token.
    #[must_use]
    pub const fn is_token(self) -> bool {
        matches!(self, Self::EdgeToken | Self::SelfContained)
    }
}
