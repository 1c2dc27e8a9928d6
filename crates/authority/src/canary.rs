//! The canary: a credential of the authority's own that is revoked every few seconds, while each edge is asked, again and
//! again, whether it would let it through. How long the last of them did is a metric; one that still does when nobody may
//! is an alarm. All times are of this process's clock, and include the way there and back: they err towards too long.

mod round;
mod slots;
#[cfg(test)]
mod tests;

pub(crate) use slots::Slots;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::Span;
use domain::feed::EdgeName;
use serde::Serialize;
use utoipa::ToSchema;

/// What a round came to at one edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sung {
    /// It refused: so long after the revocation was durable.
    Refused(Duration),
    /// It let the canary through when nobody may: so long after.
    AcceptedLate(Duration),
    /// It has no lease: it refuses everybody.
    Stale,
    /// It did not answer.
    Silent,
    /// It refused the canary before it was revoked, or for another reason.
    Other,
}

impl Sung {
    /// Every word, for metrics that begin at zero.
    pub(crate) const WORDS: [&'static str; 5] = ["refused", "accepted_late", "stale", "silent", "other"];

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Refused(_) => "refused",
            Self::AcceptedLate(_) => "accepted_late",
            Self::Stale => "stale",
            Self::Silent => "silent",
            Self::Other => "other",
        }
    }
}

/// What is known of the rounds so far, since the start.
#[derive(Debug, Default)]
pub(crate) struct Heard(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    rounds: u64,
    edges: BTreeMap<EdgeName, EdgeHeard>,
}

/// What one edge made of the canary.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct EdgeHeard {
    /// What the last round came to: `refused`, `accepted_late`, `stale`, `silent` or `other`; `absent` where it had no lease.
    pub last: &'static str,
    /// How long after the last revocation was durable it refused, in milliseconds; nothing where it did not.
    pub refused_after_ms: Option<u64>,
    /// Rounds in which it accepted when nobody may, since the start.
    pub accepted_late: u64,
}

/// How the canary stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CanaryView {
    /// Time between two rounds.
    pub every_ms: u64,
    /// Rounds since the start.
    pub rounds: u64,
    /// Edges that were asked since the start, by name.
    pub edges: BTreeMap<String, EdgeHeard>,
}

impl Heard {
    fn note(&self, sung: &[(EdgeName, Sung)]) {
        let mut state = self.lock();
        state.rounds += 1;
        for (edge, heard) in &mut state.edges {
            if !sung.iter().any(|(asked, _)| asked == edge) {
                heard.last = "absent";
            }
        }
        for (edge, sung) in sung {
            let heard = state.edges.entry(edge.clone()).or_default();
            heard.last = sung.word();
            heard.refused_after_ms = None;
            match sung {
                Sung::Refused(after) => heard.refused_after_ms = Some(whole_ms(*after)),
                Sung::AcceptedLate(_) => heard.accepted_late += 1,
                Sung::Stale | Sung::Silent | Sung::Other => {}
            }
        }
    }

    pub(crate) fn view(&self, every: Span) -> CanaryView {
        let state = self.lock();
        let edges = state.edges.iter();
        CanaryView {
            every_ms: every.as_ms(),
            rounds: state.rounds,
            edges: edges
                .map(|(name, heard)| (name.to_string(), heard.clone()))
                .collect(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Milliseconds, begun ones not counted.
fn whole_ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
