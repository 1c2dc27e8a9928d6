//! The formulas, one function a figure: the value, and the same in words. Baselines stand beside the mechanisms.

use serde::{Serialize, Serializer};

use crate::case::{Case, Keeper};
use crate::mechanism::{Baseline, Mechanism};
use crate::plan;

/// What has a price: a mechanism, or a baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// One of ours.
    Ours(Mechanism),
    /// What others do.
    Theirs(Baseline),
}

use Baseline::{CachedIntrospection, PolledBlocklist};
use Mechanism::{EdgeSession, EdgeToken, SelfContained, ServerSession};
use Scheme::{Ours, Theirs};

impl Scheme {
    /// Every one, mechanisms first.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let ours = Mechanism::ALL.iter().map(|m| Ours(*m));
        ours.chain(Baseline::ALL.iter().map(|b| Theirs(*b))).collect()
    }

    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Ours(mechanism) => mechanism.as_str(),
            Theirs(baseline) => baseline.as_str(),
        }
    }

    /// For people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Ours(mechanism) => mechanism.title(),
            Theirs(baseline) => baseline.title(),
        }
    }
}

impl Serialize for Scheme {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A value and its formula.
type Said = (f64, &'static str);

/// One figure by its id.
pub(super) fn one(case: &Case<'_>, scheme: Scheme, id: &str) -> Said {
    let m = Model { case, scheme };
    match id {
        "F-01" => m.exposure_expected(),
        "F-02" => m.exposure_worst(),
        "F-03" => m.latency_p50(),
        "F-04" => m.latency_p99(),
        "F-05" => m.lookups(),
        "F-06" => m.memory(),
        "F-07" => m.header(),
        "F-08" => m.header_month(),
        "F-09" => m.cores(),
        "F-10" => m.traffic(),
        "F-11" => m.refreshes(),
        "F-12" => m.mass_logout(),
        "F-13" => m.sign_in_again(),
        _ => m.served(),
    }
}

struct Model<'a> {
    case: &'a Case<'a>,
    scheme: Scheme,
}

impl Model<'_> {
    /// Milliseconds to the farthest region and back; nothing within one.
    fn travel(&self) -> f64 {
        let deployment = &self.case.topology.deployment;
        if deployment.regions > 1 {
            deployment.round_trip.as_ms() as f64
        } else {
            0.0
        }
    }

    /// The part of the requests that does not arrive in the store's region.
    fn far_share(&self) -> f64 {
        1.0 - 1.0 / self.case.topology.deployment.regions as f64
    }

    fn life_s(&self) -> f64 {
        let life = match self.scheme {
            Ours(EdgeToken) => self.case.edge_life(),
            _ => self.case.self_contained_life(),
        };
        life.as_ms() as f64 / 1000.0
    }

    /// Places of one region that may see the same credential.
    fn edges_here(&self) -> f64 {
        let deployment = &self.case.topology.deployment;
        (deployment.edges as f64 / deployment.regions as f64).max(1.0)
    }

    fn exposure_expected(&self) -> Said {
        let c = self.case.constants;
        match self.scheme {
            Ours(ServerSession) => (self.latency_p50().0, "a request that is being looked up: F-03"),
            Ours(EdgeSession | EdgeToken) => (
                c.propagation_p50_ms + self.travel() * self.far_share() / 2.0,
                "propagation_p50_ms + round_trip / 2 * far share",
            ),
            Ours(SelfContained) => (self.life_s() * 500.0, "life / 2"),
            Theirs(PolledBlocklist) => (c.blocklist_poll_s * 500.0, "blocklist_poll_s / 2"),
            Theirs(CachedIntrospection) => (c.introspection_ttl_s * 500.0, "introspection_ttl_s / 2"),
        }
    }

    fn exposure_worst(&self) -> Said {
        let c = self.case.constants;
        match self.scheme {
            Ours(ServerSession) => (self.latency_p99().0, "a request that is being looked up: F-04"),
            Ours(EdgeSession | EdgeToken) => (
                plan::worst_staleness(self.case).as_ms() as f64,
                "max_staleness + margin (+ beyond_lease), at an edge that was cut off",
            ),
            Ours(SelfContained) => ((self.life_s() + c.leeway_s) * 1000.0, "life + leeway_s"),
            Theirs(PolledBlocklist) => (
                (self.life_s() + c.leeway_s) * 1000.0,
                "life + leeway_s, where the list cannot be fetched; else blocklist_poll_s",
            ),
            Theirs(CachedIntrospection) => (c.introspection_ttl_s * 1000.0, "introspection_ttl_s"),
        }
    }

    fn keeper_ms(&self) -> (f64, f64) {
        let c = self.case.constants;
        match self.case.keeper() {
            Keeper::Redis => (c.redis_p50_ms, c.redis_p99_ms),
            Keeper::Sql => (c.sql_p50_ms, c.sql_p99_ms),
            Keeper::Embedded => (c.embedded_p50_ms, c.embedded_p99_ms),
        }
    }

    fn latency_p50(&self) -> Said {
        let c = self.case.constants;
        let verify = c.verify_us / 1000.0;
        match self.scheme {
            Ours(ServerSession) => {
                let travel = if self.far_share() > 0.5 {
                    self.travel()
                } else {
                    0.0
                };
                (
                    self.keeper_ms().0 + travel,
                    "store p50 + round_trip where most requests are far",
                )
            }
            Ours(EdgeSession | EdgeToken) => (
                self.asking().0 + c.warm_check_us / 1000.0,
                "ask_edge_p50_ms behind a gateway + warm_check_us",
            ),
            Ours(SelfContained) | Theirs(PolledBlocklist) => (verify, "verify_us"),
            Theirs(CachedIntrospection) => (c.warm_check_us / 1000.0, "a hit in the cache: warm_check_us"),
        }
    }

    fn latency_p99(&self) -> Said {
        let c = self.case.constants;
        let verify = c.verify_us / 1000.0;
        match self.scheme {
            Ours(ServerSession) => (
                self.keeper_ms().1 + self.travel(),
                "store p99 + round_trip in a far region",
            ),
            Ours(EdgeSession) => (
                self.asking().1 + c.unseal_us / 1000.0,
                "ask_edge_p99_ms behind a gateway + unseal_us (a cookie seen for the first time)",
            ),
            Ours(EdgeToken) => (
                self.asking().1 + verify,
                "ask_edge_p99_ms behind a gateway + verify_us (a token seen for the first time)",
            ),
            Ours(SelfContained) | Theirs(PolledBlocklist) => (verify * 3.0, "3 * verify_us (a busy core)"),
            Theirs(CachedIntrospection) => (
                self.keeper_ms().1 + self.travel(),
                "a miss: store p99 + round_trip in a far region",
            ),
        }
    }

    fn asking(&self) -> (f64, f64) {
        let c = self.case.constants;
        match self.case.topology.deployment.gateway {
            crate::topology::Gateway::None => (0.0, 0.0),
            _ => (c.ask_edge_p50_ms, c.ask_edge_p99_ms),
        }
    }

    fn lookups(&self) -> Said {
        let (case, c) = (self.case, self.case.constants);
        let logins = case.topology.scale.logins_per_day as f64 * case.client.share as f64 / 100.0 / 86_400.0;
        let family = self.refreshes().0;
        match self.scheme {
            Ours(ServerSession) => (case.peak_rps(), "requests at peak"),
            Ours(EdgeSession) => (
                case.peak_rps().min(case.sessions() / c.activity_batch_s) + logins,
                "min(requests at peak, sessions / activity_batch_s), written in batches, + logins",
            ),
            Ours(EdgeToken | SelfContained) | Theirs(PolledBlocklist) => {
                (family + logins, "refreshes (F-11) + logins")
            }
            Theirs(CachedIntrospection) => (
                case.peak_rps()
                    .min(case.sessions() * self.edges_here() / c.introspection_ttl_s),
                "min(requests at peak, sessions * edges of a region / introspection_ttl_s)",
            ),
        }
    }

    fn memory(&self) -> Said {
        let bytes = self.case.sessions() * self.case.constants.record_bytes;
        (
            bytes,
            "sessions * record_bytes: the record is kept whatever the bearer carries",
        )
    }

    fn header(&self) -> Said {
        let bytes = match self.scheme {
            Ours(mechanism) => self.case.header_bytes(mechanism),
            Theirs(PolledBlocklist) => self.case.constants.token_bytes,
            Theirs(CachedIntrospection) => self.case.constants.opaque_bytes,
        };
        (bytes, "cookie_bytes, token_bytes or opaque_bytes")
    }

    fn header_month(&self) -> Said {
        let bytes = self.header().0 * self.case.mean_rps() * self.case.constants.month_s;
        (
            bytes,
            "F-07 * mean requests per second * month_s; HTTP/2 header compression lowers it on kept connections",
        )
    }

    fn cores(&self) -> Said {
        let (case, c) = (self.case, self.case.constants);
        let rps = case.peak_rps();
        let first_seen = |kept_s: f64| rps.min(case.sessions() * self.edges_here() / kept_s);
        let us = match self.scheme {
            Ours(ServerSession) => rps * c.unseal_us,
            Ours(EdgeSession) => rps * c.warm_check_us + first_seen(c.edge_memory_s) * c.unseal_us,
            Ours(EdgeToken) => rps * c.warm_check_us + first_seen(self.life_s()) * c.verify_us,
            Ours(SelfContained) | Theirs(PolledBlocklist) => rps * c.verify_us,
            Theirs(CachedIntrospection) => rps * c.warm_check_us,
        };
        let formula = match self.scheme {
            Ours(ServerSession) => "requests at peak * unseal_us",
            Ours(EdgeSession) => "requests at peak * warm_check_us + first seen * unseal_us",
            Ours(EdgeToken) => {
                "requests at peak * warm_check_us + first seen * verify_us; first seen = min(requests, sessions * edges of a region / life)"
            }
            Ours(SelfContained) | Theirs(PolledBlocklist) => "requests at peak * verify_us",
            Theirs(CachedIntrospection) => "requests at peak * warm_check_us",
        };
        (us / 1_000_000.0, formula)
    }

    fn traffic(&self) -> Said {
        let (case, c) = (self.case, self.case.constants);
        let edges = case.topology.deployment.edges as f64;
        let revocations = case.topology.scale.revocations_per_day as f64 * case.client.share as f64 / 100.0;
        let per_s = revocations / 86_400.0;
        match self.scheme {
            Ours(EdgeSession | EdgeToken) => {
                let renewals = edges * c.renewal_bytes * 1000.0 / plan::renew_every(case).as_ms() as f64;
                (
                    per_s * c.entry_bytes * edges + renewals,
                    "edges * (revocations * entry_bytes + renewal_bytes / renewal interval)",
                )
            }
            Theirs(PolledBlocklist) => (
                edges * per_s * self.life_s() * c.entry_bytes / c.blocklist_poll_s,
                "edges * revocations within a life * entry_bytes / blocklist_poll_s",
            ),
            _ => (0.0, "none"),
        }
    }

    fn refreshes(&self) -> Said {
        match self.scheme {
            Ours(EdgeToken | SelfContained) | Theirs(PolledBlocklist) => (
                self.case.sessions() / self.life_s(),
                "sessions / life, while in use",
            ),
            _ => (0.0, "none"),
        }
    }

    fn mass_logout(&self) -> Said {
        let worst = self.exposure_worst().0;
        match self.scheme {
            Ours(EdgeSession | EdgeToken) => (worst, "one log entry of class `all` or `tenant`; then F-02"),
            Ours(ServerSession) => (worst, "one watermark; then F-02"),
            _ => (worst, "F-02"),
        }
    }

    fn sign_in_again(&self) -> Said {
        let c = self.case.constants;
        if !self.case.client.acts_for_user {
            return (0.0, "no person signs in");
        }
        let ms = self.case.sessions() * c.hash_ms / c.hashing_places;
        (
            ms,
            "sessions * hash_ms / hashing_places; beyond the queue logins get 503 and come back",
        )
    }

    fn served(&self) -> Said {
        let outage_s = self.case.requirements().outage.as_ms() as f64 / 1000.0;
        // Of tokens of all ages, each lives on for what is left of its life.
        let aged = |life: f64| {
            if outage_s <= life {
                1.0 - outage_s / (2.0 * life)
            } else {
                life / (2.0 * outage_s)
            }
        };
        let (part, formula) = match self.scheme {
            Ours(ServerSession) => (0.0, "none: every check needs the store"),
            Ours(EdgeSession | EdgeToken) => {
                let covered = plan::covered_without_store(self.case).as_ms() as f64 / 1000.0;
                (
                    (covered / outage_s).min(1.0),
                    "min(1, (lease + beyond_lease) / outage)",
                )
            }
            Ours(SelfContained) | Theirs(PolledBlocklist) => (
                aged(self.life_s()),
                "1 - outage / (2 * life), or life / (2 * outage) beyond a life: nobody can refresh",
            ),
            Theirs(CachedIntrospection) => (
                aged(self.case.constants.introspection_ttl_s),
                "as for tokens, with introspection_ttl_s in place of the life",
            ),
        };
        (part * 100.0, formula)
    }
}
