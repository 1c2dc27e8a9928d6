//! A client's secrets and how one follows another: the old one stays good for an overlap, so that nobody is shut out
//! while the new one is put in place.

use super::Client;
use crate::digest::Digest;
use crate::id::{ClientSecret, Id};
use crate::time::{Span, Timestamp};

/// Most secrets that a client has at a time, those in their overlap included.
pub const MOST_SECRETS: usize = 3;
/// The overlap when nobody says.
pub const USUAL_OVERLAP: Span = Span::from_hours(24);
/// The longest overlap: a secret that shall go has to go.
pub const LONGEST_OVERLAP: Span = Span::from_days(30);

/// One secret of a confidential client, as a store keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegisteredSecret {
    /// Names it in lists and events; never a secret.
    pub id: Id<ClientSecret>,
    /// Its digest.
    pub digest: Digest,
    /// When it was made.
    pub created_at: Timestamp,
    /// From then on it is refused; nothing while it is the present one.
    pub ends_at: Option<Timestamp>,
    /// About when it was last good for something; see [`crate::admin_token::USE_GRAIN`].
    pub used_at: Option<Timestamp>,
}

/// What became of removing a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretRemoval {
    /// It is gone.
    Removed,
    /// The client has no such secret.
    Unknown,
    /// It is the only one that lives: without it the client is locked out.
    Last,
}

impl RegisteredSecret {
    /// A present one, from now on.
    #[must_use]
    pub const fn new(id: Id<ClientSecret>, digest: Digest, now: Timestamp) -> Self {
        Self {
            id,
            digest,
            created_at: now,
            ends_at: None,
            used_at: None,
        }
    }

    /// Whether it is good at a time; at its end it is not.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.ends_at.is_none_or(|end| now < end)
    }
}

impl Client {
    /// The secret of this client that a presented digest is, if it lives. Every kept digest is compared, in constant
    /// time, whichever fits and whether it lives or not.
    #[must_use]
    pub fn accepts_secret(&self, presented: &Digest, now: Timestamp) -> Option<RegisteredSecret> {
        self.secrets.iter().fold(None, |found, kept| {
            let fits = (kept.digest == *presented) & kept.is_live(now);
            if fits { Some(*kept) } else { found }
        })
    }

    /// Puts a new secret in place. Those before end after the overlap, or earlier where that was settled before; with no
    /// overlap they end at once. What has ended is forgotten.
    ///
    /// `false`, and nothing is changed: as many live ones as there may be would be left beside it.
    pub fn rotate_secret(&mut self, next: RegisteredSecret, now: Timestamp, overlap: Span) -> bool {
        let end = now + overlap;
        let ending = |s: &RegisteredSecret| RegisteredSecret {
            ends_at: Some(s.ends_at.map_or(end, |settled| settled.min(end))),
            ..*s
        };
        let mut kept: Vec<RegisteredSecret> = self.secrets.iter().map(ending).collect();
        kept.retain(|s| s.is_live(now));
        if kept.len() >= MOST_SECRETS {
            return false;
        }
        kept.push(next);
        self.secrets = kept;
        true
    }

    /// Takes one secret away.
    pub fn remove_secret(&mut self, id: Id<ClientSecret>, now: Timestamp) -> SecretRemoval {
        if !self.secrets.iter().any(|s| s.id == id) {
            return SecretRemoval::Unknown;
        }
        if !self.secrets.iter().any(|s| s.id != id && s.is_live(now)) {
            return SecretRemoval::Last;
        }
        self.secrets.retain(|s| s.id != id);
        SecretRemoval::Removed
    }
}

#[cfg(test)]
mod tests;
