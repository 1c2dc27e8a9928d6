//! What stands in front of the map's look-ups: most credentials are named by no revocation, and the tables of a million
//! marks lie in no cache. It says of a key that it was never added, or that one has to look; it may only err towards
//! looking. Readers take no lock.
//!
//! A Bloom filter whose bits for one key lie in one word (Putze, Sanders, Singler: "Cache-, Hash- and Space-Efficient
//! Bloom Filters"). When it is full, a larger level is filled with every key there is and takes its place; the smaller
//! ones stay, since a reader may still be in them, and are a third of the largest together.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Words of the first level; each further one has four times as many. The last one has room for 67 million keys, and
/// beyond that more and more keys are looked for in vain.
const FIRST: usize = 64;
const LEVELS: usize = 10;
/// Keys for each word: 16 bits a key. Fewer than one key in fifty is looked for in vain.
const KEYS_PER_WORD: usize = 4;

type Words = Box<[AtomicU64]>;

/// The keys of all classes, as hashes.
#[derive(Debug, Default)]
pub(super) struct Filter {
    levels: [OnceLock<Words>; LEVELS],
    /// Which one is asked.
    current: AtomicUsize,
    /// Keys in it.
    keys: AtomicUsize,
}

/// One level, as a reader asks it.
#[derive(Clone, Copy)]
pub(super) struct View<'a>(&'a [AtomicU64]);

impl Filter {
    /// What is to be asked now.
    pub(super) fn view(&self) -> View<'_> {
        let level = self.levels.get(self.current.load(Ordering::Acquire));
        View(level.and_then(OnceLock::get).map_or(&[], |words| words))
    }

    /// Adds a key. One writer at a time: whoever adds holds off others.
    pub(super) fn add(&self, hash: u64) {
        let at = self.current.load(Ordering::Relaxed);
        let Some(level) = self.levels.get(at) else { return };
        if set(level.get_or_init(|| empty(at)), hash) {
            self.keys.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether a larger level is due.
    pub(super) fn is_full(&self) -> bool {
        let at = self.current.load(Ordering::Relaxed);
        at + 1 < LEVELS && self.keys.load(Ordering::Relaxed) > words_of(at) * KEYS_PER_WORD
    }

    /// Goes on to the next level, which holds these keys: all there are. One writer at a time.
    pub(super) fn grow(&self, hashes: impl Iterator<Item = u64>) {
        let next = self.current.load(Ordering::Relaxed) + 1;
        let Some(level) = self.levels.get(next) else {
            return;
        };
        let words = level.get_or_init(|| empty(next));
        let keys = hashes.filter(|hash| set(words, *hash)).count();
        self.keys.store(keys, Ordering::Relaxed);
        // Only now: a reader finds a level that holds all.
        self.current.store(next, Ordering::Release);
    }
}

impl View<'_> {
    /// Whether a key may have been added. If not, it surely was not.
    pub(super) fn may_hold(self, hash: u64) -> bool {
        let bits = bits(hash);
        word(self.0, hash).is_some_and(|word| word.load(Ordering::Acquire) & bits == bits)
    }
}

const fn words_of(level: usize) -> usize {
    FIRST << (2 * level)
}

fn empty(level: usize) -> Words {
    (0..words_of(level)).map(|_| AtomicU64::new(0)).collect()
}

/// Whether the key was new, as far as one can tell.
fn set(words: &[AtomicU64], hash: u64) -> bool {
    let bits = bits(hash);
    word(words, hash).is_some_and(|word| word.fetch_or(bits, Ordering::Release) & bits != bits)
}

/// The upper bits of a hash choose the word.
fn word(words: &[AtomicU64], hash: u64) -> Option<&AtomicU64> {
    let at = usize::try_from(hash >> 24).unwrap_or_default();
    words.get(at & words.len().wrapping_sub(1))
}

/// The lower ones four bits in it.
const fn bits(hash: u64) -> u64 {
    1 << (hash & 63) | 1 << (hash >> 6 & 63) | 1 << (hash >> 12 & 63) | 1 << (hash >> 18 & 63)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ahash::RandomState;

    #[test]
    fn what_was_added_is_found_at_every_size_and_little_else() {
        let (hash, filter) = (RandomState::new(), Filter::default());
        assert!(!filter.view().may_hold(hash.hash_one(1)), "nothing was added");
        for number in 0..20_000u32 {
            filter.add(hash.hash_one(number));
            if filter.is_full() {
                filter.grow((0..=number).map(|number| hash.hash_one(number)));
            }
            assert!(filter.view().may_hold(hash.hash_one(number)));
        }
        let view = filter.view();
        assert!((0..20_000u32).all(|number| view.may_hold(hash.hash_one(number))));
        let in_vain = (20_000..120_000u32).filter(|number| view.may_hold(hash.hash_one(number)));
        assert!(in_vain.count() < 2_000);
    }

    #[test]
    fn nothing_comes_after_the_last_level() {
        let filter = Filter::default();
        filter.current.store(LEVELS - 1, Ordering::Relaxed);
        filter.keys.store(usize::MAX / 2, Ordering::Relaxed);
        assert!(!filter.is_full());
        filter.grow(std::iter::empty());
        assert_eq!(filter.current.load(Ordering::Relaxed), LEVELS - 1);
    }
}
