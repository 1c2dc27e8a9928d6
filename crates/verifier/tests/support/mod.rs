//! A small world: an issuer with keys, a log, an edge's map and lease, a clock that is moved by hand.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(unreachable_pub, reason = "shared by test files")]
#![allow(clippy::unwrap_used, reason = "test code")]

use std::sync::Arc;

use domain::access_token::{AccessClaims, Audience};
use domain::cookie::{Purpose, SealedPayload, SealingKey, SealingKeys};
use domain::csrf::CsrfKey;
use domain::feed::{FeedHead, Follower, Grant, KeyBundle, LeaseCell, Moment, SessionAnswer, Snapshot};
use domain::id::Id;
use domain::revocation::{LogEntry, RevocationMap, Target};
use domain::secret::{Secret, SessionSecret};
use domain::session::{Face, Origin, Session};
use domain::testing::{ManualClock, SeededEntropy};
use domain::{Assurance, BootTime, Clock, Digest, Epoch, Seq, Span, Subject, Timestamp};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jose::{Algorithm, KeySet, SigningKey};
use verifier::{Checker, CheckerParts, DirectRequest, Issuer, JudgedRequest, Outcome, Routes};

pub const ISSUER: &str = "https://id.example";
pub const APP: &str = "app.example";

pub struct World {
    pub clock: Arc<ManualClock>,
    pub entropy: SeededEntropy,
    pub signing: SigningKey,
    pub sealing: Arc<SealingKey>,
    pub checker: Checker,
    pub follower: Follower,
    pub head: FeedHead,
    pub lease: Span,
}

impl World {
    /// With routes as JSON; `[]` is the quick start. Joined, with keys and a lease.
    pub fn new(routes: &str) -> Self {
        let clock = Arc::new(ManualClock::default());
        let entropy = SeededEntropy::new(1);
        let issuer = Issuer {
            url: ISSUER.into(),
            host: "id.example".parse().unwrap(),
        };
        let routes = Arc::new(Routes::from_raw(serde_json::from_str(routes).unwrap(), issuer).unwrap());
        let (map, lease) = (Arc::new(RevocationMap::default()), Arc::new(LeaseCell::default()));
        let parts = CheckerParts {
            map: Arc::clone(&map),
            lease: Arc::clone(&lease),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            routes,
            capacity: 64,
        };
        let edge = "edge-1".parse().unwrap();
        let mut world = Self {
            checker: Checker::new(parts, &entropy).unwrap(),
            follower: Follower::new(edge, Id::from_bytes([7; 16]), map, lease),
            head: FeedHead {
                seq: Seq::start_of(Epoch::FIRST),
                digest: Digest::of(b"start"),
            },
            signing: SigningKey::generate(Algorithm::Es256).unwrap(),
            sealing: Arc::new(SealingKey::generate(&entropy)),
            lease: Span::from_secs(10),
            clock,
            entropy,
        };
        world.follower.join(&Snapshot {
            head: world.head,
            marks: vec![],
        });
        world.install_keys(1);
        world.renew();
        world
    }

    pub fn install_keys(&self, version: u64) {
        self.checker.install_keys(&KeyBundle {
            version,
            signing: KeySet::new([self.signing.verifying_key().unwrap()]).unwrap(),
            sealing: SealingKeys::new([Arc::clone(&self.sealing)]),
        });
    }

    pub fn renew(&mut self) {
        let t0: BootTime = self.clock.boot();
        let grant = Grant {
            t0,
            frontier: self.head.seq,
            relay_age: Span::from_ms(0),
            lease: self.lease,
        };
        let wall = self.clock.now();
        self.follower.grant(grant, Moment { boot: t0, wall });
    }

    /// Revokes, and the edge follows.
    pub fn revoke(&mut self, target: Target) -> Seq {
        let seq = self.head.seq.next().unwrap();
        let entry = LogEntry::following(&self.head.digest, seq, target, self.clock.now());
        self.head = FeedHead {
            seq,
            digest: entry.digest,
        };
        self.follower.apply(&[entry]).unwrap();
        seq
    }

    pub fn claims(&self) -> AccessClaims {
        let now = self.clock.now().as_secs();
        AccessClaims {
            iss: ISSUER.into(),
            sub: Subject::User(Id::from_bytes([2; 16])),
            aud: Audience::One(ISSUER.into()),
            exp: now + 600,
            iat: now,
            jti: Id::from_bytes([5; 16]),
            client_id: "web".parse().unwrap(),
            scope: "read write".into(),
            auth_time: Some(now),
            acr: Some(Assurance::Aal1),
            amr: vec!["pwd".into()],
            cnf: None,
            sid: Some(Id::from_bytes([1; 16])),
            tid: Some("acme".parse().unwrap()),
            did: Some(Id::from_bytes([3; 16])),
            gid: Some(Id::from_bytes([4; 16])),
            rs: self.head.seq,
            status: None,
        }
    }

    pub fn token(&self, claims: &AccessClaims) -> String {
        self.signing
            .sign("at+jwt", &serde_json::to_vec(claims).unwrap())
            .unwrap()
    }

    pub fn session(&self) -> Session {
        let now = self.clock.now();
        Session {
            id: Id::from_bytes([1; 16]),
            subject: Subject::User(Id::from_bytes([2; 16])),
            tenant: Some("acme".parse().unwrap()),
            device: Some(Id::from_bytes([3; 16])),
            rs: self.head.seq,
            generation: 1,
            assurance: Assurance::Aal1,
            amr: vec!["pwd".into()],
            authenticated_at: now,
            created_at: now,
            active_at: now,
            idle: Span::from_mins(30),
            expires_at: now + Span::from_hours(12),
            origin: Origin::default(),
        }
    }

    /// A cookie with a secret of 32 equal bytes, and its CSRF token.
    pub fn cookie(&self, session: &Session, secret: u8, purpose: &Purpose) -> (String, String) {
        let secret = Secret::<SessionSecret>::from_bytes([secret; 32]);
        let token = CsrfKey::derive(&secret).token();
        let payload = SealedPayload {
            session: session.id,
            secret,
            generation: session.generation,
        };
        (
            self.sealing
                .seal(&payload, ISSUER, purpose, &self.entropy)
                .unwrap(),
            token,
        )
    }

    /// What the authority answers about that cookie's session.
    pub fn answer(&self, session: &Session, secret: u8, purpose: &Purpose) -> SessionAnswer {
        let face = Face {
            session: session.id,
            purpose: purpose.clone(),
            digest: Secret::<SessionSecret>::from_bytes([secret; 32]).digest(),
            generation: session.generation,
            previous: None,
        };
        SessionAnswer {
            session: session.clone(),
            face,
        }
    }

    /// Checks; a cold session is answered with what the authority would say.
    pub fn check(&self, sent: &Sent, answer: Option<&SessionAnswer>) -> Outcome {
        let request = sent.judged();
        match self.checker.check(&request) {
            Outcome::NeedsSession(cold) => match self.checker.remember_session(&cold, answer.cloned()) {
                Ok(()) => self.checker.check(&request),
                Err(refusal) => Outcome::Refuse(refusal),
            },
            other => other,
        }
    }

    pub fn at(&self, span: Span) -> Timestamp {
        self.clock.now() + span
    }
}

/// A request.
pub struct Sent {
    pub method: Method,
    pub host: &'static str,
    pub target: String,
    pub headers: HeaderMap,
}

impl Sent {
    pub fn get(host: &'static str, target: &str) -> Self {
        Self {
            method: Method::GET,
            host,
            target: target.into(),
            headers: HeaderMap::new(),
        }
    }

    pub fn method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        self.headers.append(name, HeaderValue::from_str(value).unwrap());
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub fn cookie(self, value: &str) -> Self {
        self.header("cookie", &format!("__Host-symbolon={value}"))
    }

    pub fn judged(&self) -> JudgedRequest<'_> {
        JudgedRequest::from_direct(DirectRequest {
            method: &self.method,
            secure: true,
            authority: self.host,
            target: &self.target,
            headers: &self.headers,
        })
        .unwrap()
    }
}

/// The outcome as a word.
pub fn word(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Permit(_) => "permit".into(),
        Outcome::Refuse(refusal) => refusal.reason.to_string(),
        Outcome::Stale { .. } => "stale".into(),
        Outcome::NeedsSession(_) => "needs_session".into(),
        Outcome::Behind(_) => "behind".into(),
        Outcome::NeedsAuthority(_) => "needs_authority".into(),
    }
}
