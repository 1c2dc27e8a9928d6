//! An edge's memory of credentials, which forgets what was not used for longest: entry by entry, and as a law.

use std::collections::{BTreeMap, HashMap};

use super::traffic::Band;

/// What an edge remembers of a credential.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Entry {
    /// When it was verified, or answered for.
    pub(super) since_s: f64,
    /// When its activity was reported last.
    pub(super) reported_s: f64,
}

/// Least recently used goes first. Looked up by key only: nothing depends on the order of the hash map.
#[derive(Debug)]
pub(super) struct Memory {
    room: usize,
    stamp: u64,
    entries: HashMap<u64, (u64, Entry)>,
    by_use: BTreeMap<u64, u64>,
}

impl Memory {
    pub(super) fn new(room: u64) -> Self {
        Self {
            room: usize::try_from(room).unwrap_or(usize::MAX),
            stamp: 0,
            entries: HashMap::new(),
            by_use: BTreeMap::new(),
        }
    }

    /// An entry, without using it.
    pub(super) fn peek(&self, key: u64) -> Option<Entry> {
        self.entries.get(&key).map(|(_, entry)| *entry)
    }

    /// Uses or makes an entry, and forgets the oldest beyond the room.
    pub(super) fn put(&mut self, key: u64, entry: Entry) {
        self.stamp += 1;
        if let Some((old, _)) = self.entries.insert(key, (self.stamp, entry)) {
            self.by_use.remove(&old);
        }
        self.by_use.insert(self.stamp, key);
        if self.entries.len() > self.room
            && let Some((_, oldest)) = self.by_use.pop_first()
        {
            self.entries.remove(&oldest);
        }
    }
}

/// How long an entry outlives its last use, at the mean rate of requests: the time in which as many different credentials
/// are used as there is room for (Che, Tung and Wang 2002). Endless where all have room.
pub(super) fn outlives_s(bands: &[Band], here: f64, rate_per_s: f64, room: u64) -> f64 {
    let room = room as f64;
    let used = |time_s: f64| -> f64 {
        let each =
            |band: &Band| band.credentials * here * -libm::expm1(-rate_per_s * band.part_each * time_s);
        bands.iter().map(each).sum()
    };
    if bands.iter().map(|band| band.credentials * here).sum::<f64>() <= room {
        return f64::INFINITY;
    }
    let (mut low, mut high) = (1e-9, 1.0);
    while used(high) < room && high < 1e12 {
        high *= 2.0;
    }
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if used(middle) < room {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// Steps within the time that an entry outlives its last use.
const STEPS: usize = 24;
/// Of so many of these times the end of the answer no longer matters.
const LONG: f64 = 40.0;

/// Requests that are served by one kept answer, which ends after `ttl_s` or when it is not used for `outlives_s`.
pub(super) fn hits_of_an_answer(rate_per_s: f64, ttl_s: f64, outlives_s: f64) -> f64 {
    if rate_per_s <= 0.0 {
        return 0.0;
    }
    if outlives_s >= ttl_s {
        return rate_per_s * ttl_s;
    }
    let unused = libm::exp(-rate_per_s * outlives_s);
    if ttl_s / outlives_s > LONG {
        return (1.0 - unused) / unused.max(1e-300);
    }
    let (kept, step_s) = kept(rate_per_s, ttl_s, outlives_s);
    kept.iter().sum::<f64>() * step_s * rate_per_s
}

/// The part of answers still kept after a time, in steps: 1 at first, then less by those that were used last `outlives_s`
/// ago and not since.
fn kept(rate_per_s: f64, ttl_s: f64, outlives_s: f64) -> (Vec<f64>, f64) {
    let unused = libm::exp(-rate_per_s * outlives_s);
    let step_s = outlives_s / STEPS as f64;
    let steps = (ttl_s.min(outlives_s * LONG) / step_s) as usize;
    let mut kept = vec![1.0; STEPS];
    let mut now = 1.0 - unused;
    for at in STEPS..steps {
        kept.push(now);
        let then = kept.get(at - STEPS).copied().unwrap_or(1.0);
        now = (now - rate_per_s * unused * then * step_s).max(0.0);
    }
    kept.truncate(steps);
    (kept, step_s)
}

/// How old an answer is that is found kept, by a uniform draw.
pub(super) fn age_of_an_answer(unit: f64, rate_per_s: f64, ttl_s: f64, outlives_s: f64) -> f64 {
    if outlives_s >= ttl_s {
        return unit * ttl_s;
    }
    let (kept, step_s) = kept(rate_per_s, ttl_s, outlives_s);
    let wanted = unit * kept.iter().sum::<f64>();
    let mut younger = 0.0;
    for (at, part) in kept.iter().enumerate() {
        if younger + part >= wanted {
            return (at as f64 + (wanted - younger) / part.max(1e-300)) * step_s;
        }
        younger += part;
    }
    ttl_s
}

#[cfg(test)]
mod tests {
    use super::super::chance::{Chance, Stream};
    use super::*;

    fn entry(since_s: f64) -> Entry {
        Entry {
            since_s,
            reported_s: 0.0,
        }
    }

    #[test]
    fn the_least_recently_used_is_forgotten() {
        let mut memory = Memory::new(2);
        memory.put(1, entry(1.0));
        memory.put(2, entry(2.0));
        memory.put(1, entry(3.0));
        memory.put(3, entry(4.0));
        assert_eq!(memory.peek(1), Some(entry(3.0)));
        assert_eq!((memory.peek(2), memory.peek(3)), (None, Some(entry(4.0))));
    }

    /// One credential's requests, played: the law counts the same hits.
    #[test]
    fn the_law_of_an_answer_agrees_with_its_play() {
        let mut chance = Chance::new(11, Stream::Requests);
        for (rate, ttl, outlives) in [
            (0.5, 20.0, f64::INFINITY),
            (0.5, 20.0, 3.0),
            (2.0, 30.0, 1.0),
            (1.0, 500.0, 2.0),
        ] {
            let (mut hits, mut answers, mut now) = (0.0, 0.0, 0.0);
            let (mut answered, mut used) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
            for _ in 0..200_000 {
                now += chance.wait(rate);
                if now < answered + ttl && now < used + outlives {
                    hits += 1.0;
                } else {
                    answers += 1.0;
                    answered = now;
                }
                used = now;
            }
            let (played, law) = (hits / answers, hits_of_an_answer(rate, ttl, outlives));
            assert!(
                (played / law - 1.0).abs() < 0.03,
                "{rate} {ttl} {outlives}: played {played}, law {law}"
            );
        }
    }

    #[test]
    fn a_memory_of_equals_keeps_its_part() {
        let bands = [Band {
            credentials: 1000.0,
            part_each: 0.001,
        }];
        let outlives = outlives_s(&bands, 1.0, 10.0, 250);
        // 1 - exp(-rate of one * time) = a quarter.
        assert!((outlives / (-(0.75_f64.ln()) / 0.01) - 1.0).abs() < 1e-6);
        assert_eq!(outlives_s(&bands, 0.25, 10.0, 250), f64::INFINITY);
    }
}
