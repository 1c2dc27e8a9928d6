//! The map that every edge judges by: for each key of each class, the highest sequence at which it was revoked.
//!
//! Readers take no lock (papaya): a check looks up at most nine keys and allocates nothing. Entries are applied in
//! any number of threads' sight by one writer; a half-applied batch refuses more, never less, and the frontier is
//! moved only after it.

use std::sync::atomic::{AtomicU64, Ordering};

use ahash::RandomState;
use jose::KeyId;
use papaya::HashMap;

use super::class::{Class, Target};
use super::position::Position;
use crate::id::{Device, Grant, Id, Session, Token};
use crate::name::{ClientId, TenantId};
use crate::seq::Seq;
use crate::subject::Subject;

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
}

impl RevocationMap {
    /// Raises the mark of a target. Applying an entry twice, or an older one late, changes nothing.
    pub fn apply(&self, target: &Target, seq: Seq) {
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
        let found = [
            (Class::Subject, below(&self.subjects, Some(&at.subject), rs)),
            (Class::Session, below(&self.sessions, at.session.as_ref(), rs)),
            (Class::Grant, below(&self.grants, at.grant.as_ref(), rs)),
            (Class::Client, below(&self.clients, at.client.as_ref(), rs)),
            (Class::Tenant, below(&self.tenants, at.tenant.as_ref(), rs)),
            (Class::Device, below(&self.devices, at.device.as_ref(), rs)),
            (Class::Jti, below(&self.tokens, at.jti.as_ref(), rs)),
            (Class::SessionSecret, self.outdated(at)),
            // Absolute: a thief of the key chooses `rs`, so it is not asked.
            (
                Class::Key,
                at.key.as_ref().is_some_and(|k| self.keys.pin().contains_key(k)),
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

    fn outdated(&self, at: &Position) -> bool {
        let (Some(session), Some(generation)) = (at.session.as_ref(), at.generation) else {
            return false;
        };
        self.generations
            .pin()
            .get(session)
            .is_some_and(|least| generation < *least)
    }
}

fn raise<K: Clone + Eq + std::hash::Hash>(marks: &Marks<K>, key: &K, seq: Seq) {
    marks
        .pin()
        .update_or_insert(key.clone(), |old| (*old).max(seq), seq);
}

fn below<K: Eq + std::hash::Hash>(marks: &Marks<K>, key: Option<&K>, rs: Seq) -> bool {
    if marks.is_empty() {
        return false;
    }
    key.is_some_and(|k| marks.pin().get(k).is_some_and(|mark| rs < *mark))
}

#[cfg(test)]
mod tests;
