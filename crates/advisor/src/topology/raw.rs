//! The topology as written, and its check: every problem at once.

use domain::setting::{Problem, Problems};
use domain::{Host, Span};
use serde::Deserialize;

use super::choice::{list, word, words};
use super::clients::clients;
use super::{
    Cdn, Compliance, Deployment, Existing, Gateway, IdentityProvider, Requirements, Scale, StoreDown,
    Topology, Weights,
};

/// Everything that may be written. Only clients must be.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawTopology {
    /// `[deployment]`
    pub deployment: RawDeployment,
    /// `[existing]`
    pub existing: RawExisting,
    /// `[scale]`
    pub scale: RawScale,
    /// `[requirements]`
    pub requirements: RawRequirements,
    /// `[tenancy]`
    pub tenancy: RawTenancy,
    /// `[weights]`
    pub weights: RawWeights,
    /// `[[client]]`
    pub client: Vec<RawClient>,
}

macro_rules! raw {
    ($(#[$doc:meta])* $name:ident { $($field:ident : $type:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        #[allow(missing_docs, reason = "each field is documented by its entry in SETTINGS")]
        pub struct $name { $(pub $field: Option<$type>),* }
    };
}

raw!(
    /// `[deployment]`
    RawDeployment {
        name: String, issuer: String, regions: u64, round_trip: String, edges: u64, gateway: String, cdn: String,
    }
);
raw!(
    /// `[existing]`
    RawExisting { redis: bool, postgresql: bool, identity_provider: String }
);
raw!(
    /// `[scale]`
    RawScale {
        users: u64, sessions: u64, requests_per_second: u64, peak_factor: u64, logins_per_day: u64,
        revocations_per_day: u64, header_budget_bytes: u64,
    }
);
raw!(
    /// `[requirements]`
    RawRequirements {
        revocation_reads: String, revocation_writes: String, revocation_admin: String, compliance: Vec<String>,
        idle: String, absolute: String, added_latency: String, store_down: String, outage: String,
    }
);
raw!(
    /// `[tenancy]`
    RawTenancy { tenants: u64, federated: bool }
);
raw!(
    /// `[weights]`
    RawWeights {
        revocation: u64, latency: u64, theft: u64, availability: u64, simplicity: u64, bytes: u64, store_load: u64,
    }
);
raw!(
    /// `[[client]]`
    RawClient {
        name: String, kind: String, operations: Vec<String>, share: u64, secret: bool, keystore: bool, dpop: bool,
        mtls: bool, acts_for_user: bool, same_host_api: bool, offline_validation: bool, hosts: Vec<String>,
        path: String, audience: String,
    }
);

const DAY: Span = Span::from_days(1);
const BILLION: u64 = 1_000_000_000;

impl RawTopology {
    /// Checks everything.
    ///
    /// # Errors
    /// Every problem, each with its path and remedy.
    pub fn check(self) -> Result<Topology, Vec<Problem>> {
        let mut problems = Problems::default();
        let p = &mut problems;
        let topology = Topology {
            deployment: deployment(p, &self.deployment),
            existing: Existing {
                redis: self.existing.redis.unwrap_or(false),
                postgresql: self.existing.postgresql.unwrap_or(false),
                identity_provider: word(
                    p,
                    "existing.identity_provider",
                    self.existing.identity_provider.as_deref(),
                    (IdentityProvider::None, IdentityProvider::parse),
                ),
            },
            scale: scale(p, &self.scale),
            requirements: requirements(p, &self.requirements),
            tenants: p.number("tenancy.tenants", self.tenancy.tenants, 1, (1, BILLION)),
            federated: self.tenancy.federated.unwrap_or(false),
            weights: weights(p, &self.weights),
            clients: clients(p, self.client),
        };
        problems.finish(topology)
    }
}

fn deployment(p: &mut Problems, raw: &RawDeployment) -> Deployment {
    let issuer = raw
        .issuer
        .clone()
        .unwrap_or_else(|| "https://id.example.org".to_owned());
    let host = issuer.strip_prefix("https://").map(super::clients::without_port);
    if host.is_none_or(|host| host.parse::<Host>().is_err()) {
        p.add(
            "deployment.issuer",
            format!("\"{issuer}\" is not an https origin"),
            "write scheme and host alone: \"https://id.example.org\"",
        );
    }
    let regions = p.number("deployment.regions", raw.regions, 1, (1, 100));
    let far = if regions > 1 {
        Span::from_ms(80)
    } else {
        Span::from_ms(1)
    };
    Deployment {
        name: raw.name.clone().unwrap_or_else(|| "deployment".to_owned()),
        issuer,
        regions,
        round_trip: p.span(
            "deployment.round_trip",
            raw.round_trip.as_deref(),
            far,
            (Span::from_ms(1), Span::from_secs(10)),
        ),
        edges: p.number("deployment.edges", raw.edges, regions, (1, 100_000)),
        gateway: word(
            p,
            "deployment.gateway",
            raw.gateway.as_deref(),
            (Gateway::None, Gateway::parse),
        ),
        cdn: word(p, "deployment.cdn", raw.cdn.as_deref(), (Cdn::None, Cdn::parse)),
    }
}

fn scale(p: &mut Problems, raw: &RawScale) -> Scale {
    let users = p.number("scale.users", raw.users, 10_000, (1, BILLION));
    let sessions = p.number("scale.sessions", raw.sessions, (users / 5).max(1), (1, BILLION));
    let mut per_day = |key: &str, value: Option<u64>, default: u64| {
        p.number(&format!("scale.{key}"), value, default, (0, 100 * BILLION))
    };
    Scale {
        users,
        sessions,
        logins_per_day: per_day("logins_per_day", raw.logins_per_day, sessions),
        revocations_per_day: per_day("revocations_per_day", raw.revocations_per_day, sessions / 2),
        requests_per_second: p.number(
            "scale.requests_per_second",
            raw.requests_per_second,
            100,
            (1, 100_000_000),
        ),
        peak_factor: p.number("scale.peak_factor", raw.peak_factor, 3, (1, 100)),
        header_budget_bytes: p.number(
            "scale.header_budget_bytes",
            raw.header_budget_bytes,
            8192,
            (128, 65_536),
        ),
    }
}

fn requirements(p: &mut Problems, raw: &RawRequirements) -> Requirements {
    let ten = Span::from_secs(10);
    let mut revocation = |key: &str, text: Option<&str>| {
        p.span(
            &format!("requirements.revocation_{key}"),
            text,
            ten,
            (Span::from_ms(0), DAY),
        )
    };
    let (reads, writes, admin) = (
        revocation("reads", raw.revocation_reads.as_deref()),
        revocation("writes", raw.revocation_writes.as_deref()),
        revocation("admin", raw.revocation_admin.as_deref()),
    );
    let limits = (Span::from_mins(1), Span::from_days(90));
    let mut limit = |key: &str, text: Option<&str>| {
        text.map(|text| p.span(&format!("requirements.{key}"), Some(text), DAY, limits))
    };
    let (idle, absolute) = (
        limit("idle", raw.idle.as_deref()),
        limit("absolute", raw.absolute.as_deref()),
    );
    if let (Some(idle), Some(absolute)) = (idle, absolute)
        && idle > absolute
    {
        p.add(
            "requirements.idle",
            "is longer than the absolute limit",
            format!("choose at most {absolute}"),
        );
    }
    Requirements {
        revocation_reads: reads,
        revocation_writes: writes,
        revocation_admin: admin,
        compliance: words(
            p,
            "requirements.compliance",
            raw.compliance.as_deref().unwrap_or_default(),
            Compliance::parse,
            &list(Compliance::ALL, Compliance::as_str),
        ),
        idle,
        absolute,
        added_latency: p.span(
            "requirements.added_latency",
            raw.added_latency.as_deref(),
            Span::from_ms(20),
            (Span::from_ms(1), Span::from_secs(10)),
        ),
        store_down: word(
            p,
            "requirements.store_down",
            raw.store_down.as_deref(),
            (StoreDown::Refuse, StoreDown::parse),
        ),
        outage: p.span(
            "requirements.outage",
            raw.outage.as_deref(),
            Span::from_mins(5),
            (Span::from_secs(1), DAY),
        ),
    }
}

fn weights(p: &mut Problems, raw: &RawWeights) -> Weights {
    let mut weight = |key: &str, value: Option<u64>, default: u64| {
        p.number(&format!("weights.{key}"), value, default, (0, 10))
    };
    Weights {
        revocation: weight("revocation", raw.revocation, 3),
        latency: weight("latency", raw.latency, 3),
        theft: weight("theft", raw.theft, 3),
        availability: weight("availability", raw.availability, 2),
        simplicity: weight("simplicity", raw.simplicity, 3),
        bytes: weight("bytes", raw.bytes, 1),
        store_load: weight("store_load", raw.store_load, 2),
    }
}
