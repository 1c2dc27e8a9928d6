//! One entry of the log, and the chain of digests over all entries.

use crate::digest::Digest;
use crate::revocation::class::Target;
use crate::seq::Seq;
use crate::time::Timestamp;

/// A committed revocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Its place in the order.
    pub seq: Seq,
    /// What it revokes.
    pub target: Target,
    /// When it was committed, by the store's clock. Judged only for tokens of other issuers.
    pub at: Timestamp,
    /// The chain's digest up to and with this entry.
    pub digest: Digest,
}

/// The digest after an entry: over the digest before it and everything the entry says.
#[must_use]
pub fn chain(before: &Digest, seq: Seq, target: &Target, at: Timestamp) -> Digest {
    Digest::of_parts(&[
        before.as_bytes(),
        &seq.as_u64().to_be_bytes(),
        target.class().as_str().as_bytes(),
        target.key().unwrap_or_default().as_bytes(),
        &at.as_ms().to_be_bytes(),
    ])
}

impl LogEntry {
    /// Makes the entry that follows `before`.
    #[must_use]
    pub fn following(before: &Digest, seq: Seq, target: Target, at: Timestamp) -> Self {
        let digest = chain(before, seq, &target, at);
        Self {
            seq,
            target,
            at,
            digest,
        }
    }

    /// Whether this entry follows the given position: same epoch, next number, digest that fits.
    #[must_use]
    pub fn follows(&self, seq: Seq, before: &Digest) -> bool {
        seq.next() == Some(self.seq) && self.digest == chain(before, self.seq, &self.target, self.at)
    }
}
