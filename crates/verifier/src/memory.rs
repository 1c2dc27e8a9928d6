//! Verified credentials in memory: saves a signature or a question, and decides nothing. A keyed hash finds the slot;
//! equality of all bytes decides. Readers take no lock and allocate nothing; the number of slots is fixed.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use ahash::RandomState;
use arc_swap::ArcSwapOption;
use domain::cookie::Purpose;
use domain::id::{Id, Session};
use domain::{Entropy, Timestamp};
use zeroize::Zeroizing;

use crate::facts::Holder;

/// Slots that one key may be in.
const WAYS: usize = 4;
/// Activity of evicted sessions that is kept until the next report.
const MAX_LEFT_OVER: usize = 65_536;

/// What a credential is remembered by.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Key<'a> {
    /// The bytes of a token.
    Token(&'a [u8]),
    /// The value of a cookie, and the host whose cookie it is; no host for the authority's own.
    Cookie(&'a [u8], Option<&'a str>),
}

/// Bounded memory of verified credentials.
pub(crate) struct Memory {
    slots: Box<[ArcSwapOption<Slot>]>,
    sets: u64,
    hash: RandomState,
    numbers: AtomicU64,
    left_over: Mutex<Vec<(Id<Session>, Timestamp)>>,
}

struct Slot {
    tag: u64,
    text: Zeroizing<Box<[u8]>>,
    host: Option<String>,
    is_token: bool,
    epoch: AtomicU64,
    ends_at: Timestamp,
    holder: Holder,
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
            slots: (0..sets * WAYS).map(|_| ArcSwapOption::empty()).collect(),
            sets: sets as u64,
            hash: RandomState::with_seeds(word(), word(), word(), word()),
            numbers: AtomicU64::new(1),
            left_over: Mutex::new(Vec::new()),
        }
    }

    /// A number for a new entry.
    pub(crate) fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// Looks a credential up.
    pub(crate) fn find(&self, key: Key<'_>, epoch: u64) -> Option<Remembered> {
        let tag = self.hash.hash_one(key);
        self.set(tag).iter().find_map(|place| {
            let slot = place.load();
            let slot = slot.as_ref().filter(|slot| slot.tag == tag && slot.is(key))?;
            let current = slot.epoch.load(Ordering::Acquire) == epoch;
            Some(Remembered {
                holder: slot.holder.clone(),
                current,
            })
        })
    }

    /// An entry was verified again under a later epoch.
    pub(crate) fn renew(&self, key: Key<'_>, epoch: u64) {
        let tag = self.hash.hash_one(key);
        for place in self.set(tag) {
            if let Some(slot) = place
                .load()
                .as_ref()
                .filter(|slot| slot.tag == tag && slot.is(key))
            {
                slot.epoch.fetch_max(epoch, Ordering::AcqRel);
            }
        }
    }

    /// Remembers a verified credential, in its own place if it had one, else in the least useful one of its set.
    pub(crate) fn insert(&self, key: Key<'_>, holder: Holder, life: (u64, Timestamp), now: Timestamp) {
        let (epoch, ends_at) = life;
        let tag = self.hash.hash_one(key);
        let (text, host, is_token) = match key {
            Key::Token(text) => (text, None, true),
            Key::Cookie(text, host) => (text, host.map(str::to_owned), false),
        };
        let slot = Slot {
            tag,
            text: Zeroizing::new(text.into()),
            host,
            is_token,
            epoch: AtomicU64::new(epoch),
            ends_at,
            holder,
        };
        let set = self.set(tag);
        let worth = |place: &&ArcSwapOption<Slot>| match place.load().as_ref() {
            Some(slot) if slot.tag == tag && slot.is(key) => (0, 0),
            None => (1, 0),
            Some(slot) if slot.ends_at <= now => (2, 0),
            Some(slot) if slot.epoch.load(Ordering::Relaxed) != epoch => (3, 0),
            Some(slot) => (4, slot.last_used()),
        };
        if let Some(place) = set.iter().min_by_key(worth) {
            let old = place.swap(Some(std::sync::Arc::new(slot)));
            if let Some(Holder::Session(facts)) = old.as_ref().map(|slot| &slot.holder) {
                self.keep(facts.take_activity());
            }
        }
    }

    /// All activity that was not reported yet.
    pub(crate) fn take_activity(&self) -> Vec<(Id<Session>, Timestamp)> {
        let mut batch = match self.left_over.lock() {
            Ok(mut kept) => std::mem::take(&mut *kept),
            Err(_) => Vec::new(),
        };
        for place in &self.slots {
            if let Some(Holder::Session(facts)) = place.load().as_ref().map(|slot| &slot.holder) {
                batch.extend(facts.take_activity());
            }
        }
        batch
    }

    fn keep(&self, activity: Option<(Id<Session>, Timestamp)>) {
        if let (Some(one), Ok(mut kept)) = (activity, self.left_over.lock())
            && kept.len() < MAX_LEFT_OVER
        {
            kept.push(one);
        }
    }

    fn set(&self, tag: u64) -> &[ArcSwapOption<Slot>] {
        let start = usize::try_from(tag % self.sets).unwrap_or(0) * WAYS;
        self.slots.get(start..start + WAYS).unwrap_or_default()
    }
}

impl Slot {
    /// Every byte. An early end of the comparison tells nothing: only who knows the text, or the hash's key, gets
    /// here with an equal tag.
    fn is(&self, key: Key<'_>) -> bool {
        match key {
            Key::Token(text) => self.is_token && **self.text == *text,
            Key::Cookie(text, host) => !self.is_token && self.host.as_deref() == host && **self.text == *text,
        }
    }

    fn last_used(&self) -> u64 {
        match &self.holder {
            Holder::Session(facts) => facts.active_at().as_ms(),
            Holder::Token(facts) => facts.claims.iat.saturating_mul(1000),
        }
    }
}

/// Which cookie of a session: the key's host.
pub(crate) fn host_of(purpose: &Purpose) -> Option<&str> {
    match purpose {
        Purpose::Authority => None,
        Purpose::Application(host) => Some(host.as_str()),
    }
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Memory({} slots)", self.slots.len())
    }
}
