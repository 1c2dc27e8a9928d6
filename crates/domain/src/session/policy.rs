//! Timeouts and the cap on sessions, with presets by assurance level (NIST SP 800-63B-4 sections 2.1.3 to 2.3.3).

use crate::assurance::Assurance;
use crate::time::Span;

/// The two limits of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// How long it may stay unused; at least one minute, since edges report activity in batches.
    pub idle: Span,
    /// How long it may live.
    pub absolute: Span,
}

/// What happens when a subject has as many sessions as it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overflow {
    /// The session that was used longest ago ends.
    OldestEnds,
    /// The login is refused.
    Refuse,
}

/// The policy of an installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionPolicy {
    /// Limits of sessions at AAL1.
    pub aal1: Timeouts,
    /// Limits of sessions at AAL2.
    pub aal2: Timeouts,
    /// Limits of sessions at AAL3.
    pub aal3: Timeouts,
    /// Most live sessions of one subject.
    pub cap: u32,
    /// What happens beyond.
    pub overflow: Overflow,
    /// How long the secret before a *periodic* renewal still counts. Never applies to step-up or password change.
    pub renewal_grace: Span,
}

impl SessionPolicy {
    /// The limits for an assurance level.
    #[must_use]
    pub const fn timeouts(&self, assurance: Assurance) -> Timeouts {
        match assurance {
            Assurance::Aal1 => self.aal1,
            Assurance::Aal2 => self.aal2,
            Assurance::Aal3 => self.aal3,
        }
    }
}

impl Default for SessionPolicy {
    fn default() -> Self {
        Self {
            aal1: Timeouts {
                idle: Span::from_days(14),
                absolute: Span::from_days(30),
            },
            aal2: Timeouts {
                idle: Span::from_hours(1),
                absolute: Span::from_hours(24),
            },
            aal3: Timeouts {
                idle: Span::from_mins(15),
                absolute: Span::from_hours(12),
            },
            cap: 20,
            overflow: Overflow::OldestEnds,
            renewal_grace: Span::from_ms(0),
        }
    }
}
