//! One client in its deployment: what the rules and the formulas ask about.

use domain::Span;
use domain::feed::LeaseTerms;

use crate::figures::Constants;
use crate::mechanism::Mechanism;
use crate::topology::{Client, Compliance, Kind, Operation, Requirements, StoreDown, Topology};

/// The shortest bound on staleness that a route may have.
pub const SHORTEST_STALENESS: Span = Span::from_ms(150);
/// The shortest life that an access token may have.
pub const SHORTEST_LIFE: Span = Span::from_secs(30);
/// The longest life that an access token may have, and the longest exception beyond a lease.
pub const LONGEST_LIFE: Span = domain::access_token::MAX_LIFE;

/// What keeps the records, for a look-up at every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeper {
    /// Redis or Valkey.
    Redis,
    /// PostgreSQL.
    Sql,
    /// The embedded store.
    Embedded,
}

/// One client in its deployment.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The deployment.
    pub topology: &'a Topology,
    /// The client.
    pub client: &'a Client,
    /// The model's constants.
    pub constants: &'a Constants,
}

impl Case<'_> {
    /// What the deployment must hold.
    #[must_use]
    pub const fn requirements(&self) -> &Requirements {
        &self.topology.requirements
    }

    /// The strictest revocation latency of what the client does, and whose it is.
    #[must_use]
    pub fn bound(&self) -> (Span, Operation) {
        let bounds = self
            .client
            .operations
            .iter()
            .map(|o| (self.requirements().revocation(*o), *o));
        bounds
            .min()
            .unwrap_or((self.requirements().revocation_reads, Operation::Reads))
    }

    /// The idle limit that applies to a person's session, and who asks for it. The shortest of what is written and
    /// what the rule books say; HIPAA asks for one and names no length, so its preset gives way to what is written.
    #[must_use]
    pub fn idle(&self) -> Option<(Span, &'static str)> {
        let written = self.requirements().idle.map(|span| (span, "requirements.idle"));
        let demanded = [
            (
                Compliance::PciDss4,
                Span::from_mins(15),
                "PCI DSS 4.0 requirement 8.2.8",
            ),
            (
                Compliance::Aal3,
                Span::from_mins(15),
                "NIST SP 800-63B-4 section 2.3.3, should",
            ),
            (
                Compliance::Aal2,
                Span::from_hours(1),
                "NIST SP 800-63B-4 section 2.2.3, should",
            ),
        ];
        let hipaa = (
            Compliance::Hipaa,
            Span::from_mins(15),
            "45 CFR 164.312(a)(2)(iii), a preset",
        );
        self.shortest(written, &demanded)
            .or_else(|| self.shortest(None, &[hipaa]))
    }

    /// The absolute limit, likewise.
    #[must_use]
    pub fn absolute(&self) -> Option<(Span, &'static str)> {
        let written = self
            .requirements()
            .absolute
            .map(|span| (span, "requirements.absolute"));
        let demanded = [
            (
                Compliance::Aal3,
                Span::from_hours(12),
                "NIST SP 800-63B-4 section 2.3.3",
            ),
            (
                Compliance::Aal2,
                Span::from_hours(24),
                "NIST SP 800-63B-4 section 2.2.3, should",
            ),
            (
                Compliance::Aal1,
                Span::from_days(30),
                "NIST SP 800-63B-4 section 2.1.3, should",
            ),
        ];
        self.shortest(written, &demanded)
    }

    fn shortest(
        &self,
        written: Option<(Span, &'static str)>,
        demanded: &[(Compliance, Span, &'static str)],
    ) -> Option<(Span, &'static str)> {
        let applies = demanded
            .iter()
            .filter(|(book, ..)| self.requirements().asks(*book));
        // What is written comes first: of two equal limits its name is told.
        let all = written
            .into_iter()
            .chain(applies.map(|(_, span, source)| (*span, *source)));
        all.min_by_key(|(span, _)| *span)
    }

    /// The client's part of the live sessions.
    #[must_use]
    pub fn sessions(&self) -> f64 {
        self.topology.scale.sessions as f64 * self.share()
    }

    /// The client's part of the requests in the busiest hour.
    #[must_use]
    pub fn peak_rps(&self) -> f64 {
        self.topology.scale.peak_rps() as f64 * self.share()
    }

    /// The client's part of the requests, as a mean.
    #[must_use]
    pub fn mean_rps(&self) -> f64 {
        self.topology.scale.requests_per_second as f64 * self.share()
    }

    fn share(&self) -> f64 {
        self.client.share as f64 / 100.0
    }

    /// The life of a self-contained token: as long as the bound allows, since nothing else ends it.
    #[must_use]
    pub fn self_contained_life(&self) -> Span {
        let (bound, _) = self.bound();
        bound
            .saturating_sub(self.leeway())
            .clamp(SHORTEST_LIFE, LONGEST_LIFE)
    }

    /// The life of a token that edges check: it bounds nothing but what an edge must remember and clients must refresh.
    #[must_use]
    pub const fn edge_life(&self) -> Span {
        if self.client.acts_for_user {
            Span::from_mins(5)
        } else {
            LONGEST_LIFE
        }
    }

    /// What verifiers grant the issuer's clock.
    #[must_use]
    pub fn leeway(&self) -> Span {
        Span::from_ms((self.constants.leeway_s * 1000.0) as u64)
    }

    /// The shortest bound that an edge can keep here: a grant counts from the question, and one must arrive in time
    /// while the next is on its way; the margin for clocks comes on top.
    #[must_use]
    pub fn shortest_staleness(&self) -> Span {
        let travel = self.topology.deployment.round_trip.as_ms();
        let kept = SHORTEST_STALENESS.max(Span::from_ms((travel + 20) * 3 / 2));
        kept + LeaseTerms { lease: kept }.margin()
    }

    /// What would keep the records for a look-up at every request.
    #[must_use]
    pub const fn keeper(&self) -> Keeper {
        let existing = &self.topology.existing;
        if existing.redis {
            Keeper::Redis
        } else if existing.postgresql {
            Keeper::Sql
        } else {
            Keeper::Embedded
        }
    }

    /// Look-ups per second that may be planned with.
    #[must_use]
    pub fn lookup_capacity(&self) -> f64 {
        let c = self.constants;
        let all = match self.keeper() {
            Keeper::Redis => c.redis_lookups_per_s,
            Keeper::Sql => c.sql_lookups_per_s,
            Keeper::Embedded => c.embedded_lookups_per_s,
        };
        all * c.usable_share
    }

    /// The header bytes of a mechanism's credential.
    #[must_use]
    pub fn header_bytes(&self, mechanism: Mechanism) -> f64 {
        match mechanism {
            Mechanism::EdgeSession => self.constants.cookie_bytes,
            Mechanism::ServerSession if self.client.has_cookies() => self.constants.cookie_bytes,
            Mechanism::ServerSession => self.constants.opaque_bytes,
            Mechanism::EdgeToken | Mechanism::SelfContained => self.constants.token_bytes,
        }
    }

    /// Operations that must go on while the store is down.
    #[must_use]
    pub fn goes_on(&self) -> Vec<Operation> {
        let on = |operation: &Operation| match self.requirements().store_down {
            StoreDown::Refuse => false,
            StoreDown::Reads => *operation == Operation::Reads,
            StoreDown::Everything => true,
        };
        self.client.operations.iter().copied().filter(on).collect()
    }

    /// Whether tokens must be bound to a key: ASVS level 3 and FAPI 2.0 accept no bearer token.
    #[must_use]
    pub fn needs_bound_tokens(&self) -> bool {
        self.requirements().asvs_level() >= 3 || self.requirements().asks(Compliance::Fapi2)
    }

    /// Whether the client runs in a frame of somebody else's site.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        self.client.kind == Kind::BrowserEmbedded
    }
}
