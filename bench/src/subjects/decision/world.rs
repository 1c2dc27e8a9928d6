//! An edge's checker without an edge: keys, a map full of marks, and credentials that were seen before.

use std::sync::Arc;

use domain::access_token::{AccessClaims, Audience};
use domain::cookie::{Purpose, SealedPayload, SealingKey, SealingKeys};
use domain::feed::{FeedHead, Follower, Grant, KeyBundle, LeaseCell, Moment, SessionAnswer, Snapshot};
use domain::id::{Id, Kind};
use domain::revocation::{RevocationMap, Target};
use domain::secret::{Secret, SessionSecret};
use domain::session::{Face, Origin, Session};
use domain::testing::SeededEntropy;
use domain::{Assurance, Clock, Digest, Epoch, Seq, Span, Subject, Timestamp};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use jose::{Algorithm, KeySet, SigningKey};
use verifier::{Checker, CheckerParts, Family, Issuer, JudgedRequest, Outcome, Routes};

use crate::harness::Fault;
use crate::stage::described;
use crate::world::MachineClock;

const ISSUER: &str = "https://id.example.org";

pub(super) struct World {
    pub(super) checker: Checker,
    signing: SigningKey,
    sealing: Arc<SealingKey>,
    entropy: SeededEntropy,
    follower: Follower,
    now: Timestamp,
}

/// The header field by which a credential comes.
pub(super) type Credential = (HeaderName, HeaderValue);

fn said(error: impl std::fmt::Display) -> Fault {
    Fault::new(error.to_string())
}

impl World {
    /// With so many marks in the map, of every class; none of them covers a credential of this world.
    pub(super) fn new(algorithm: Algorithm, marks: u64, capacity: usize) -> Result<Self, Fault> {
        let clock = MachineClock;
        let entropy = SeededEntropy::new(1);
        let issuer = Issuer {
            url: ISSUER.into(),
            host: "id.example.org".parse().map_err(said)?,
        };
        let routes =
            Routes::from_raw(Vec::new(), issuer).map_err(|problems| Fault::new(format!("{problems:?}")))?;
        let (map, lease) = (Arc::new(RevocationMap::default()), Arc::new(LeaseCell::default()));
        fill(&map, &entropy, marks)?;
        let now = clock.now();
        let parts = CheckerParts {
            map: Arc::clone(&map),
            lease: Arc::clone(&lease),
            clock: Arc::new(clock),
            routes: Arc::new(routes),
            capacity,
        };
        let world = Self {
            checker: Checker::new(parts, &entropy).map_err(said)?,
            follower: Follower::new(
                "edge-1".parse().map_err(said)?,
                Id::generate(now, &entropy),
                map,
                lease,
            ),
            signing: SigningKey::generate(algorithm).map_err(said)?,
            sealing: Arc::new(SealingKey::generate(&entropy)),
            entropy,
            now,
        };
        world.checker.install_keys(&KeyBundle {
            version: 1,
            signing: KeySet::new([world.signing.verifying_key().map_err(said)?]).map_err(said)?,
            sealing: SealingKeys::new([Arc::clone(&world.sealing)]),
        });
        Ok(world)
    }

    /// A lease for the next minute.
    pub(super) fn renew(&mut self) {
        let head = FeedHead {
            seq: Seq::start_of(Epoch::FIRST),
            digest: Digest::of(b"start"),
        };
        self.follower.join(&Snapshot {
            head,
            marks: Vec::new(),
        });
        let t0 = MachineClock.boot();
        let grant = Grant {
            t0,
            frontier: head.seq,
            relay_age: Span::from_ms(0),
            lease: Span::from_secs(60),
        };
        let wall = MachineClock.now();
        self.follower.grant(grant, Moment { boot: t0, wall });
    }

    /// A token, with a value for every class of the map.
    pub(super) fn token(&self) -> Result<Credential, Fault> {
        let now = self.now.as_secs();
        let claims = AccessClaims {
            iss: ISSUER.into(),
            sub: Subject::User(self.id()),
            aud: Audience::One(ISSUER.into()),
            exp: now + 900,
            iat: now,
            jti: self.id(),
            client_id: "web".parse().map_err(said)?,
            scope: "read write".into(),
            auth_time: Some(now),
            acr: Some(Assurance::Aal1),
            amr: vec!["pwd".into()],
            cnf: None,
            sid: Some(self.id()),
            tid: Some("acme".parse().map_err(said)?),
            did: Some(self.id()),
            gid: Some(self.id()),
            rs: Seq::start_of(Epoch::FIRST),
            status: None,
        };
        let json = serde_json::to_vec(&claims).map_err(said)?;
        let token = self.signing.sign("at+jwt", &json).map_err(said)?;
        field(header::AUTHORIZATION, &format!("Bearer {token}"))
    }

    /// A session's cookie that the checker remembers.
    pub(super) fn session_cookie(&self) -> Result<Credential, Fault> {
        let session = self.session()?;
        let purpose = Purpose::Authority;
        let secret = Secret::<SessionSecret>::generate(&self.entropy);
        let face = Face {
            session: session.id,
            purpose: purpose.clone(),
            digest: secret.digest(),
            generation: session.generation,
            previous: None,
        };
        let payload = SealedPayload {
            session: session.id,
            secret,
            generation: session.generation,
        };
        let cookie = self
            .sealing
            .seal(&payload, ISSUER, &purpose, &self.entropy)
            .map_err(said)?;
        let cookie = field(header::COOKIE, &format!("theme=dark; __Host-symbolon={cookie}"))?;
        match self.checker.check(&judged(&request(&cookie)?)?) {
            Outcome::NeedsSession(cold) => {
                let answer = SessionAnswer { session, face };
                self.checker
                    .remember_session(&cold, Some(answer))
                    .map_err(|refusal| said(refusal.reason))?;
                Ok(cookie)
            }
            other => Err(Fault::new(format!("a new cookie: {other:?}"))),
        }
    }

    fn session(&self) -> Result<Session, Fault> {
        Ok(Session {
            id: self.id(),
            subject: Subject::User(self.id()),
            tenant: Some("acme".parse().map_err(said)?),
            device: Some(self.id()),
            rs: Seq::start_of(Epoch::FIRST),
            generation: 1,
            assurance: Assurance::Aal1,
            amr: vec!["pwd".into()],
            authenticated_at: self.now,
            created_at: self.now,
            active_at: self.now,
            idle: Span::from_days(14),
            expires_at: self.now + Span::from_days(30),
            origin: Origin::new(
                None,
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            ),
        })
    }

    fn id<K: Kind>(&self) -> Id<K> {
        Id::generate(self.now, &self.entropy)
    }
}

fn field(name: HeaderName, value: &str) -> Result<Credential, Fault> {
    Ok((name, HeaderValue::from_str(value).map_err(said)?))
}

/// What a gateway sends with a credential.
pub(super) fn request((name, value): &Credential) -> Result<HeaderMap, Fault> {
    let mut map = HeaderMap::new();
    let credential = (name.as_str(), value.to_str().map_err(said)?.to_owned());
    for (name, value) in described(credential) {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(said)?;
        map.append(name, HeaderValue::from_str(&value).map_err(said)?);
    }
    Ok(map)
}

/// The request that header fields describe.
pub(super) fn judged(headers: &HeaderMap) -> Result<JudgedRequest<'_>, Fault> {
    JudgedRequest::from_gateway(headers, Family::Forwarded).map_err(|refusal| said(refusal.reason))
}

/// Marks as a large installation would have them: sessions and tokens above all.
fn fill(map: &RevocationMap, entropy: &SeededEntropy, marks: u64) -> Result<(), Fault> {
    let (at, seq) = (Timestamp::from_secs(1), Seq::start_of(Epoch::FIRST));
    for number in 0..marks {
        let target = match number % 20 {
            0..=5 => Target::Session(Id::generate(at, entropy)),
            6..=11 => Target::Jti(Id::generate(at, entropy)),
            12..=13 => Target::Grant(Id::generate(at, entropy)),
            14..=15 => Target::Device(Id::generate(at, entropy)),
            16..=17 => Target::Subject(Subject::User(Id::generate(at, entropy))),
            18 => Target::SessionSecret(Id::generate(at, entropy), 2),
            _ if number % 400 == 19 => Target::Key(jose::KeyId::new(&format!("key-{number}")).map_err(said)?),
            _ if number % 40 == 19 => Target::Tenant(format!("tenant-{number}").parse().map_err(said)?),
            _ => Target::Client(format!("client-{number}").parse().map_err(said)?),
        };
        map.apply(&target, seq);
    }
    Ok(())
}
