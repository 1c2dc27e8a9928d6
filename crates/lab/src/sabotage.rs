//! The mistakes that the proof must find.

use std::fmt;

/// One rule of the protocol, broken on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sabotage {
    /// The edge counts its lease from the answer, not from its question.
    LeaseFromReceipt,
    /// The authority takes the edge's clock for exactly as fast as its own.
    NoMargin,
    /// A grant counts although its frontier is not applied.
    GrantOverGap,
    /// The edge serves with a grant, without a snapshot.
    ServeBeforeSnapshot,
    /// The edge says that it has applied what it has only received.
    AcknowledgeBeforeApply,
    /// A new authority does not wait for the leases of the one before.
    ForgetLeases,
    /// A relay takes the head that it read some time ago for the present one.
    RelayOldFrontier,
    /// The edge's clock stands still while its process or machine is suspended.
    ClockStops,
    /// A login reads its position in the log after it has looked at the evidence.
    LateRs,
    /// A store that went back in time keeps its epoch.
    NoNewEpoch,
}

impl Sabotage {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::LeaseFromReceipt,
        Self::NoMargin,
        Self::GrantOverGap,
        Self::ServeBeforeSnapshot,
        Self::AcknowledgeBeforeApply,
        Self::ForgetLeases,
        Self::RelayOldFrontier,
        Self::ClockStops,
        Self::LateRs,
        Self::NoNewEpoch,
    ];

    /// Its name in output and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LeaseFromReceipt => "lease-from-receipt",
            Self::NoMargin => "no-margin",
            Self::GrantOverGap => "grant-over-gap",
            Self::ServeBeforeSnapshot => "serve-before-snapshot",
            Self::AcknowledgeBeforeApply => "acknowledge-before-apply",
            Self::ForgetLeases => "forget-leases",
            Self::RelayOldFrontier => "relay-old-frontier",
            Self::ClockStops => "clock-stops",
            Self::LateRs => "late-rs",
            Self::NoNewEpoch => "no-new-epoch",
        }
    }
}

impl fmt::Display for Sabotage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
