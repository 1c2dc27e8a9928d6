//! What a cookie is remembered by: 128 bits of SipHash-2-4 under a key that is drawn at start and never leaves the process.
//!
//! Who passes for a remembered session must show a value whose name is that of a remembered one. SipHash-2-4 is a
//! pseudorandom function, and no name is ever shown: without the key every try hits one of a million names with
//! probability 2^-108. See `docs/DECISIONS/0015-cookies-remembered-by-name.md`.

use std::hash::Hasher;

use domain::Entropy;
use siphasher::sip128::{Hasher128, SipHasher24};
use zeroize::Zeroizing;

/// A cookie's value and host, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CookieName(u64, u64);

/// The key of all names of this process.
pub(super) struct CookieNames(Zeroizing<[u8; 16]>);

impl CookieNames {
    pub(super) fn new(entropy: &dyn Entropy) -> Self {
        let mut key = Zeroizing::new([0; 16]);
        entropy.fill(key.as_mut());
        Self(key)
    }

    /// Both parts have one reading: the host's length, or that there is none, comes first.
    pub(super) fn name(&self, value: &[u8], host: Option<&str>) -> CookieName {
        let mut hasher = SipHasher24::new_with_key(&self.0);
        hasher.write_u64(host.map_or(u64::MAX, |host| host.len() as u64));
        hasher.write(host.unwrap_or_default().as_bytes());
        hasher.write(value);
        let name = hasher.finish128();
        CookieName(name.h1, name.h2)
    }
}

impl CookieName {
    /// Where to look for it. As good as drawn.
    pub(super) const fn hash(self) -> u64 {
        self.0
    }

    #[cfg(test)]
    pub(super) const fn with_other_half(self) -> Self {
        Self(self.0, !self.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::testing::SeededEntropy;

    #[test]
    fn a_name_belongs_to_one_value_one_host_and_one_process() {
        let names = CookieNames::new(&SeededEntropy::new(1));
        let name = names.name(b"value", Some("app.example"));
        assert_eq!(name, names.name(b"value", Some("app.example")));
        let others = [
            names.name(b"valuf", Some("app.example")),
            names.name(b"value", Some("app.examplf")),
            names.name(b"evalue", Some("app.exampl")),
            names.name(b"value", None),
            names.name(b"value", Some("")),
            names.name(b"app.examplevalue", None),
            CookieNames::new(&SeededEntropy::new(2)).name(b"value", Some("app.example")),
        ];
        assert!(others.iter().all(|other| *other != name), "{others:?}");
        assert_ne!(others[3], others[4]);
    }
}
