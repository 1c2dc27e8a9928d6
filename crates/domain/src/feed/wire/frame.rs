//! A frame: version, kind, length, message.

use super::WireError;
use super::version::Version;

/// Bytes before a message: version, kind, and its length as 32 bits.
pub const HEADER_LEN: usize = 6;

const SMALL: usize = 4 * 1024;
const BATCH: usize = 1024 * 1024;

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is the message of the same name")]
pub enum Kind {
    Hello,
    SnapshotWanted,
    Follow,
    EntriesWanted,
    Renew,
    Acknowledge,
    KeysWanted,
    SessionWanted,
    Activity,
    IsRevoked,
    RedeemHostCode,
    Welcome,
    Refused,
    Snapshot,
    SnapshotSame,
    Entries,
    Granted,
    Resynchronise,
    Done,
    Keys,
    Session,
    Revoked,
    HostJoin,
    ReportActivity,
}

/// One frame. What it says is not looked at yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Its version.
    pub version: Version,
    /// What it is.
    pub kind: Kind,
    /// Its message.
    pub message: &'a [u8],
}

/// Collects the bytes of a stream until they are a frame. Holds one frame and what came with it.
#[derive(Debug, Default)]
pub struct FrameBuffer(Vec<u8>);

const KINDS: [(Kind, u8); 24] = [
    (Kind::Hello, 0x01),
    (Kind::SnapshotWanted, 0x02),
    (Kind::Follow, 0x03),
    (Kind::EntriesWanted, 0x04),
    (Kind::Renew, 0x05),
    (Kind::Acknowledge, 0x06),
    (Kind::KeysWanted, 0x07),
    (Kind::SessionWanted, 0x08),
    (Kind::Activity, 0x09),
    (Kind::IsRevoked, 0x0a),
    (Kind::RedeemHostCode, 0x0b),
    (Kind::Welcome, 0x41),
    (Kind::Refused, 0x42),
    (Kind::Snapshot, 0x43),
    (Kind::SnapshotSame, 0x44),
    (Kind::Entries, 0x45),
    (Kind::Granted, 0x46),
    (Kind::Resynchronise, 0x47),
    (Kind::Done, 0x48),
    (Kind::Keys, 0x49),
    (Kind::Session, 0x4a),
    (Kind::Revoked, 0x4b),
    (Kind::HostJoin, 0x4c),
    (Kind::ReportActivity, 0x4d),
];

impl Kind {
    /// Its number on the wire.
    #[must_use]
    pub fn number(self) -> u8 {
        KINDS
            .iter()
            .find(|(kind, _)| *kind == self)
            .map_or(0, |(_, number)| *number)
    }

    fn from_number(number: u8) -> Result<Self, WireError> {
        let known = KINDS.iter().find(|(_, own)| *own == number);
        known.map(|(kind, _)| *kind).ok_or(WireError::Kind(number))
    }

    /// Longest message of this kind, in bytes.
    #[must_use]
    pub const fn most(self) -> usize {
        match self {
            Self::Snapshot => super::snapshot::MAX_SEALED,
            Self::Entries => BATCH,
            Self::Hello | Self::Activity | Self::Keys => 512 * 1024,
            Self::SessionWanted | Self::IsRevoked | Self::Session | Self::RedeemHostCode | Self::HostJoin => {
                SMALL
            }
            _ => 1024,
        }
    }
}

impl<'a> Frame<'a> {
    /// The one frame that these bytes are.
    ///
    /// # Errors
    /// They are none, or more than one.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, WireError> {
        let (frame, rest) = Self::split(bytes)?.ok_or(WireError::Short)?;
        if rest.is_empty() {
            Ok(frame)
        } else {
            Err(WireError::Trailing)
        }
    }

    /// The first frame and what is behind it; nothing while it is not complete.
    fn split(bytes: &'a [u8]) -> Result<Option<(Self, &'a [u8])>, WireError> {
        let Some((header, rest)) = bytes.split_first_chunk::<HEADER_LEN>() else {
            return Ok(None);
        };
        let [version, kind, length @ ..] = *header;
        let kind = Kind::from_number(kind)?;
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if length > kind.most() {
            return Err(WireError::TooLong);
        }
        Ok(rest.split_at_checked(length).map(|(message, rest)| {
            let frame = Self {
                version: Version::new(version),
                kind,
                message,
            };
            (frame, rest)
        }))
    }
}

impl FrameBuffer {
    /// Adds what has arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Takes the first frame as `read` understands it; nothing while it is not complete.
    ///
    /// # Errors
    /// The bytes are no frame, or `read` refuses it: the stream is of no further use.
    pub fn take<T>(
        &mut self,
        read: impl FnOnce(Frame<'_>) -> Result<T, WireError>,
    ) -> Result<Option<T>, WireError> {
        let Some((frame, rest)) = Frame::split(&self.0)? else {
            return Ok(None);
        };
        let (value, left) = (read(frame)?, rest.len());
        self.0.drain(..self.0.len() - left);
        Ok(Some(value))
    }
}
