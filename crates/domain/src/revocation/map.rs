//! The map that every edge judges by: for each key of each class, the highest sequence at which it was revoked.
//!
//! Readers take no lock (papaya): a check looks up at most nine keys and allocates nothing; a filter says of most of them
//! that they are not there. Entries are applied in any number of threads' sight; a half-applied batch refuses more, never
//! less, and the frontier is moved only after it.

mod filter;

use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use ahash::RandomState;
use jose::KeyId;
use papaya::HashMap;

use super::class::{Class, Target};
use super::position::Position;
use crate::id::{Device, Grant, Id, Session, Token};
use crate::name::{ClientId, TenantId};
use crate::seq::Seq;
use crate::subject::Subject;
use filter::{Filter, View};

type Marks<K> = HashMap<K, Seq, RandomState>;

/// Whether a position is revoked, and by which class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// Nothing in the map covers it.
    Clear,
    /// Covered by a watermark of this class.
    Revoked(Class),
}

/// Watermarks by class. One-way: a mark only rises.
#[derive(Debug, Default)]
pub struct RevocationMap {
    all: AtomicU64,
    tenants: Marks<TenantId>,
    clients: Marks<ClientId>,
    subjects: Marks<Subject>,
    devices: Marks<Id<Device>>,
    grants: Marks<Id<Grant>>,
    sessions: Marks<Id<Session>>,
    tokens: Marks<Id<Token>>,
    generations: HashMap<Id<Session>, u32, RandomState>,
    keys: Marks<KeyId>,
    /// Every key of every class, by its hash.
    filter: Filter,
    hash: RandomState,
    /// Whoever adds to the filter.
    adding: Mutex<()>,
}

impl RevocationMap {
    /// Raises the mark of a target. Applying an entry twice, or an older one late, changes nothing.
    pub fn apply(&self, target: &Target, seq: Seq) {
        self.raise(target, seq);
        if let Some(hash) = self.hash_of(target) {
            let _one = self.adding.lock().unwrap_or_else(PoisonError::into_inner);
            self.filter.add(hash);
            if self.filter.is_full() {
                self.grow();
            }
        }
    }

    fn raise(&self, target: &Target, seq: Seq) {
        match target {
            Target::All => {
                self.all.fetch_max(seq.as_u64(), Ordering::Release);
            }
            Target::Tenant(key) => raise(&self.tenants, key, seq),
            Target::Client(key) => raise(&self.clients, key, seq),
            Target::Subject(key) => raise(&self.subjects, key, seq),
            Target::Device(key) => raise(&self.devices, key, seq),
            Target::Grant(key) => raise(&self.grants, key, seq),
            Target::Session(key) => raise(&self.sessions, key, seq),
            Target::Jti(key) => raise(&self.tokens, key, seq),
            Target::Key(key) => raise(&self.keys, key, seq),
            Target::SessionSecret(key, generation) => {
                let marks = self.generations.pin();
                marks.update_or_insert(*key, |old| (*old).max(*generation), *generation);
            }
        }
    }

    /// Judges one credential. Pure look-ups: no lock, no allocation, no I/O.
    #[must_use]
    pub fn judge(&self, at: &Position) -> Judgement {
        let rs = at.rs;
        if rs.as_u64() < self.all.load(Ordering::Acquire) {
            return Judgement::Revoked(Class::All);
        }
        let (filter, hash) = (self.filter.view(), &self.hash);
        let session = known(filter, hash, at.session.as_ref());
        let found = [
            (
                Class::Subject,
                below(&self.subjects, known(filter, hash, Some(&at.subject)), rs),
            ),
            (Class::Session, below(&self.sessions, session, rs)),
            (
                Class::Grant,
                below(&self.grants, known(filter, hash, at.grant.as_ref()), rs),
            ),
            (
                Class::Client,
                below(&self.clients, known(filter, hash, at.client.as_ref()), rs),
            ),
            (
                Class::Tenant,
                below(&self.tenants, known(filter, hash, at.tenant.as_ref()), rs),
            ),
            (
                Class::Device,
                below(&self.devices, known(filter, hash, at.device.as_ref()), rs),
            ),
            (
                Class::Jti,
                below(&self.tokens, known(filter, hash, at.jti.as_ref()), rs),
            ),
            (Class::SessionSecret, self.outdated(session, at.generation)),
            // Absolute: a thief of the key chooses `rs`, so it is not asked.
            (
                Class::Key,
                known(filter, hash, at.key.as_ref()).is_some_and(|k| self.keys.pin().contains_key(k)),
            ),
        ];
        found
            .iter()
            .find(|(_, hit)| *hit)
            .map_or(Judgement::Clear, |(class, _)| Judgement::Revoked(*class))
    }

    /// Number of watermarks held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tenants.len()
            + self.clients.len()
            + self.subjects.len()
            + self.devices.len()
            + self.grants.len()
            + self.sessions.len()
            + self.tokens.len()
            + self.generations.len()
            + self.keys.len()
            + usize::from(self.all.load(Ordering::Relaxed) > 0)
    }

    /// Whether nothing was ever revoked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What the filter knows a target's key by. A session's secrets go by the session's id.
    fn hash_of(&self, target: &Target) -> Option<u64> {
        Some(match target {
            Target::All => return None,
            Target::Tenant(key) => self.hash.hash_one(key),
            Target::Client(key) => self.hash.hash_one(key),
            Target::Subject(key) => self.hash.hash_one(key),
            Target::Device(key) => self.hash.hash_one(key),
            Target::Grant(key) => self.hash.hash_one(key),
            Target::Session(key) | Target::SessionSecret(key, _) => self.hash.hash_one(key),
            Target::Jti(key) => self.hash.hash_one(key),
            Target::Key(key) => self.hash.hash_one(key),
        })
    }

    /// A larger filter, of all keys that are marked. Whoever is raising another adds it afterwards.
    fn grow(&self) {
        let (tenants, clients) = (self.tenants.pin(), self.clients.pin());
        let (subjects, devices) = (self.subjects.pin(), self.devices.pin());
        let (grants, sessions) = (self.grants.pin(), self.sessions.pin());
        let (tokens, generations) = (self.tokens.pin(), self.generations.pin());
        let (keys, hash) = (self.keys.pin(), &self.hash);
        let names = tenants.keys().map(|key| hash.hash_one(key));
        let names = names.chain(clients.keys().map(|key| hash.hash_one(key)));
        let names = names.chain(subjects.keys().map(|key| hash.hash_one(key)));
        let names = names.chain(keys.keys().map(|key| hash.hash_one(key)));
        let ids = devices.keys().map(|key| hash.hash_one(key));
        let ids = ids.chain(grants.keys().map(|key| hash.hash_one(key)));
        let ids = ids.chain(sessions.keys().map(|key| hash.hash_one(key)));
        let ids = ids.chain(tokens.keys().map(|key| hash.hash_one(key)));
        let ids = ids.chain(generations.keys().map(|key| hash.hash_one(key)));
        self.filter.grow(names.chain(ids));
    }

    fn outdated(&self, session: Option<&Id<Session>>, generation: Option<u32>) -> bool {
        let (Some(session), Some(generation)) = (session, generation) else {
            return false;
        };
        self.generations
            .pin()
            .get(session)
            .is_some_and(|least| generation < *least)
    }
}

/// The key, unless it surely has no mark of any class.
fn known<'a, K: Hash>(filter: View<'_>, hash: &RandomState, key: Option<&'a K>) -> Option<&'a K> {
    key.filter(|key| filter.may_hold(hash.hash_one(key)))
}

fn raise<K: Clone + Eq + Hash>(marks: &Marks<K>, key: &K, seq: Seq) {
    marks
        .pin()
        .update_or_insert(key.clone(), |old| (*old).max(seq), seq);
}

fn below<K: Eq + Hash>(marks: &Marks<K>, key: Option<&K>, rs: Seq) -> bool {
    if marks.is_empty() {
        return false;
    }
    key.is_some_and(|k| marks.pin().get(k).is_some_and(|mark| rs < *mark))
}

#[cfg(test)]
mod tests;
