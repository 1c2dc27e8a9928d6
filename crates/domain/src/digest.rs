//! SHA-256 digests: what a store keeps of a secret.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use subtle::ConstantTimeEq;

/// 32 bytes of SHA-256. Compared in constant time; shown shortened.
#[derive(Clone, Copy)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Of one byte string.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut out = [0u8; 32];
        for (slot, byte) in out.iter_mut().zip(digest(&SHA256, bytes).as_ref()) {
            *slot = *byte;
        }
        Self(out)
    }

    /// Of several parts, each preceded by its length, so that no two lists of parts share an input.
    #[must_use]
    pub fn of_parts(parts: &[&[u8]]) -> Self {
        let mut input = Vec::with_capacity(parts.iter().map(|p| p.len() + 8).sum());
        for part in parts {
            input.extend_from_slice(&(part.len() as u64).to_be_bytes());
            input.extend_from_slice(part);
        }
        Self::of(&input)
    }

    /// From the bytes that a store kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}
impl Eq for Digest {}

impl std::hash::Hash for Digest {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl PartialOrd for Digest {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Digest {
    /// An order for maps of digests; what is ordered is public to whoever holds the store.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0 {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "Digest({a:02x}{b:02x}{c:02x}{d:02x}..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answer_and_parts_do_not_run_together() {
        assert!(Digest::of(b"abc").to_string().starts_with("ba7816bf8f01cfea"));
        assert_ne!(Digest::of_parts(&[b"ab", b"c"]), Digest::of_parts(&[b"a", b"bc"]));
        assert!(format!("{:?}", Digest::of(b"abc")).len() < 20);
    }
}
