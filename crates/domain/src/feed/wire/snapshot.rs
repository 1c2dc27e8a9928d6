//! A snapshot has one spelling, and its name is the SHA-256 of that. It travels compressed (RFC 1951).

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use super::WireError;
use super::read::Reader;
use super::value::LEAST_MARK;
use super::write::Writer;
use crate::digest::Digest;
use crate::feed::{FeedHead, Snapshot};

/// Longest spelling, in bytes: some four million watermarks.
pub const MAX_SNAPSHOT: usize = 256 * 1024 * 1024;
/// Longest message: what cannot be compressed grows by a little.
pub(super) const MAX_SEALED: usize = MAX_SNAPSHOT + 1024 * 1024;

const MAX_MARKS: usize = MAX_SNAPSHOT / LEAST_MARK;

/// A snapshot on its way: compressed, under its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSnapshot {
    /// SHA-256 of the spelling.
    name: Digest,
    /// Length of the spelling.
    length: u32,
    compressed: Vec<u8>,
}

impl SealedSnapshot {
    /// Spells and compresses a snapshot.
    ///
    /// # Errors
    /// [`WireError::TooLong`].
    pub fn seal(snapshot: &Snapshot) -> Result<Self, WireError> {
        let plain = spell(snapshot)?;
        within_bounds(plain.len())?;
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        let compressed = encoder.write_all(&plain).and_then(|()| encoder.finish());
        Ok(Self {
            name: Digest::of(&plain),
            length: u32::try_from(plain.len()).map_err(|_| WireError::TooLong)?,
            compressed: compressed.map_err(|_| WireError::Value("a snapshot"))?,
        })
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> Digest {
        self.name
    }

    /// What it holds, if that is what its name says. Never unpacks more than the length that it claims, and that has a
    /// limit.
    ///
    /// # Errors
    /// It is not what it claims to be.
    pub fn open(&self) -> Result<Snapshot, WireError> {
        let length = usize::try_from(self.length).unwrap_or(usize::MAX);
        within_bounds(length)?;
        let (plain, read) = unpack(&self.compressed, u64::from(self.length))?;
        if plain.len() != length || read != self.compressed.len() || Digest::of(&plain) != self.name {
            return Err(WireError::Value("a snapshot"));
        }
        read_spelling(&plain)
    }

    pub(super) fn write(&self, w: &mut Writer) {
        w.digest(&self.name);
        w.u32(self.length);
        w.raw(&self.compressed);
    }

    pub(super) fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self {
            name: r.digest()?,
            length: r.u32()?,
            compressed: r.rest().to_vec(),
        })
    }
}

/// Unpacks, and says how many bytes that took. One byte more than `most` is enough to see that the claim is a lie.
pub(super) fn unpack(compressed: &[u8], most: u64) -> Result<(Vec<u8>, usize), WireError> {
    let mut plain = Vec::new();
    let mut decoder = DeflateDecoder::new(compressed).take(most.saturating_add(1));
    decoder
        .read_to_end(&mut plain)
        .map_err(|_| WireError::Value("a snapshot"))?;
    let read = usize::try_from(decoder.into_inner().total_in()).unwrap_or(usize::MAX);
    Ok((plain, read))
}

/// Whether a spelling may be so long.
const fn within_bounds(length: usize) -> Result<(), WireError> {
    if length > MAX_SNAPSHOT {
        return Err(WireError::TooLong);
    }
    Ok(())
}

/// Watermarks in the order of their targets: the same marks give the same bytes.
fn spell(snapshot: &Snapshot) -> Result<Vec<u8>, WireError> {
    let mut marks: Vec<_> = snapshot.marks.iter().collect();
    marks.sort_unstable();
    let mut w = Writer::bare();
    w.seq(snapshot.head.seq);
    w.digest(&snapshot.head.digest);
    w.count(marks.len(), MAX_MARKS);
    for (target, seq) in marks {
        w.seq(*seq);
        w.target(target);
    }
    w.message()
}

fn read_spelling(plain: &[u8]) -> Result<Snapshot, WireError> {
    let snapshot = Reader::all(plain, |r| {
        Ok(Snapshot {
            head: FeedHead {
                seq: r.seq()?,
                digest: r.digest()?,
            },
            marks: r.list((MAX_MARKS, LEAST_MARK), |r| {
                let seq = r.seq()?;
                Ok((r.target()?, seq))
            })?,
        })
    })?;
    // A mark above the head would be one of a log that nobody has.
    let head = snapshot.head.seq;
    let sound = snapshot.marks.iter().all(|(_, seq)| *seq <= head)
        && snapshot.marks.is_sorted_by(|left, right| left < right);
    if sound {
        Ok(snapshot)
    } else {
        Err(WireError::Value("a snapshot"))
    }
}
