//! The description of a deployment: what it must hold, who its clients are, where it runs and how much comes.

mod choice;
mod clients;
mod raw;
mod schema;
mod settings;

pub use raw::{
    RawClient, RawDeployment, RawExisting, RawRequirements, RawScale, RawTenancy, RawTopology, RawWeights,
};
pub use schema::json_schema;
pub use settings::SETTINGS;

use domain::Span;

use crate::words::words;

words!(
    /// What kind of client it is. Everything else about a client has a default by its kind.
    Kind {
        /// Pages of an application on the authority's own site.
        BrowserSameSite = "browser_same_site", "browser on the same site";
        /// Pages of an application on another site than the authority's.
        BrowserCrossSite = "browser_cross_site", "browser on another site";
        /// Pages inside a frame of somebody else's site.
        BrowserEmbedded = "browser_embedded", "browser in a third-party frame";
        /// An application of scripts that calls an API.
        Spa = "spa", "single-page application";
        /// An application on a phone.
        Mobile = "mobile", "mobile application";
        /// An application on a computer.
        Desktop = "desktop", "desktop application";
        /// A device without a person in front of it.
        Iot = "iot", "device";
        /// One of our own services.
        Server = "server", "own service";
        /// Somebody else's service.
        Partner = "partner", "partner's service";
    }
);

words!(
    /// A class of operations, each with the revocation latency that it accepts.
    Operation {
        /// Looking.
        Reads = "reads", "reads";
        /// Changing.
        Writes = "writes", "writes";
        /// Money, rights, other people's data.
        Admin = "admin", "admin operations";
    }
);

words!(
    /// A rule book that the deployment answers to.
    Compliance {
        /// PCI DSS 4.0.
        PciDss4 = "pci-dss-4", "PCI DSS 4.0";
        /// HIPAA security rule.
        Hipaa = "hipaa", "HIPAA";
        /// NIST SP 800-63B-4, AAL1.
        Aal1 = "nist-aal1", "NIST AAL1";
        /// NIST SP 800-63B-4, AAL2.
        Aal2 = "nist-aal2", "NIST AAL2";
        /// NIST SP 800-63B-4, AAL3.
        Aal3 = "nist-aal3", "NIST AAL3";
        /// OWASP ASVS 5.0 level 1.
        AsvsL1 = "asvs-l1", "ASVS 5.0 level 1";
        /// OWASP ASVS 5.0 level 2.
        AsvsL2 = "asvs-l2", "ASVS 5.0 level 2";
        /// OWASP ASVS 5.0 level 3.
        AsvsL3 = "asvs-l3", "ASVS 5.0 level 3";
        /// FAPI 2.0 security profile.
        Fapi2 = "fapi-2", "FAPI 2.0";
    }
);

words!(
    /// What must go on while the store cannot be reached.
    StoreDown {
        /// Nothing that needs an identity.
        Refuse = "refuse", "refuse";
        /// Reads.
        Reads = "reads", "go on with reads";
        /// Everything.
        Everything = "everything", "go on with everything";
    }
);

words!(
    /// What stands in front.
    Gateway {
        /// Nothing.
        None = "none", "none";
        /// nginx.
        Nginx = "nginx", "nginx";
        /// Envoy.
        Envoy = "envoy", "Envoy";
        /// Caddy.
        Caddy = "caddy", "Caddy";
        /// HAProxy.
        Haproxy = "haproxy", "HAProxy";
        /// Traefik.
        Traefik = "traefik", "Traefik";
        /// Something else.
        Other = "other", "another gateway";
    }
);

words!(
    /// What a shared cache in front keeps.
    Cdn {
        /// Nothing.
        None = "none", "nothing";
        /// Answers that are the same for all.
        Public = "public", "public answers";
        /// Answers that depend on who asks.
        PerUser = "per_user", "answers for one user";
    }
);

words!(
    /// An identity provider that is there already.
    IdentityProvider {
        /// None.
        None = "none", "none";
        /// By OpenID Connect.
        Oidc = "oidc", "OpenID Connect";
        /// By SAML.
        Saml = "saml", "SAML";
    }
);

/// A checked topology. Made from [`RawTopology`] only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topology {
    /// Where it runs.
    pub deployment: Deployment,
    /// What is there already.
    pub existing: Existing,
    /// How much comes.
    pub scale: Scale,
    /// What it must hold.
    pub requirements: Requirements,
    /// Tenants.
    pub tenants: u64,
    /// Whether tenants bring identity providers of their own.
    pub federated: bool,
    /// What matters more, by preference, 0 to 10.
    pub weights: Weights,
    /// The clients; at least one.
    pub clients: Vec<Client>,
}

/// Where it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "each field is documented by its entry in SETTINGS")]
pub struct Deployment {
    pub name: String,
    pub issuer: String,
    pub regions: u64,
    pub round_trip: Span,
    pub edges: u64,
    pub gateway: Gateway,
    pub cdn: Cdn,
}

/// What is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each field is documented by its entry in SETTINGS")]
pub struct Existing {
    pub redis: bool,
    pub postgresql: bool,
    pub identity_provider: IdentityProvider,
}

/// How much comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each field is documented by its entry in SETTINGS")]
pub struct Scale {
    pub users: u64,
    pub sessions: u64,
    pub requests_per_second: u64,
    pub peak_factor: u64,
    pub logins_per_day: u64,
    pub revocations_per_day: u64,
    pub header_budget_bytes: u64,
}

impl Scale {
    /// Requests per second in the busiest hour.
    #[must_use]
    pub const fn peak_rps(&self) -> u64 {
        self.requests_per_second.saturating_mul(self.peak_factor)
    }
}

/// What it must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "each field is documented by its entry in SETTINGS")]
pub struct Requirements {
    pub revocation_reads: Span,
    pub revocation_writes: Span,
    pub revocation_admin: Span,
    pub compliance: Vec<Compliance>,
    pub idle: Option<Span>,
    pub absolute: Option<Span>,
    pub added_latency: Span,
    pub store_down: StoreDown,
    pub outage: Span,
}

impl Requirements {
    /// How long after a revocation an operation may still pass.
    #[must_use]
    pub const fn revocation(&self, operation: Operation) -> Span {
        match operation {
            Operation::Reads => self.revocation_reads,
            Operation::Writes => self.revocation_writes,
            Operation::Admin => self.revocation_admin,
        }
    }

    /// Whether a rule book applies.
    #[must_use]
    pub fn asks(&self, book: Compliance) -> bool {
        self.compliance.contains(&book)
    }

    /// The level of ASVS that applies; 0 for none.
    #[must_use]
    pub fn asvs_level(&self) -> u8 {
        use Compliance::{AsvsL1, AsvsL2, AsvsL3};
        let level = |(level, book)| if self.asks(book) { level } else { 0 };
        [(1, AsvsL1), (2, AsvsL2), (3, AsvsL3)]
            .into_iter()
            .map(level)
            .max()
            .unwrap_or(0)
    }
}

/// Weights of the preferences, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each field is documented by its entry in SETTINGS")]
pub struct Weights {
    pub revocation: u64,
    pub latency: u64,
    pub theft: u64,
    pub availability: u64,
    pub simplicity: u64,
    pub bytes: u64,
    pub store_load: u64,
}

/// One client.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "each field is documented by its entry in SETTINGS")]
pub struct Client {
    pub name: String,
    pub kind: Kind,
    pub operations: Vec<Operation>,
    /// Percent of the requests.
    pub share: u64,
    pub secret: bool,
    pub keystore: bool,
    pub dpop: bool,
    pub mtls: bool,
    pub acts_for_user: bool,
    pub same_host_api: bool,
    pub offline_validation: bool,
    pub hosts: Vec<String>,
    pub path: String,
    pub audience: Option<String>,
}

impl Client {
    /// Whether a `__Host-` cookie can carry its credential.
    #[must_use]
    pub const fn has_cookies(&self) -> bool {
        match self.kind {
            Kind::BrowserSameSite | Kind::BrowserCrossSite | Kind::BrowserEmbedded => true,
            Kind::Spa => self.same_host_api,
            Kind::Mobile | Kind::Desktop | Kind::Iot | Kind::Server | Kind::Partner => false,
        }
    }

    /// Whether a script or program can put a token into a header of every request.
    #[must_use]
    pub const fn has_tokens(&self) -> bool {
        !matches!(
            self.kind,
            Kind::BrowserSameSite | Kind::BrowserCrossSite | Kind::BrowserEmbedded
        )
    }

    /// Whether it can prove possession of a key.
    #[must_use]
    pub const fn can_prove_a_key(&self) -> bool {
        self.dpop || self.mtls
    }
}

#[cfg(test)]
mod tests;
