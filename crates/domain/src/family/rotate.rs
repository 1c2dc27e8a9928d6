//! The rule of rotation: one pure function of the family's row and the presented token.

use super::{Family, LineageKey, Previous, RefreshToken, SealedSuccessor};
use crate::digest::Digest;
use crate::id::{Family as FamilyKind, Id};
use crate::name::ClientId;
use crate::session::Origin;
use crate::time::Timestamp;

/// Most retries of one generation by a public client without sender constraint.
const PUBLIC_RETRIES: u32 = 2;
/// Consecutive generations with a retry from elsewhere that make it theft.
const FOREIGN_GENERATIONS: u8 = 3;

/// A presented refresh token, reduced to what a store may see, and the successor prepared for it.
#[derive(Debug, Clone)]
pub struct RotateRequest {
    /// The family that the token names.
    pub family: Id<FamilyKind>,
    /// The generation that the token names.
    pub generation: u32,
    /// Digest of the whole token.
    pub presented: Digest,
    /// The authenticated (or public) client.
    pub client: ClientId,
    /// Where the request came from.
    pub origin: Origin,
    /// Digest of the successor prepared for the case of a rotation.
    pub successor: Digest,
    /// That successor, readable with the presented token only.
    pub sealed: SealedSuccessor,
}

/// What a presented token comes to. Time and lineage only: revocation is judged before, by position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RotateVerdict {
    /// The current token: the successor takes its place.
    Rotate,
    /// The current token of a client that does not rotate: it stays.
    Keep,
    /// An honest retry of the previous token: it gets the same successor.
    Retry,
    /// A token that was used up: the grant and its session die.
    Replay,
    /// Past the absolute or the idle end.
    Expired,
    /// Not a token of this family, or another client's.
    Unknown,
}

impl Family {
    /// Judges a presented token. `issued` says whether its lineage tag is this family's (see [`LineageKey::issued`]).
    #[must_use]
    pub fn judge(&self, request: &RotateRequest, issued: bool, now: Timestamp) -> RotateVerdict {
        if !issued || self.client != request.client {
            return RotateVerdict::Unknown;
        }
        if now >= self.expires_at || now >= self.used_at + self.idle {
            return RotateVerdict::Expired;
        }
        if request.generation == self.generation && self.current == request.presented {
            return if self.rotate || self.public {
                RotateVerdict::Rotate
            } else {
                RotateVerdict::Keep
            };
        }
        if request.generation >= self.generation {
            return RotateVerdict::Unknown;
        }
        match &self.previous {
            Some(previous)
                if request.generation + 1 == self.generation && previous.digest == request.presented =>
            {
                self.judge_retry(previous, request, now)
            }
            _ => RotateVerdict::Replay,
        }
    }

    /// The row after a rotation.
    #[must_use]
    pub fn rotated(&self, request: &RotateRequest, now: Timestamp) -> Self {
        let foreign = self.previous.as_ref().is_some_and(|p| p.foreign);
        Self {
            generation: self.generation + 1,
            current: request.successor,
            previous: Some(Previous {
                digest: self.current,
                rotated_at: now,
                origin: request.origin.clone(),
                retries: 0,
                foreign: false,
                successor: request.sealed.clone(),
            }),
            // The streak counts generations that closed with a foreign retry; one without breaks it.
            foreign_streak: if foreign { self.foreign_streak } else { 0 },
            used_at: now,
            ..self.clone()
        }
    }

    /// The row after an honest retry.
    #[must_use]
    pub fn retried(&self, request: &RotateRequest) -> Self {
        let mut next = self.clone();
        if let Some(previous) = &mut next.previous {
            previous.retries += 1;
            if is_foreign(&previous.origin, &request.origin) && !previous.foreign {
                previous.foreign = true;
                next.foreign_streak = next.foreign_streak.saturating_add(1);
            }
        }
        next
    }

    fn judge_retry(&self, previous: &Previous, request: &RotateRequest, now: Timestamp) -> RotateVerdict {
        let in_window = now < previous.rotated_at + self.retry_window;
        let too_many = self.public && previous.retries >= PUBLIC_RETRIES;
        let streak = is_foreign(&previous.origin, &request.origin)
            && !previous.foreign
            && self.foreign_streak + 1 >= FOREIGN_GENERATIONS;
        if in_window && !too_many && !(self.public && streak) {
            RotateVerdict::Retry
        } else {
            RotateVerdict::Replay
        }
    }
}

/// Another network *and* another agent: a phone that changes network is not a thief.
fn is_foreign(one: &Origin, other: &Origin) -> bool {
    one.network != other.network && one.agent != other.agent
}

impl RotateRequest {
    /// Prepares a request: draws the successor and seals it for the holder of the presented token.
    /// The lineage key comes from the family's row; without the row there is nothing to prepare.
    #[must_use]
    pub fn prepare(
        presented: &RefreshToken,
        lineage: &LineageKey,
        client: ClientId,
        origin: Origin,
        entropy: &dyn crate::ports::Entropy,
    ) -> Option<(Self, RefreshToken)> {
        let generation = presented.generation().checked_add(1)?;
        let successor = RefreshToken::generate(presented.family(), generation, lineage, entropy);
        let request = Self {
            family: presented.family(),
            generation: presented.generation(),
            presented: presented.digest(),
            client,
            origin,
            successor: successor.digest(),
            sealed: super::seal_successor(presented, &successor)?,
        };
        Some((request, successor))
    }
}
