//! Verified credentials in memory: saves a signature or a question, and decides nothing. A keyed hash finds the place.
//! A token is known by all its bytes, a cookie by a name that nobody can find a second cookie for ([`CookieName`]).
//! Readers take no lock and allocate nothing; the number of places is fixed.

mod names;
mod shared;

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use ahash::RandomState;
use arc_swap::ArcSwapOption;
use domain::id::{Id, Session};
use domain::{Entropy, Timestamp};

pub(crate) use names::CookieName;
use names::CookieNames;
pub(crate) use shared::Commons;

use crate::facts::{Facts, Holder, Kind};

/// Places that one key may be in.
const WAYS: usize = 8;
/// Activity of evicted sessions that is kept until the next report.
const MAX_LEFT_OVER: usize = 65_536;
/// How much of a token's end finds its place: of its signature.
const TOKEN_END: usize = 32;

/// What a credential is remembered by.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key<'a> {
    /// The bytes of a token.
    Token(&'a [u8]),
    /// A cookie at a host.
    Cookie(CookieName),
}

/// Bounded memory of verified credentials.
pub(crate) struct Memory {
    sets: Box<[Set]>,
    hash: RandomState,
    cookies: CookieNames,
    numbers: AtomicU64,
    left_over: Mutex<Vec<(Id<Session>, Timestamp)>>,
    pub(crate) commons: Commons,
}

/// Places that belong together. The tags keep a search from what other credentials left; they decide nothing.
#[derive(Default)]
#[repr(align(32))]
struct Set {
    tags: [AtomicU32; WAYS],
    places: [ArcSwapOption<Facts>; WAYS],
}

/// A hit.
pub(crate) struct Remembered {
    pub(crate) holder: Holder,
    /// Whether it was verified under the present keys and policy.
    pub(crate) current: bool,
}

impl Memory {
    /// Room for at least `capacity` credentials.
    pub(crate) fn new(capacity: usize, entropy: &dyn Entropy) -> Self {
        let sets = capacity.div_ceil(WAYS).max(1);
        let mut seed = [0u8; 32];
        entropy.fill(&mut seed);
        let mut words = seed
            .chunks_exact(8)
            .map(|c| c.iter().fold(0u64, |n, b| (n << 8) | u64::from(*b)));
        let mut word = || words.next().unwrap_or_default();
        Self {
            sets: (0..sets).map(|_| Set::default()).collect(),
            hash: RandomState::with_seeds(word(), word(), word(), word()),
            cookies: CookieNames::new(entropy),
            numbers: AtomicU64::new(1),
            left_over: Mutex::new(Vec::new()),
            commons: Commons::default(),
        }
    }

    /// A number for a new entry.
    pub(crate) fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// What a cookie is known by: its value, and the host whose cookie it is; no host for the authority's own.
    pub(crate) fn cookie_name(&self, value: &[u8], host: Option<&str>) -> CookieName {
        self.cookies.name(value, host)
    }

    /// Looks a credential up.
    pub(crate) fn find(&self, key: Key<'_>, epoch: u32) -> Option<Remembered> {
        let (set, tag) = self.place(key)?;
        set.tagged(tag).find_map(|place| {
            let known = place.load();
            let known = known.as_ref().filter(|known| known.is(key))?;
            Some(Remembered {
                current: known.epoch.load(Ordering::Acquire) == epoch,
                holder: Holder(Arc::clone(known)),
            })
        })
    }

    /// Remembers a verified credential, in its own place if it had one, else in the least useful one of its set.
    pub(crate) fn insert(&self, key: Key<'_>, holder: Holder, now: Timestamp) {
        let Some((set, tag)) = self.place(key) else { return };
        let epoch = holder.0.epoch.load(Ordering::Relaxed);
        let worth = |place: &ArcSwapOption<Facts>| match place.load().as_ref() {
            Some(known) if known.is(key) => (0, Timestamp::default()),
            None => (1, Timestamp::default()),
            Some(known) if known.ends_at <= now => (2, Timestamp::default()),
            Some(known) if known.epoch.load(Ordering::Relaxed) != epoch => (3, Timestamp::default()),
            Some(known) => (4, known.last_used()),
        };
        let places = set.tags.iter().zip(&set.places);
        if let Some((own, place)) = places.min_by_key(|(_, place)| worth(place)) {
            let old = place.swap(Some(holder.0));
            own.store(tag, Ordering::Release);
            self.keep(old.and_then(|old| old.take_activity()));
        }
    }

    /// All activity that was not reported yet.
    pub(crate) fn take_activity(&self) -> Vec<(Id<Session>, Timestamp)> {
        let mut batch = match self.left_over.lock() {
            Ok(mut kept) => std::mem::take(&mut *kept),
            Err(_) => Vec::new(),
        };
        for place in self.sets.iter().flat_map(Set::taken) {
            batch.extend(place.load().as_ref().and_then(|known| known.take_activity()));
        }
        batch
    }

    /// Forgets credentials that have ended: nobody would ask for their place for a long time.
    pub(crate) fn let_go(&self, now: Timestamp) {
        for place in self.sets.iter().flat_map(Set::taken) {
            let known = place.load();
            if let Some(ended) = known.as_ref().filter(|known| known.ends_at <= now) {
                self.keep(ended.take_activity());
                place.compare_and_swap(&*known, None);
            }
        }
    }

    fn keep(&self, activity: Option<(Id<Session>, Timestamp)>) {
        if let (Some(one), Ok(mut kept)) = (activity, self.left_over.lock())
            && kept.len() < MAX_LEFT_OVER
        {
            kept.push(one);
        }
    }

    /// The set that a key may be in, and its tag there.
    fn place(&self, key: Key<'_>) -> Option<(&Set, u32)> {
        let hash = match key {
            // Signatures differ in their ends, and nobody can choose one that is accepted.
            Key::Token(text) => self.hash.hash_one(text.rchunks(TOKEN_END).next()),
            Key::Cookie(name) => name.hash(),
        };
        let at = usize::try_from(hash % self.sets.len().max(1) as u64).ok()?;
        // Empty places have tag 0.
        let tag = u32::try_from(hash >> 32).unwrap_or_default() | 1;
        Some((self.sets.get(at)?, tag))
    }
}

impl Set {
    fn tagged(&self, tag: u32) -> impl Iterator<Item = &ArcSwapOption<Facts>> {
        self.with_tags(move |own| own == tag)
    }

    /// Places that something was put into.
    fn taken(&self) -> impl Iterator<Item = &ArcSwapOption<Facts>> {
        self.with_tags(|own| own != 0)
    }

    fn with_tags(&self, fits: impl Fn(u32) -> bool) -> impl Iterator<Item = &ArcSwapOption<Facts>> {
        let places = self.tags.iter().zip(&self.places);
        places
            .filter(move |(own, _)| fits(own.load(Ordering::Acquire)))
            .map(|(_, place)| place)
    }
}

impl Facts {
    /// Every byte of a token. An early end of the comparison tells nothing: only who knows the text, or the hash's key,
    /// gets here with an equal tag.
    fn is(&self, key: Key<'_>) -> bool {
        match (key, &self.kind) {
            (Key::Token(text), Kind::Token(known)) => **known.text == *text,
            (Key::Cookie(name), Kind::Session(known)) => known.cookie == name,
            _ => false,
        }
    }

    /// It was verified again under a later epoch.
    pub(crate) fn renew(&self, epoch: u32) {
        self.epoch.fetch_max(epoch, Ordering::AcqRel);
    }
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Memory({} places)", self.sets.len() * WAYS)
    }
}

#[cfg(test)]
mod tests;
