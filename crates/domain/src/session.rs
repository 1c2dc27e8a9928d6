//! The session record, its faces, and its two ends.

mod policy;

pub use policy::{Overflow, SessionPolicy, Timeouts};

use serde::{Deserialize, Serialize};

use crate::assurance::Assurance;
use crate::cookie::Purpose;
use crate::digest::Digest;
use crate::id::{Device, Id, Session as SessionKind};
use crate::name::TenantId;
use crate::revocation::Position;
use crate::seq::Seq;
use crate::subject::Subject;
use crate::time::{Span, Timestamp};

/// One authentication of one subject on one user agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Row id; new at every login.
    pub id: Id<SessionKind>,
    /// Whose.
    pub subject: Subject,
    /// Tenant, where there are tenants.
    pub tenant: Option<TenantId>,
    /// Device, where one is known.
    pub device: Option<Id<Device>>,
    /// Log position read before the first evidence was examined.
    pub rs: Seq,
    /// Grows with every new secret; older cookies die by class `session_secret`.
    pub generation: u32,
    /// Assurance of the last authentication.
    pub assurance: Assurance,
    /// Methods of the last authentication (RFC 8176), such as `pwd`.
    pub amr: Vec<String>,
    /// When the subject last authenticated.
    pub authenticated_at: Timestamp,
    /// When the session was made.
    pub created_at: Timestamp,
    /// Last recorded activity: never later than the true one.
    pub active_at: Timestamp,
    /// How long it may stay unused.
    pub idle: Span,
    /// The absolute end: never moves.
    pub expires_at: Timestamp,
    /// Where it was made, for the subject to recognise it.
    pub origin: Origin,
}

/// What a subject sees of a login: a shortened address and a user agent. Bounded text, never judged.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
pub struct Origin {
    /// Address prefix: /24 or /48; `this machine` for loopback.
    pub network: String,
    /// User agent, at most 200 characters.
    pub agent: String,
}

/// The session's cookie at one host: its own secret, of which only the digest is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Face {
    /// The session it belongs to.
    pub session: Id<SessionKind>,
    /// The authority, or an application host.
    pub purpose: Purpose,
    /// Digest of the secret.
    pub digest: Digest,
    /// The session's generation when the secret was made.
    pub generation: u32,
    /// The digest before a periodic renewal, and until when it still counts (grace, default none).
    pub previous: Option<(Digest, Timestamp)>,
}

/// Whether a session lives, by time alone. Revocation is judged apart, by its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Liveness {
    /// Within both limits.
    Live,
    /// Unused for longer than the idle limit.
    Idle,
    /// Past the absolute end.
    Expired,
}

impl Session {
    /// Judges both limits at a time.
    #[must_use]
    pub fn liveness(&self, now: Timestamp) -> Liveness {
        if now >= self.expires_at {
            Liveness::Expired
        } else if now >= self.idle_expires_at() {
            Liveness::Idle
        } else {
            Liveness::Live
        }
    }

    /// When it ends if it stays unused.
    #[must_use]
    pub fn idle_expires_at(&self) -> Timestamp {
        (self.active_at + self.idle).min(self.expires_at)
    }

    /// Its position, for the revocation map or a store's watermarks.
    #[must_use]
    pub fn position(&self) -> Position {
        Position {
            tenant: self.tenant.clone(),
            device: self.device,
            session: Some(self.id),
            generation: Some(self.generation),
            ..Position::of(self.subject.clone(), self.rs)
        }
    }
}

impl Origin {
    /// Shortens an address to its network and bounds the agent's text; control characters are dropped.
    #[must_use]
    pub fn new(address: Option<std::net::IpAddr>, agent: &str) -> Self {
        let network = match address.map(|a| a.to_canonical()) {
            Some(here) if here.is_loopback() => "this machine".to_owned(),
            Some(std::net::IpAddr::V4(v4)) => {
                let [a, b, c, _] = v4.octets();
                format!("{a}.{b}.{c}.0/24")
            }
            Some(std::net::IpAddr::V6(v6)) => {
                let [a, b, c, ..] = v6.segments();
                format!("{a:x}:{b:x}:{c:x}::/48")
            }
            None => String::new(),
        };
        Self {
            network,
            agent: agent.chars().filter(|c| !c.is_control()).take(200).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> Session {
        Session {
            id: Id::from_bytes([1; 16]),
            subject: Subject::User(Id::from_bytes([2; 16])),
            tenant: None,
            device: None,
            rs: Seq::default(),
            generation: 1,
            assurance: Assurance::Aal1,
            amr: vec!["pwd".into()],
            authenticated_at: Timestamp::from_ms(0),
            created_at: Timestamp::from_ms(0),
            active_at: Timestamp::from_ms(0),
            idle: Span::from_mins(30),
            expires_at: Timestamp::from_secs(86_400),
            origin: Origin::default(),
        }
    }

    #[test]
    fn ends_at_the_limit_not_after_it() {
        let mut s = session();
        let at = |secs| Timestamp::from_secs(secs);
        assert_eq!(s.liveness(at(1799)), Liveness::Live);
        assert_eq!(s.liveness(at(1800)), Liveness::Idle);
        s.active_at = at(86_399);
        assert_eq!(s.liveness(at(86_399)), Liveness::Live);
        assert_eq!(s.liveness(at(86_400)), Liveness::Expired);
        assert_eq!(s.idle_expires_at(), at(86_400));
    }

    #[test]
    fn an_origin_is_a_network_and_bounded_text() {
        let origin = Origin::new(Some("203.0.113.77".parse().unwrap()), &"x\u{7}".repeat(300));
        assert_eq!(
            (origin.network.as_str(), origin.agent.len()),
            ("203.0.113.0/24", 200)
        );
        assert_eq!(
            Origin::new(Some("::ffff:10.1.2.3".parse().unwrap()), "").network,
            "10.1.2.0/24"
        );
        assert_eq!(
            Origin::new(Some("::1".parse().unwrap()), "").network,
            "this machine"
        );
        assert_eq!(
            Origin::new(Some("2001:db8:1:2::3".parse().unwrap()), "").network,
            "2001:db8:1::/48"
        );
    }
}
