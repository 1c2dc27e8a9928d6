//! What an edge says.

use super::frame::{Frame, Kind};
use super::read::Reader;
use super::value::{LEAST_EXCEPTION, LEAST_SEEN};
use super::version::{Version, Versions};
use super::write::Writer;
use super::{MAX_ACTIVITY, MAX_EXCEPTIONS, MAX_ROUTE_NAME, WireError};
use crate::cookie::Purpose;
use crate::digest::Digest;
use crate::feed::{EdgeName, Renewal, StalenessPolicy};
use crate::id::{Id, Incarnation, Session};
use crate::name::Host;
use crate::revocation::Position;
use crate::secret::{FlowSecret, HostCode, Secret};
use crate::seq::Seq;
use crate::time::{Span, Timestamp};

/// How an edge begins a connection, and says anew which routes have a written exception.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hello {
    /// What it can speak.
    pub versions: Versions,
    /// Who it is: held against its certificate.
    pub edge: EdgeName,
    /// Which start of it: all that is said on this connection is said by this one.
    pub start: Id<Incarnation>,
    /// Its routes that go on accepting for a while after its lease.
    pub exceptions: Vec<(String, Span)>,
}

/// Everything that an edge may say.
#[derive(Debug)]
pub enum Request {
    /// The greeting.
    Hello(Hello),
    /// Every watermark at the head, unless the edge has applied the snapshot of this name.
    SnapshotWanted {
        /// Name of the snapshot that it has.
        have: Option<Digest>,
    },
    /// Entries after a position, for as long as the connection lives.
    Follow {
        /// What is applied already.
        after: Seq,
    },
    /// Entries after a position that are committed now.
    EntriesWanted {
        /// What is applied already.
        after: Seq,
    },
    /// A lease.
    Renew(Renewal),
    /// The log is applied up to a position.
    Acknowledge {
        /// Who says so.
        edge: EdgeName,
        /// Which start of it.
        incarnation: Id<Incarnation>,
        /// Up to here.
        frontier: Seq,
    },
    /// The keys, once they differ from those of this version, or after the time.
    KeysWanted {
        /// Who asks; it confirms what it holds.
        edge: EdgeName,
        /// The version that it holds.
        known: Option<u64>,
        /// How long the answer may wait.
        wait: Span,
    },
    /// A session with its face at a host.
    SessionWanted {
        /// Which.
        id: Id<Session>,
        /// Where.
        purpose: Purpose,
    },
    /// Sessions with the time at which each was last used.
    Activity {
        /// The authority's question that this answers in full.
        round: Option<u64>,
        /// What was seen.
        seen: Vec<(Id<Session>, Timestamp)>,
    },
    /// Whether a position is revoked, in a reading that starts now.
    IsRevoked(Box<Position>),
    /// A one-time code for a host's own cookie.
    RedeemHostCode {
        /// The code.
        code: Secret<HostCode>,
        /// The browser's half.
        flow: Secret<FlowSecret>,
        /// The host.
        host: Host,
    },
}

impl Request {
    /// The frame of this request.
    ///
    /// # Errors
    /// A value does not fit into its frame.
    pub fn encode(&self, version: Version) -> Result<Vec<u8>, WireError> {
        let (kind, version) = (self.kind(), self.version(version));
        let mut w = Writer::new(version, kind);
        match self {
            Self::Hello(hello) => hello.write(&mut w),
            Self::SnapshotWanted { have } => w.option(have.as_ref(), Writer::digest),
            Self::Follow { after } | Self::EntriesWanted { after } => w.seq(*after),
            Self::Renew(renewal) => {
                w.name(renewal.edge.as_str());
                w.id(&renewal.incarnation);
                w.boot(renewal.t0);
                w.seq(renewal.frontier);
                w.digest(&renewal.digest);
            }
            Self::Acknowledge {
                edge,
                incarnation,
                frontier,
            } => {
                w.name(edge.as_str());
                w.id(incarnation);
                w.seq(*frontier);
            }
            Self::KeysWanted { edge, known, wait } => {
                w.name(edge.as_str());
                w.option(*known, Writer::u64);
                w.span(*wait);
            }
            Self::SessionWanted { id, purpose } => {
                w.id(id);
                w.purpose(purpose);
            }
            Self::Activity { round, seen } => {
                w.option(*round, Writer::u64);
                w.count(seen.len(), MAX_ACTIVITY);
                for (id, at) in seen {
                    w.id(id);
                    w.time(*at);
                }
            }
            Self::IsRevoked(position) => w.position(position),
            Self::RedeemHostCode { code, flow, host } => {
                w.raw(code.bits());
                w.raw(flow.bits());
                w.host(host.as_str());
            }
        }
        w.frame()
    }

    /// Reads a request. Whose version must be judged by the caller: it is the frame's.
    ///
    /// # Errors
    /// It is none, or not exactly one.
    pub fn decode(frame: Frame<'_>) -> Result<Self, WireError> {
        let greeting = frame.kind == Kind::Hello;
        if greeting != (frame.version == Version::GREETING) {
            return Err(WireError::Version(frame.version.number()));
        }
        Reader::all(frame.message, |r| Self::read(frame.kind, r))
    }

    fn read(kind: Kind, r: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(match kind {
            Kind::Hello => Self::Hello(Hello::read(r)?),
            Kind::SnapshotWanted => Self::SnapshotWanted {
                have: r.option(Reader::digest)?,
            },
            Kind::Follow => Self::Follow { after: r.seq()? },
            Kind::EntriesWanted => Self::EntriesWanted { after: r.seq()? },
            Kind::Renew => Self::Renew(Renewal {
                edge: r.parsed("an edge's name")?,
                incarnation: r.id()?,
                t0: r.boot()?,
                frontier: r.seq()?,
                digest: r.digest()?,
            }),
            Kind::Acknowledge => Self::Acknowledge {
                edge: r.parsed("an edge's name")?,
                incarnation: r.id()?,
                frontier: r.seq()?,
            },
            Kind::KeysWanted => Self::KeysWanted {
                edge: r.parsed("an edge's name")?,
                known: r.option(Reader::u64)?,
                wait: r.span()?,
            },
            Kind::SessionWanted => Self::SessionWanted {
                id: r.id()?,
                purpose: r.purpose()?,
            },
            Kind::Activity => Self::Activity {
                round: r.option(Reader::u64)?,
                seen: r.list((MAX_ACTIVITY, LEAST_SEEN), |r| Ok((r.id()?, r.time()?)))?,
            },
            Kind::IsRevoked => Self::IsRevoked(Box::new(r.position()?)),
            Kind::RedeemHostCode => Self::RedeemHostCode {
                code: Secret::from_bytes(r.array()?),
                flow: Secret::from_bytes(r.array()?),
                host: r.parsed("a host")?,
            },
            other => return Err(WireError::Kind(other.number())),
        })
    }

    const fn kind(&self) -> Kind {
        match self {
            Self::Hello(_) => Kind::Hello,
            Self::SnapshotWanted { .. } => Kind::SnapshotWanted,
            Self::Follow { .. } => Kind::Follow,
            Self::EntriesWanted { .. } => Kind::EntriesWanted,
            Self::Renew(_) => Kind::Renew,
            Self::Acknowledge { .. } => Kind::Acknowledge,
            Self::KeysWanted { .. } => Kind::KeysWanted,
            Self::SessionWanted { .. } => Kind::SessionWanted,
            Self::Activity { .. } => Kind::Activity,
            Self::IsRevoked(_) => Kind::IsRevoked,
            Self::RedeemHostCode { .. } => Kind::RedeemHostCode,
        }
    }

    const fn version(&self, agreed: Version) -> Version {
        match self {
            Self::Hello(_) => Version::GREETING,
            _ => agreed,
        }
    }
}

impl Hello {
    fn write(&self, w: &mut Writer) {
        w.byte(self.versions.oldest.number());
        w.byte(self.versions.newest.number());
        w.name(self.edge.as_str());
        w.id(&self.start);
        w.count(self.exceptions.len(), MAX_EXCEPTIONS);
        for (route, beyond) in &self.exceptions {
            w.text(route, MAX_ROUTE_NAME);
            w.span(*beyond);
        }
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self {
            versions: Versions {
                oldest: Version::new(r.byte()?),
                newest: Version::new(r.byte()?),
            },
            edge: r.parsed("an edge's name")?,
            start: r.id()?,
            exceptions: r.list((MAX_EXCEPTIONS, LEAST_EXCEPTION), read_exception)?,
        })
    }
}

/// No exception is longer than the longest one, whoever declares it: an authority keeps it in mind so long.
fn read_exception(r: &mut Reader<'_>) -> Result<(String, Span), WireError> {
    let (route, beyond) = (r.text(MAX_ROUTE_NAME)?.to_owned(), r.span()?);
    if beyond > StalenessPolicy::LONGEST_EXCEPTION {
        return Err(WireError::Value("an exception"));
    }
    Ok((route, beyond))
}
