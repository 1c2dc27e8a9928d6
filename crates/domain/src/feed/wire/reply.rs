//! What an authority answers.

use std::sync::Arc;

use jose::{JwkSet, KeySet, VerifyingKey};
use zeroize::Zeroizing;

use super::frame::{Frame, Kind};
use super::read::Reader;
use super::snapshot::SealedSnapshot;
use super::value::{LEAST_ENTRY, LEAST_KEY};
use super::version::{Version, Versions};
use super::write::Writer;
use super::{MAX_ENTRIES, WireError};
use crate::cookie::{SealingKey, SealingKeyId, SealingKeys};
use crate::digest::Digest;
use crate::feed::{Grant, HostJoin, KeyBundle, LeaseTerms, SessionAnswer, Word};
use crate::revocation::LogEntry;

/// Most keys of one kind.
const MAX_KEYS: usize = 64;
/// Longest value of a cookie.
const MAX_COOKIE: usize = 2048;

/// Why an authority does not do what was asked, as a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalWord {
    /// No version that both speak.
    Version,
    /// Not what the certificate names, or the greeting is missing.
    Edge,
    /// Not a request of this protocol.
    Malformed,
    /// The store, or the authority itself, cannot answer now.
    Unavailable,
    /// There are too many watermarks for one snapshot.
    TooLarge,
}

/// Everything that an authority may answer.
#[derive(Debug)]
pub enum Reply {
    /// The version that both will speak.
    Welcome(Version),
    /// Why not, and what the authority could speak.
    Refused(RefusalWord, Versions),
    /// Every watermark.
    Snapshot(SealedSnapshot),
    /// The edge has it.
    SnapshotSame(Digest),
    /// Entries in order; none: nothing was committed.
    Entries(Vec<LogEntry>),
    /// A lease.
    Granted(Grant),
    /// The position is not part of this log, or the edge is too slow for it: take a snapshot.
    Resynchronise,
    /// It is done.
    Done,
    /// The keys.
    Keys(KeyBundle),
    /// A session, if there is one.
    Session(Option<Box<SessionAnswer>>),
    /// Whether a position is revoked.
    Revoked(Word),
    /// What became of a host code.
    HostJoin(HostJoin),
    /// On the stream of entries: report activity now, under this number.
    ReportActivity(u64),
}

impl RefusalWord {
    const ALL: [(Self, &'static str, u8); 5] = [
        (Self::Version, "version", 1),
        (Self::Edge, "edge", 2),
        (Self::Malformed, "malformed", 3),
        (Self::Unavailable, "unavailable", 4),
        (Self::TooLarge, "too_large", 5),
    ];

    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(own, ..)| *own == self)
            .map_or("", |(_, word, _)| word)
    }
}

impl Reply {
    /// The frame of this answer.
    ///
    /// # Errors
    /// A value does not fit into its frame.
    pub fn encode(&self, version: Version) -> Result<Vec<u8>, WireError> {
        let version = match self {
            Self::Welcome(_) | Self::Refused(..) => Version::GREETING,
            _ => version,
        };
        let mut w = Writer::new(version, self.kind());
        match self {
            Self::Welcome(agreed) => w.byte(agreed.number()),
            Self::Refused(word, versions) => {
                let number = RefusalWord::ALL.iter().find(|(own, ..)| own == word);
                w.byte(number.map_or(0, |(.., number)| *number));
                w.byte(versions.oldest.number());
                w.byte(versions.newest.number());
            }
            Self::Snapshot(snapshot) => snapshot.write(&mut w),
            Self::SnapshotSame(digest) => w.digest(digest),
            Self::Entries(entries) => write_entries(&mut w, entries),
            Self::Granted(grant) => write_grant(&mut w, grant),
            Self::Resynchronise | Self::Done => {}
            Self::Keys(bundle) => write_keys(&mut w, bundle)?,
            Self::Session(answer) => w.option(answer.as_deref(), Writer::session_answer),
            Self::Revoked(word) => {
                w.byte(u8::from(word.revoked));
                w.span(word.carries);
            }
            Self::HostJoin(join) => write_join(&mut w, join),
            Self::ReportActivity(round) => w.u64(*round),
        }
        w.frame()
    }

    /// Reads an answer in the version that was agreed on. Without one only a greeting's answer is read.
    ///
    /// # Errors
    /// It is none, or not exactly one, or another version's.
    pub fn decode(frame: Frame<'_>, agreed: Version) -> Result<Self, WireError> {
        let expected = match frame.kind {
            Kind::Welcome | Kind::Refused => Version::GREETING,
            _ => agreed,
        };
        let greets = matches!(frame.kind, Kind::Welcome | Kind::Refused);
        if frame.version != expected || (agreed == Version::GREETING && !greets) {
            return Err(WireError::Version(frame.version.number()));
        }
        Reader::all(frame.message, |r| Self::read(frame.kind, r))
    }

    fn read(kind: Kind, r: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(match kind {
            Kind::Welcome => Self::Welcome(Version::new(r.byte()?)),
            Kind::Refused => Self::Refused(
                refusal_word(r.byte()?)?,
                Versions {
                    oldest: Version::new(r.byte()?),
                    newest: Version::new(r.byte()?),
                },
            ),
            Kind::Snapshot => Self::Snapshot(SealedSnapshot::read(r)?),
            Kind::SnapshotSame => Self::SnapshotSame(r.digest()?),
            Kind::Entries => Self::Entries(r.list((MAX_ENTRIES, LEAST_ENTRY), Reader::entry)?),
            Kind::Granted => Self::Granted(read_grant(r)?),
            Kind::Resynchronise => Self::Resynchronise,
            Kind::Done => Self::Done,
            Kind::Keys => Self::Keys(read_keys(r)?),
            Kind::Session => Self::Session(r.option(|r| r.session_answer().map(Box::new))?),
            Kind::Revoked => Self::Revoked(read_word(r)?),
            Kind::HostJoin => Self::HostJoin(read_join(r)?),
            Kind::ReportActivity => Self::ReportActivity(r.u64()?),
            other => return Err(WireError::Kind(other.number())),
        })
    }

    const fn kind(&self) -> Kind {
        match self {
            Self::Welcome(_) => Kind::Welcome,
            Self::Refused(..) => Kind::Refused,
            Self::Snapshot(_) => Kind::Snapshot,
            Self::SnapshotSame(_) => Kind::SnapshotSame,
            Self::Entries(_) => Kind::Entries,
            Self::Granted(_) => Kind::Granted,
            Self::Resynchronise => Kind::Resynchronise,
            Self::Done => Kind::Done,
            Self::Keys(_) => Kind::Keys,
            Self::Session(_) => Kind::Session,
            Self::Revoked(_) => Kind::Revoked,
            Self::HostJoin(_) => Kind::HostJoin,
            Self::ReportActivity(_) => Kind::ReportActivity,
        }
    }
}

fn refusal_word(number: u8) -> Result<RefusalWord, WireError> {
    let known = RefusalWord::ALL.iter().find(|(.., own)| *own == number);
    known.map(|(word, ..)| *word).ok_or(WireError::Value("a refusal"))
}

fn write_entries(w: &mut Writer, entries: &[LogEntry]) {
    w.count(entries.len(), MAX_ENTRIES);
    entries.iter().for_each(|entry| w.entry(entry));
}

fn write_grant(w: &mut Writer, grant: &Grant) {
    w.boot(grant.t0);
    w.seq(grant.frontier);
    w.span(grant.relay_age);
    w.span(grant.lease);
}

/// No lease is longer than the longest one, whoever says so.
fn read_grant(r: &mut Reader<'_>) -> Result<Grant, WireError> {
    let grant = Grant {
        t0: r.boot()?,
        frontier: r.seq()?,
        relay_age: r.span()?,
        lease: r.span()?,
    };
    if grant.lease > LeaseTerms::MAX || grant.relay_age > grant.lease {
        return Err(WireError::Value("a lease"));
    }
    Ok(grant)
}

/// No word carries longer than the longest lease.
fn read_word(r: &mut Reader<'_>) -> Result<Word, WireError> {
    let word = Word {
        revoked: r.flag()?,
        carries: r.span()?,
    };
    if word.carries > LeaseTerms::MAX {
        return Err(WireError::Value("a word"));
    }
    Ok(word)
}

fn write_keys(w: &mut Writer, bundle: &KeyBundle) -> Result<(), WireError> {
    let published = JwkSet::new(bundle.signing.iter().map(VerifyingKey::jwk).cloned());
    let published = published.and_then(|set| set.to_json());
    let published = published.map_err(|_| WireError::Value("a key set"))?;
    w.u64(bundle.version);
    w.count(published.len(), JwkSet::MAX_BYTES);
    w.raw(published.as_bytes());
    w.count(bundle.sealing.len(), MAX_KEYS);
    for key in bundle.sealing.iter() {
        w.raw(key.id().as_bytes());
        w.raw(key.danger_bits());
    }
    Ok(())
}

fn read_keys(r: &mut Reader<'_>) -> Result<KeyBundle, WireError> {
    let version = r.u64()?;
    let length = usize::try_from(r.u32()?).unwrap_or(usize::MAX);
    if length > JwkSet::MAX_BYTES {
        return Err(WireError::Value("a key set"));
    }
    let published = JwkSet::parse(r.raw(length)?)
        .ok()
        .filter(|set| set.skipped() == 0);
    let signing = published.and_then(|set| KeySet::from_jwk_set(&set).ok());
    let sealing = r.list((MAX_KEYS, LEAST_KEY), |r| {
        let id = SealingKeyId::from_bytes(r.array()?);
        Ok(Arc::new(SealingKey::from_parts(id, Zeroizing::new(r.array()?))))
    })?;
    Ok(KeyBundle {
        version,
        signing: signing.ok_or(WireError::Value("a key set"))?,
        sealing: SealingKeys::new(sealing),
    })
}

fn write_join(w: &mut Writer, join: &HostJoin) {
    match join {
        HostJoin::Refused => w.byte(0),
        HostJoin::Joined { cookie, expires_at } => {
            w.byte(1);
            w.text(cookie, MAX_COOKIE);
            w.time(*expires_at);
        }
    }
}

fn read_join(r: &mut Reader<'_>) -> Result<HostJoin, WireError> {
    if !r.flag()? {
        return Ok(HostJoin::Refused);
    }
    Ok(HostJoin::Joined {
        cookie: r.text(MAX_COOKIE)?.to_owned(),
        expires_at: r.time()?,
    })
}
