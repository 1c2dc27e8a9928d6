//! What should happen to the keys now. A pure plan; the store applies each step only if the row is still in the state
//! that the plan saw.

use jose::KeyId;

use super::{KeyRow, KeyState, KeyUse};
use crate::time::{Span, Timestamp};

/// When keys change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyPolicy {
    /// How long a key signs before the next takes over.
    pub rotate_every: Span,
    /// How long an announced key waits at least: the JWKS cache time.
    pub announce_for: Span,
    /// How long a retired signing key still verifies: the longest access token life, and leeway.
    pub verify_for: Span,
    /// How long a retired sealing key still unseals: the longest absolute life of a session.
    pub unseal_for: Span,
}

impl Default for KeyPolicy {
    fn default() -> Self {
        Self {
            rotate_every: Span::from_days(30),
            announce_for: Span::from_mins(10),
            verify_for: Span::from_mins(20),
            unseal_for: Span::from_days(31),
        }
    }
}

/// One change of the ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Make a new key and announce it: there is always one in reserve.
    Announce(KeyUse),
    /// The announced key takes over; the signing one retires.
    Promote {
        /// The key that takes over.
        next: KeyId,
        /// The key that retires, if there is one.
        retire: Option<KeyId>,
    },
    /// A retired key's time is over: forget its private part.
    Remove(KeyId),
}

/// The steps that are due, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyPlan(pub Vec<Step>);

/// The keys of one use.
#[derive(Debug)]
pub struct KeyRing<'a> {
    usage: KeyUse,
    rows: Vec<&'a KeyRow>,
}

impl<'a> KeyRing<'a> {
    /// Of all rows, those of one use.
    #[must_use]
    pub fn new(usage: KeyUse, rows: &'a [KeyRow]) -> Self {
        Self {
            usage,
            rows: rows.iter().filter(|r| r.usage == usage).collect(),
        }
    }

    /// The key in use.
    #[must_use]
    pub fn signing(&self) -> Option<&'a KeyRow> {
        self.in_state(KeyState::Signing)
    }

    /// The reserve.
    #[must_use]
    pub fn announced(&self) -> Option<&'a KeyRow> {
        self.in_state(KeyState::Announced)
    }

    /// What is due. `confirmed` says whether every live edge has the announced key.
    #[must_use]
    pub fn plan(&self, policy: &KeyPolicy, now: Timestamp, confirmed: bool) -> KeyPlan {
        let mut steps = Vec::new();
        match (self.signing(), self.announced()) {
            (None, None) => steps.push(Step::Announce(self.usage)),
            (None, Some(first)) => {
                // Nothing was ever signed: nobody can hold an outdated key set.
                steps.push(Step::Promote {
                    next: first.id.clone(),
                    retire: None,
                });
                steps.push(Step::Announce(self.usage));
            }
            (Some(_), None) => steps.push(Step::Announce(self.usage)),
            (Some(old), Some(next)) => {
                let due = now >= old.since + policy.rotate_every;
                if due && self.ready(next, policy, now, confirmed) {
                    steps.push(Step::Promote {
                        next: next.id.clone(),
                        retire: Some(old.id.clone()),
                    });
                    steps.push(Step::Announce(self.usage));
                }
            }
        }
        let life = if self.usage == KeyUse::Sealing {
            policy.unseal_for
        } else {
            policy.verify_for
        };
        let over = |r: &&&KeyRow| r.state == KeyState::Retiring && now >= r.since + life;
        steps.extend(self.rows.iter().filter(over).map(|r| Step::Remove(r.id.clone())));
        KeyPlan(steps)
    }

    /// A rotation by command: as on schedule, but due at once. Nothing while the reserve is not ready.
    #[must_use]
    pub fn rotate_now(&self, policy: &KeyPolicy, now: Timestamp, confirmed: bool) -> Option<Step> {
        let next = self
            .announced()
            .filter(|next| self.ready(next, policy, now, confirmed))?;
        Some(Step::Promote {
            next: next.id.clone(),
            retire: self.signing().map(|r| r.id.clone()),
        })
    }

    /// An emergency: the reserve takes over without waiting, while the bad key dies through revocation class `key`.
    #[must_use]
    pub fn replace(&self, bad: &KeyId) -> Option<Step> {
        let old = self.signing().filter(|r| r.id == *bad)?;
        let next = self.announced()?;
        Some(Step::Promote {
            next: next.id.clone(),
            retire: Some(old.id.clone()),
        })
    }

    fn ready(&self, next: &KeyRow, policy: &KeyPolicy, now: Timestamp, confirmed: bool) -> bool {
        confirmed && now >= next.announced_at + policy.announce_for
    }

    fn in_state(&self, state: KeyState) -> Option<&'a KeyRow> {
        self.rows.iter().copied().find(|r| r.state == state)
    }
}
