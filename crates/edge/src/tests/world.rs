//! The simulated world.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use bytes::Bytes;
use domain::access_token::{AccessClaims, Audience};
use domain::code::challenge_of;
use domain::cookie::{Purpose, SealedPayload, SealingKey, SealingKeys};
use domain::csrf::CsrfKey;
use domain::feed::*;
use domain::id::{Id, Incarnation};
use domain::revocation::{LogEntry, Position, RevocationMap, Target};
use domain::secret::{FlowSecret, HostCode, Secret, SessionSecret};
use domain::session::{Face, Origin, Session};
use domain::testing::{ManualClock, SeededEntropy};
use domain::{Assurance, Clock, Digest, Entropy, Epoch, Host, Seq, Span, Subject, Timestamp};
use http::{Method, Request, Response};
use http_body_util::Full;
use jose::{Algorithm, KeySet, SigningKey};
use tokio::sync::Notify;
use verifier::{Checker, CheckerParts, Issuer};

use crate::body::Body;
use crate::config::{EdgeConfig, RawEdge};
use crate::edge::Edge;
use crate::follow::{Follow, FollowParts};
use crate::link::{AuthorityLink, LinkError};
use crate::metrics::StreamMetrics;
use crate::streams::Streams;

pub(crate) const ISSUER: &str = "https://id.example";
pub(crate) const APP: &str = "app.example";

/// What the authority knows, and what is wrong with the way to it.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) entries: Vec<LogEntry>,
    pub(crate) sessions: HashMap<(Id<domain::id::Session>, Purpose), SessionAnswer>,
    pub(crate) codes: HashMap<Digest, (Digest, Host, String)>,
    pub(crate) keys_version: u64,
    /// Nothing is answered.
    pub(crate) down: bool,
    /// Entries are held back; everything else is answered.
    pub(crate) feed_cut: bool,
    /// The next renewal is told to take a snapshot.
    pub(crate) foreign: bool,
    /// The next question for entries is answered with: take a snapshot.
    pub(crate) far_behind: bool,
    /// The next entries come with a hole, or with a wrong digest.
    pub(crate) hole: bool,
    pub(crate) forged_digest: bool,
    /// How many restores the log has behind it.
    pub(crate) epochs: u32,
    pub(crate) acknowledged: Option<Seq>,
    /// The frontier that the last renewal named.
    pub(crate) renewed: Option<Seq>,
    pub(crate) activity: Vec<(Id<domain::id::Session>, Timestamp)>,
    /// Reports of activity get no answer.
    pub(crate) activity_stalls: bool,
    pub(crate) snapshots: u32,
    pub(crate) session_questions: u32,
    pub(crate) confirmed_keys: Option<u64>,
}

/// The authority as the edge sees it.
#[derive(Debug)]
pub(crate) struct Authority {
    state: Mutex<State>,
    pub(crate) changed: Notify,
    pub(crate) signing: SigningKey,
    pub(crate) sealing: Arc<SealingKey>,
    pub(crate) clock: Arc<ManualClock>,
}

impl Authority {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn head(&self) -> FeedHead {
        let epoch = Epoch::from_u32(Epoch::FIRST.as_u32() + self.state().epochs).unwrap();
        let start = FeedHead {
            seq: Seq::start_of(epoch),
            digest: Digest::of(b"start"),
        };
        self.state().entries.last().map_or(start, |e| FeedHead {
            seq: e.seq,
            digest: e.digest,
        })
    }

    pub(crate) fn revoke(&self, target: Target) -> Seq {
        let head = self.head();
        let seq = head.seq.next().unwrap();
        let entry = LogEntry::following(&head.digest, seq, target, self.clock.now());
        self.state().entries.push(entry);
        self.changed.notify_waiters();
        seq
    }

    fn answer(&self) -> Result<MutexGuard<'_, State>, LinkError> {
        let state = self.state();
        if state.down {
            Err(LinkError("cut off".into()))
        } else {
            Ok(state)
        }
    }

    async fn entries(&self, after: Seq) -> Result<Vec<LogEntry>, LinkError> {
        let mut state = self.answer()?;
        if state.feed_cut {
            return Ok(vec![]);
        }
        let mut entries: Vec<LogEntry> = state.entries.iter().filter(|e| e.seq > after).cloned().collect();
        if std::mem::take(&mut state.hole) {
            entries.remove(0);
        }
        if std::mem::take(&mut state.forged_digest) {
            entries[0].digest = Digest::of(b"forged");
            entries[0].target = Target::Client("nobody".parse().unwrap());
        }
        Ok(entries)
    }
}

#[async_trait]
impl AuthorityLink for Authority {
    fn begin(&self, _: &EdgeName, _: Id<Incarnation>) {}
    async fn snapshot(&self) -> Result<Snapshot, LinkError> {
        let head = self.head();
        let mut state = self.answer()?;
        state.snapshots += 1;
        let marks = state.entries.iter().map(|e| (e.target.clone(), e.seq)).collect();
        Ok(Snapshot { head, marks })
    }
    async fn entries_after(&self, after: Seq, wait: Span) -> Result<Option<Vec<LogEntry>>, LinkError> {
        let changed = self.changed.notified();
        if std::mem::take(&mut self.answer()?.far_behind) {
            return Ok(None);
        }
        let found = self.entries(after).await?;
        if !found.is_empty() || wait == Span::from_ms(0) {
            return Ok(Some(found));
        }
        changed.await;
        self.entries(after).await.map(Some)
    }
    async fn renew(&self, renewal: Renewal) -> Result<RenewalReply, LinkError> {
        let head = self.head();
        let mut state = self.answer()?;
        state.renewed = Some(renewal.frontier);
        if std::mem::take(&mut state.foreign) {
            return Ok(RenewalReply::Resynchronise);
        }
        Ok(RenewalReply::Granted(Grant {
            t0: renewal.t0,
            frontier: head.seq,
            relay_age: Span::from_ms(0),
            lease: Span::from_secs(10),
        }))
    }
    async fn acknowledge(&self, _: &EdgeName, _: Id<Incarnation>, frontier: Seq) -> Result<(), LinkError> {
        self.answer()?.acknowledged = Some(frontier);
        Ok(())
    }
    async fn keys(&self, _: &EdgeName, known: Option<u64>, wait: Span) -> Result<KeyBundle, LinkError> {
        let changed = self.changed.notified();
        let version = {
            let mut state = self.answer()?;
            state.confirmed_keys = known;
            state.keys_version
        };
        if known == Some(version) && wait > Span::from_ms(0) {
            changed.await;
        }
        Ok(KeyBundle {
            version: self.answer()?.keys_version,
            signing: KeySet::new([self.signing.verifying_key().unwrap()]).unwrap(),
            sealing: SealingKeys::new([Arc::clone(&self.sealing)]),
        })
    }
    async fn session(
        &self,
        id: Id<domain::id::Session>,
        purpose: &Purpose,
    ) -> Result<Option<SessionAnswer>, LinkError> {
        let mut state = self.answer()?;
        state.session_questions += 1;
        Ok(state.sessions.get(&(id, purpose.clone())).cloned())
    }
    async fn record_activity(
        &self,
        batch: Vec<(Id<domain::id::Session>, Timestamp)>,
        _answering: Option<u64>,
    ) -> Result<(), LinkError> {
        if self.answer()?.activity_stalls {
            std::future::pending::<()>().await;
        }
        let mut state = self.answer()?;
        for (id, at) in batch {
            for ((owner, _), answer) in &mut state.sessions {
                if *owner == id {
                    answer.session.active_at = answer.session.active_at.max(at);
                }
            }
            state.activity.push((id, at));
        }
        Ok(())
    }
    async fn word_on(&self, position: Position) -> Result<Word, LinkError> {
        let map = RevocationMap::default();
        let state = self.answer()?;
        for entry in &state.entries {
            map.apply(&entry.target, entry.seq);
        }
        Ok(Word {
            revoked: map.judge(&position) != domain::revocation::Judgement::Clear,
            carries: Span::from_secs(3),
        })
    }
    async fn redeem_host_code(
        &self,
        code: Secret<HostCode>,
        flow: Secret<FlowSecret>,
        host: Host,
    ) -> Result<HostJoin, LinkError> {
        let mut state = self.answer()?;
        let challenge = challenge_of(&flow.reveal());
        let known = state
            .codes
            .remove(&code.digest())
            .filter(|(c, h, _)| *c == challenge && *h == host);
        Ok(
            known.map_or(HostJoin::Refused, |(_, _, cookie)| HostJoin::Joined {
                cookie,
                expires_at: self.clock.now() + Span::from_hours(1),
            }),
        )
    }
}

pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) entropy: Arc<SeededEntropy>,
    pub(crate) authority: Arc<Authority>,
}

impl World {
    pub(crate) fn new() -> Self {
        let clock = Arc::new(ManualClock::default());
        let entropy = Arc::new(SeededEntropy::new(5));
        let authority = Arc::new(Authority {
            state: Mutex::new(State {
                keys_version: 1,
                ..State::default()
            }),
            changed: Notify::new(),
            signing: SigningKey::generate(Algorithm::Es256).unwrap(),
            sealing: Arc::new(SealingKey::generate(entropy.as_ref())),
            clock: Arc::clone(&clock),
        });
        Self {
            clock,
            entropy,
            authority,
        }
    }

    pub(crate) fn config(routes: &str, raw: &RawEdge) -> EdgeConfig {
        let issuer = Issuer {
            url: ISSUER.into(),
            host: "id.example".parse().unwrap(),
        };
        EdgeConfig::from_raw(raw, serde_json::from_str(routes).unwrap(), issuer).unwrap()
    }

    /// An edge that is ready.
    pub(crate) async fn edge(&self, routes: &str) -> Arc<Edge> {
        self.edge_with(routes, &RawEdge::default()).await
    }

    pub(crate) async fn edge_with(&self, routes: &str, raw: &RawEdge) -> Arc<Edge> {
        let link = Arc::clone(&self.authority) as Arc<dyn AuthorityLink>;
        let (clock, entropy) = (
            Arc::clone(&self.clock) as Arc<dyn Clock>,
            Arc::clone(&self.entropy),
        );
        let edge = Edge::start(
            Self::config(routes, raw),
            link,
            clock,
            entropy as Arc<dyn Entropy>,
        )
        .unwrap();
        until(|| edge.ready()).await;
        edge
    }

    /// The follower's steps by themselves, without tasks.
    pub(crate) fn follow(&self) -> Follow {
        self.follow_by(&(Arc::clone(&self.clock) as Arc<dyn Clock>))
    }

    /// The same, by another clock.
    pub(crate) fn follow_by(&self, clock: &Arc<dyn Clock>) -> Follow {
        let config = Self::config("[]", &RawEdge::default());
        let (map, lease) = (Arc::new(RevocationMap::default()), Arc::new(LeaseCell::default()));
        let parts = CheckerParts {
            map: Arc::clone(&map),
            lease: Arc::clone(&lease),
            clock: Arc::clone(clock),
            routes: config.routes,
            capacity: 64,
        };
        let incarnation = Id::from_bytes([7; 16]);
        let checker = Arc::new(Checker::new(parts, self.entropy.as_ref()).unwrap());
        let streams = Streams::new(Arc::clone(&checker), Arc::clone(clock), StreamMetrics::default());
        let parts = FollowParts {
            link: Arc::clone(&self.authority) as Arc<dyn AuthorityLink>,
            clock: Arc::clone(clock),
            streams,
            checker,
            name: config.name.clone(),
            incarnation,
        };
        Follow::new(parts, Follower::new(config.name, incarnation, map, lease))
    }

    pub(crate) fn claims(&self) -> AccessClaims {
        let now = self.clock.now().as_secs();
        AccessClaims {
            iss: ISSUER.into(),
            sub: Subject::User(Id::from_bytes([2; 16])),
            aud: Audience::One(ISSUER.into()),
            exp: now + 600,
            iat: now,
            jti: Id::from_bytes([5; 16]),
            client_id: "web".parse().unwrap(),
            scope: "read".into(),
            auth_time: Some(now),
            acr: Some(Assurance::Aal1),
            amr: vec![],
            cnf: None,
            sid: Some(Id::from_bytes([1; 16])),
            tid: None,
            did: None,
            gid: Some(Id::from_bytes([4; 16])),
            rs: self.authority.head().seq,
            status: None,
        }
    }

    pub(crate) fn token(&self, claims: &AccessClaims) -> String {
        self.authority
            .signing
            .sign("at+jwt", &serde_json::to_vec(claims).unwrap())
            .unwrap()
    }

    /// Signs somebody in at a host: cookie value and CSRF token.
    pub(crate) fn sign_in(&self, purpose: &Purpose) -> (Session, String, String) {
        let now = self.clock.now();
        let session = Session {
            id: Id::from_bytes([1; 16]),
            subject: Subject::User(Id::from_bytes([2; 16])),
            tenant: None,
            device: None,
            rs: self.authority.head().seq,
            generation: 1,
            assurance: Assurance::Aal1,
            amr: vec!["pwd".into()],
            authenticated_at: now,
            created_at: now,
            active_at: now,
            idle: Span::from_mins(30),
            expires_at: now + Span::from_hours(12),
            origin: Origin::default(),
        };
        let secret = Secret::<SessionSecret>::generate(self.entropy.as_ref());
        let csrf = CsrfKey::derive(&secret).token();
        let face = Face {
            session: session.id,
            purpose: purpose.clone(),
            digest: secret.digest(),
            generation: 1,
            previous: None,
        };
        let payload = SealedPayload {
            session: session.id,
            secret,
            generation: 1,
        };
        let value = self
            .authority
            .sealing
            .seal(&payload, ISSUER, purpose, self.entropy.as_ref())
            .unwrap();
        let answer = SessionAnswer {
            session: session.clone(),
            face,
        };
        self.authority
            .state()
            .sessions
            .insert((session.id, purpose.clone()), answer);
        (session, value, csrf)
    }
}

pub(crate) fn app() -> Purpose {
    Purpose::Application(APP.parse().unwrap())
}

/// Lets the edge's tasks run until something is so.
pub(crate) async fn until(so: impl Fn() -> bool) {
    let waited = tokio::time::timeout(std::time::Duration::from_secs(20), async {
        while !so() {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    });
    waited.await.expect("it never came to be so");
}

pub(crate) fn peer() -> SocketAddr {
    "127.0.0.1:5000".parse().unwrap()
}

/// Asks `/check` about a request to the application.
pub(crate) async fn check(
    edge: &Arc<Edge>,
    method: &str,
    target: &str,
    more: &[(&str, &str)],
) -> Response<Body> {
    check_at(edge, (method, APP), target, more).await
}

/// Asks `/check` about a request.
pub(crate) async fn check_at(
    edge: &Arc<Edge>,
    (method, host): (&str, &str),
    target: &str,
    more: &[(&str, &str)],
) -> Response<Body> {
    let mut request = Request::builder()
        .uri("/check")
        .header("x-forwarded-method", method)
        .header("x-forwarded-proto", "https")
        .header("x-forwarded-host", host)
        .header("x-forwarded-uri", target);
    for (name, value) in more {
        request = request.header(*name, *value);
    }
    edge.handle(peer(), false, request.body(Full::<Bytes>::default()).unwrap())
        .await
}

/// Sends a request straight to the edge over TLS.
pub(crate) async fn send(
    edge: &Arc<Edge>,
    (method, host): (Method, &str),
    target: &str,
    more: &[(&str, &str)],
) -> Response<Body> {
    send_body(edge, (method, host), target, more, "").await
}

pub(crate) async fn send_body(
    edge: &Arc<Edge>,
    (method, host): (Method, &str),
    target: &str,
    more: &[(&str, &str)],
    body: &'static str,
) -> Response<Body> {
    let mut request = Request::builder().method(method).uri(target).header("host", host);
    for (name, value) in more {
        request = request.header(*name, *value);
    }
    edge.handle(peer(), true, request.body(Full::from(body)).unwrap())
        .await
}

/// Status and reason.
pub(crate) fn told(response: &Response<Body>) -> (u16, &str) {
    (response.status().as_u16(), header(response, "symbolon-reason"))
}

pub(crate) fn header<'a>(response: &'a Response<Body>, name: &str) -> &'a str {
    response
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}
