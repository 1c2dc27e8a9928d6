//! Values of the domain inside a message.

use jose::KeyId;

use super::WireError;
use super::read::Reader;
use super::write::Writer;
use crate::assurance::Assurance;
use crate::cookie::Purpose;
use crate::digest::Digest;
use crate::feed::SessionAnswer;
use crate::id::{Id, Kind as IdKind};
use crate::revocation::{LogEntry, Position, Target};
use crate::seq::Seq;
use crate::session::{Face, Origin, Session};
use crate::subject::Subject;
use crate::time::{BootTime, Span, Timestamp};

const NAME: usize = 64;
const HOST: usize = 255;
const KEY: usize = KeyId::MAX_LEN;
/// Methods of an authentication, and the longest one.
const AMR: (usize, usize) = (16, 64);
/// 200 characters of any alphabet.
const AGENT: usize = 800;
const NETWORK: usize = 64;

/// Shortest elements, in bytes: what a list is held against. A target with its sequence, an entry, a session with its
/// time, a route with its span, a sealing key with its id.
pub(super) const LEAST_MARK: usize = 8 + 1;
pub(super) const LEAST_ENTRY: usize = 8 + 8 + 1 + 32;
pub(super) const LEAST_SEEN: usize = 16 + 8;
pub(super) const LEAST_EXCEPTION: usize = 2 + 8;
pub(super) const LEAST_KEY: usize = 8 + 32;

impl Writer {
    pub(super) fn id<K: IdKind>(&mut self, id: &Id<K>) {
        self.raw(id.as_bytes());
    }

    pub(super) fn seq(&mut self, seq: Seq) {
        self.u64(seq.as_u64());
    }

    pub(super) fn digest(&mut self, digest: &Digest) {
        self.raw(digest.as_bytes());
    }

    pub(super) fn span(&mut self, span: Span) {
        self.u64(span.as_ms());
    }

    pub(super) fn time(&mut self, time: Timestamp) {
        self.u64(time.as_ms());
    }

    pub(super) fn boot(&mut self, time: BootTime) {
        self.u64(time.as_ms());
    }

    pub(super) fn name(&mut self, name: &str) {
        self.text(name, NAME);
    }

    pub(super) fn host(&mut self, host: &str) {
        self.text(host, HOST);
    }

    fn subject(&mut self, subject: &Subject) {
        match subject {
            Subject::User(id) => {
                self.byte(1);
                self.id(id);
            }
            Subject::Client(id) => {
                self.byte(2);
                self.name(id.as_str());
            }
        }
    }

    pub(super) fn purpose(&mut self, purpose: &Purpose) {
        match purpose {
            Purpose::Authority => self.byte(1),
            Purpose::Application(host) => {
                self.byte(2);
                self.host(host.as_str());
            }
        }
    }

    pub(super) fn target(&mut self, target: &Target) {
        match target {
            Target::All => self.byte(1),
            Target::Tenant(id) => self.tagged(2, |w| w.name(id.as_str())),
            Target::Client(id) => self.tagged(3, |w| w.name(id.as_str())),
            Target::Subject(id) => self.tagged(4, |w| w.subject(id)),
            Target::Device(id) => self.tagged(5, |w| w.id(id)),
            Target::Grant(id) => self.tagged(6, |w| w.id(id)),
            Target::Session(id) => self.tagged(7, |w| w.id(id)),
            Target::Jti(id) => self.tagged(8, |w| w.id(id)),
            Target::SessionSecret(id, generation) => self.tagged(9, |w| {
                w.id(id);
                w.u32(*generation);
            }),
            Target::Key(id) => self.tagged(10, |w| w.text(id.as_str(), KEY)),
        }
    }

    fn tagged(&mut self, tag: u8, write: impl FnOnce(&mut Self)) {
        self.byte(tag);
        write(self);
    }

    pub(super) fn entry(&mut self, entry: &LogEntry) {
        self.seq(entry.seq);
        self.time(entry.at);
        self.target(&entry.target);
        self.digest(&entry.digest);
    }

    pub(super) fn position(&mut self, at: &Position) {
        self.seq(at.rs);
        self.subject(&at.subject);
        self.option(at.tenant.as_ref(), |w, id| w.name(id.as_str()));
        self.option(at.client.as_ref(), |w, id| w.name(id.as_str()));
        self.option(at.device.as_ref(), Self::id);
        self.option(at.grant.as_ref(), Self::id);
        self.option(at.session.as_ref(), Self::id);
        self.option(at.jti.as_ref(), Self::id);
        self.option(at.generation, Self::u32);
        self.option(at.key.as_ref(), |w, id| w.text(id.as_str(), KEY));
    }

    pub(super) fn session_answer(&mut self, answer: &SessionAnswer) {
        self.session(&answer.session);
        self.face(&answer.face);
    }

    fn session(&mut self, s: &Session) {
        self.id(&s.id);
        self.subject(&s.subject);
        self.option(s.tenant.as_ref(), |w, id| w.name(id.as_str()));
        self.option(s.device.as_ref(), Self::id);
        self.seq(s.rs);
        self.u32(s.generation);
        self.byte(s.assurance.level());
        self.count(s.amr.len(), AMR.0);
        for method in &s.amr {
            self.text(method, AMR.1);
        }
        for time in [s.authenticated_at, s.created_at, s.active_at] {
            self.time(time);
        }
        self.span(s.idle);
        self.time(s.expires_at);
        self.text(&s.origin.network, NETWORK);
        self.text(&s.origin.agent, AGENT);
    }

    fn face(&mut self, face: &Face) {
        self.id(&face.session);
        self.purpose(&face.purpose);
        self.digest(&face.digest);
        self.u32(face.generation);
        self.option(face.previous.as_ref(), |w, (digest, until)| {
            w.digest(digest);
            w.time(*until);
        });
    }
}

impl Reader<'_> {
    pub(super) fn id<K: IdKind>(&mut self) -> Result<Id<K>, WireError> {
        self.array().map(Id::from_bytes)
    }

    pub(super) fn seq(&mut self) -> Result<Seq, WireError> {
        Seq::from_u64(self.u64()?).ok_or(WireError::Value("a position"))
    }

    pub(super) fn digest(&mut self) -> Result<Digest, WireError> {
        self.array().map(Digest::from_bytes)
    }

    pub(super) fn span(&mut self) -> Result<Span, WireError> {
        self.u64().map(Span::from_ms)
    }

    pub(super) fn time(&mut self) -> Result<Timestamp, WireError> {
        self.u64().map(Timestamp::from_ms)
    }

    pub(super) fn boot(&mut self) -> Result<BootTime, WireError> {
        self.u64().map(BootTime::from_ms)
    }

    pub(super) fn key_id(&mut self) -> Result<KeyId, WireError> {
        KeyId::new(self.text(KEY)?).map_err(|_| WireError::Value("a key id"))
    }

    fn subject(&mut self) -> Result<Subject, WireError> {
        match self.byte()? {
            1 => self.id().map(Subject::User),
            2 => self.parsed("a client id").map(Subject::Client),
            _ => Err(WireError::Value("a kind of subject")),
        }
    }

    pub(super) fn purpose(&mut self) -> Result<Purpose, WireError> {
        match self.byte()? {
            1 => Ok(Purpose::Authority),
            2 => self.parsed("a host").map(Purpose::Application),
            _ => Err(WireError::Value("a purpose")),
        }
    }

    pub(super) fn target(&mut self) -> Result<Target, WireError> {
        Ok(match self.byte()? {
            1 => Target::All,
            2 => Target::Tenant(self.parsed("a tenant id")?),
            3 => Target::Client(self.parsed("a client id")?),
            4 => Target::Subject(self.subject()?),
            5 => Target::Device(self.id()?),
            6 => Target::Grant(self.id()?),
            7 => Target::Session(self.id()?),
            8 => Target::Jti(self.id()?),
            9 => Target::SessionSecret(self.id()?, self.u32()?),
            10 => Target::Key(self.key_id()?),
            _ => return Err(WireError::Value("a class")),
        })
    }

    pub(super) fn entry(&mut self) -> Result<LogEntry, WireError> {
        Ok(LogEntry {
            seq: self.seq()?,
            at: self.time()?,
            target: self.target()?,
            digest: self.digest()?,
        })
    }

    pub(super) fn position(&mut self) -> Result<Position, WireError> {
        Ok(Position {
            rs: self.seq()?,
            subject: self.subject()?,
            tenant: self.option(|r| r.parsed("a tenant id"))?,
            client: self.option(|r| r.parsed("a client id"))?,
            device: self.option(Self::id)?,
            grant: self.option(Self::id)?,
            session: self.option(Self::id)?,
            jti: self.option(Self::id)?,
            generation: self.option(Self::u32)?,
            key: self.option(Self::key_id)?,
        })
    }

    pub(super) fn session_answer(&mut self) -> Result<SessionAnswer, WireError> {
        Ok(SessionAnswer {
            session: self.session()?,
            face: self.face()?,
        })
    }

    fn session(&mut self) -> Result<Session, WireError> {
        Ok(Session {
            id: self.id()?,
            subject: self.subject()?,
            tenant: self.option(|r| r.parsed("a tenant id"))?,
            device: self.option(Self::id)?,
            rs: self.seq()?,
            generation: self.u32()?,
            assurance: Assurance::from_level(self.byte()?).ok_or(WireError::Value("an assurance"))?,
            amr: self.list((AMR.0, 2), |r| r.text(AMR.1).map(str::to_owned))?,
            authenticated_at: self.time()?,
            created_at: self.time()?,
            active_at: self.time()?,
            idle: self.span()?,
            expires_at: self.time()?,
            origin: Origin {
                network: self.text(NETWORK)?.to_owned(),
                agent: self.text(AGENT)?.to_owned(),
            },
        })
    }

    fn face(&mut self) -> Result<Face, WireError> {
        Ok(Face {
            session: self.id()?,
            purpose: self.purpose()?,
            digest: self.digest()?,
            generation: self.u32()?,
            previous: self.option(|r| Ok((r.digest()?, r.time()?)))?,
        })
    }
}
