//! Which version two sides speak. Hello, welcome and refusal are version 0: they look alike for ever.

/// A version of the frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(u8);

/// The versions that one side can speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Versions {
    /// The oldest one.
    pub oldest: Version,
    /// The newest one.
    pub newest: Version,
}

impl Version {
    /// How both sides greet each other.
    pub const GREETING: Self = Self(0);
    /// The first.
    pub const V1: Self = Self(1);

    /// From its number.
    #[must_use]
    pub const fn new(number: u8) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }
}

impl Versions {
    /// What this program speaks.
    pub const OURS: Self = Self {
        oldest: Version::V1,
        newest: Version::V1,
    };

    /// The newest version that both speak.
    #[must_use]
    pub fn agree(self, other: Self) -> Option<Version> {
        let newest = self.newest.min(other.newest);
        (newest >= self.oldest.max(other.oldest) && newest > Version::GREETING).then_some(newest)
    }

    /// Whether a version is among them.
    #[must_use]
    pub fn has(self, version: Version) -> bool {
        (self.oldest..=self.newest).contains(&version)
    }
}
