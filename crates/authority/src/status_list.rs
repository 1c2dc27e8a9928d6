//! The pull form of revocation, for third parties that follow no log: a Token Status List (draft-ietf-oauth-status-list-21),
//! one bit for each token that was issued to such a party and may still be shown to it.
//!
//! What it knows of tokens is in memory: access tokens live for minutes. A start begins a list with another name, and nobody
//! learns of the old one's tokens any more: who relies on the list refuses them.

mod bits;
mod list;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::access_token::{StatusClaim, StatusListClaim};
use domain::revocation::Position;
use domain::{Entropy, Span, Timestamp};

use crate::error::Fault;
use list::Made;

/// Where lists are found, below the issuer.
pub(crate) const PATH: &str = "/oauth2/status";
/// `typ` of a list, and its media type below `application/`.
pub(crate) const STATUS_LIST_TYPE: &str = "statuslist+jwt";
/// How long clocks of whoever verifies may be behind.
const LEEWAY: Span = Span::from_secs(60);
/// Places that are tried before the list is called full: with nine in ten taken, one search in a million fails.
const TRIES: usize = 128;

/// What is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusTerms {
    /// Tokens for one of these get a place.
    pub audiences: Vec<String>,
    /// Places, a multiple of eight: the list has this many bits, however few are taken.
    pub size: usize,
    /// How long a copy may be used.
    pub ttl: Span,
}

/// The list of this start.
#[derive(Debug)]
pub(crate) struct StatusList {
    terms: StatusTerms,
    /// Its name, drawn when the process started.
    name: String,
    places: Mutex<Vec<Place>>,
    made: tokio::sync::Mutex<Made>,
}

/// One bit.
#[derive(Debug, Clone)]
enum Place {
    Free,
    /// Given to a token that is being made. Set: what became of it is not known yet.
    Given {
        until: Timestamp,
    },
    /// A token's, until every copy of a list that speaks of it is too old.
    Taken {
        position: Arc<Position>,
        until: Timestamp,
    },
}

/// The place of a token that is being made.
#[derive(Debug)]
pub(crate) struct Given<'a> {
    list: &'a StatusList,
    index: usize,
    until: Timestamp,
    pub(crate) claim: StatusClaim,
}

impl StatusList {
    pub(crate) fn new(terms: StatusTerms, entropy: &dyn Entropy) -> Self {
        let mut name = [0u8; 16];
        entropy.fill(&mut name);
        Self {
            places: Mutex::new(vec![Place::Free; terms.size]),
            name: jose::base64url::encode(&name),
            made: tokio::sync::Mutex::default(),
            terms,
        }
    }

    /// Whether a token for these audiences gets a place.
    pub(crate) fn covers(&self, audience: &[String]) -> bool {
        audience.iter().any(|one| self.terms.audiences.contains(one))
    }

    /// A place for a token that ends then, at random among those that are free: its number says nothing of when it was made.
    ///
    /// # Errors
    /// [`Fault::Busy`]: too many tokens live that have one.
    pub(crate) fn give(
        &self,
        issuer: &str,
        (now, ends_at): (Timestamp, Timestamp),
        entropy: &dyn Entropy,
    ) -> Result<Given<'_>, Fault> {
        // A copy that speaks of the token before it must be too old when this one is shown.
        let until = ends_at + LEEWAY + self.terms.ttl + self.terms.ttl;
        let mut random = [0u8; TRIES * 4];
        entropy.fill(&mut random);
        let mut places = self.places();
        let size = places.len().max(1);
        for bytes in random.as_chunks::<4>().0 {
            let index = usize::try_from(u32::from_le_bytes(*bytes)).unwrap_or_default() % size;
            let Some(place) = places.get_mut(index).filter(|place| place.is_free(now)) else {
                continue;
            };
            *place = Place::Given { until };
            let uri = self.uri(issuer);
            let claim = StatusClaim {
                status_list: StatusListClaim {
                    idx: u64::try_from(index).unwrap_or(u64::MAX),
                    uri,
                },
            };
            return Ok(Given {
                list: self,
                index,
                until,
                claim,
            });
        }
        Err(Fault::Busy)
    }

    /// Where the list is.
    pub(crate) fn uri(&self, issuer: &str) -> String {
        format!("{issuer}{PATH}/{}", self.name)
    }

    /// Whether a list of this name is this one.
    pub(crate) fn is_named(&self, name: &str) -> bool {
        self.name == name
    }

    /// How long a copy may be used.
    pub(crate) const fn ttl(&self) -> Span {
        self.terms.ttl
    }

    fn places(&self) -> MutexGuard<'_, Vec<Place>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Given<'_> {
    /// The token is made: from now on its bit says whether it is revoked.
    pub(crate) fn take(self, position: Position) {
        if let Some(place) = self.list.places().get_mut(self.index) {
            *place = Place::Taken {
                position: Arc::new(position),
                until: self.until,
            };
        }
    }
}

impl Place {
    fn is_free(&self, now: Timestamp) -> bool {
        match self {
            Self::Free => true,
            Self::Given { until } | Self::Taken { until, .. } => now >= *until,
        }
    }
}
