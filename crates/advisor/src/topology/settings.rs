//! The keys of a topology file, as data: the check of unknown keys, the reference and the schema are made from this.

use domain::setting::Setting;

const fn key(path: &'static str, form: &'static str, default: &'static str, doc: &'static str) -> Setting {
    Setting::new(path, form, default, "", doc)
}

const WEIGHT: &str = "0 to 10";
const MUCH: &str = "0 to 100000000000";

/// Every key of a topology file.
#[rustfmt::skip]
pub const SETTINGS: &[Setting] = &[
    key("deployment.name", "text", "\"deployment\"", "What the report calls it."),
    key("deployment.issuer", "text", "\"https://id.example.org\"", "The authority's public URL, for the emitted configuration."),
    Setting::new("deployment.regions", "integer", "1", "1 to 100", "Regions that serve requests. The authority and its store are in one of them."),
    Setting::new("deployment.round_trip", "duration", "", "1ms to 10s", "From the farthest region to the authority and back; without it, 1ms in one region and 80ms in several."),
    Setting::new("deployment.edges", "integer", "", "1 to 100000", "Places that check credentials: gateways, or instances of a service; without it, one a region."),
    key("deployment.gateway", "one of none, nginx, envoy, caddy, haproxy, traefik, other", "\"none\"", "What stands in front of the application."),
    key("deployment.cdn", "one of none, public, per_user", "\"none\"", "What a shared cache in front keeps: nothing, what is the same for all, or what depends on who asks."),
    key("existing.redis", "boolean", "false", "A Redis or Valkey is run already."),
    key("existing.postgresql", "boolean", "false", "A PostgreSQL is run already."),
    key("existing.identity_provider", "one of none, oidc, saml", "\"none\"", "An identity provider that people sign in at already."),
    Setting::new("scale.users", "integer", "10000", "1 to 1000000000", "People (or devices) with an account."),
    Setting::new("scale.sessions", "integer", "", "1 to 1000000000", "Live sessions and token families at the busiest time; without it, a fifth of the users."),
    Setting::new("scale.requests_per_second", "integer", "100", "1 to 100000000", "Requests that carry a credential, as a mean over the day."),
    Setting::new("scale.peak_factor", "integer", "3", "1 to 100", "The busiest hour against the mean."),
    Setting::new("scale.logins_per_day", "integer", "", MUCH, "Logins; without it, one a session."),
    Setting::new("scale.revocations_per_day", "integer", "", MUCH, "Logouts and all other revocations; without it, one for every second session."),
    Setting::new("scale.header_budget_bytes", "integer", "8192", "128 to 65536", "What a request's credential may take of the header section."),
    Setting::new("requirements.revocation_reads", "duration", "\"10s\"", "0ms to 1d", "How long after a revocation a read may still pass, at the worst place and time."),
    Setting::new("requirements.revocation_writes", "duration", "\"10s\"", "0ms to 1d", "The same for a write."),
    Setting::new("requirements.revocation_admin", "duration", "\"10s\"", "0ms to 1d", "The same for administration, money and rights."),
    key("requirements.compliance", "list of pci-dss-4, hipaa, nist-aal1, nist-aal2, nist-aal3, asvs-l1, asvs-l2, asvs-l3, fapi-2", "[]", "Rule books that it answers to. PCI DSS speaks of staff's accounts here, not of cardholders'."),
    Setting::new("requirements.idle", "duration", "", "1m to 90d", "How long a session may stay unused; without it, what the rule books ask."),
    Setting::new("requirements.absolute", "duration", "", "1m to 90d", "How long a session may live; without it, what the rule books ask."),
    Setting::new("requirements.added_latency", "duration", "\"20ms\"", "1ms to 10s", "What the check may add to a request, at p99."),
    key("requirements.store_down", "one of refuse, reads, everything", "\"refuse\"", "What must go on while the store cannot be reached."),
    Setting::new("requirements.outage", "duration", "\"5m\"", "1s to 1d", "How long; also the outage that the figures price."),
    Setting::new("tenancy.tenants", "integer", "1", "1 to 1000000000", "Customers kept apart."),
    key("tenancy.federated", "boolean", "false", "Tenants bring identity providers of their own."),
    Setting::new("weights.revocation", "integer", "3", WEIGHT, "What a short exposure is worth."),
    Setting::new("weights.latency", "integer", "3", WEIGHT, "What little added latency is worth."),
    Setting::new("weights.theft", "integer", "3", WEIGHT, "What it is worth that a credential is hard to steal, and useless when stolen."),
    Setting::new("weights.availability", "integer", "2", WEIGHT, "What it is worth to go on without the store."),
    Setting::new("weights.simplicity", "integer", "3", WEIGHT, "What few moving parts are worth."),
    Setting::new("weights.bytes", "integer", "1", WEIGHT, "What small headers are worth."),
    Setting::new("weights.store_load", "integer", "2", WEIGHT, "What few look-ups are worth."),
    key("[[client]].name", "text", "", "Its name; a client id in the emitted commands."),
    key("[[client]].kind", "one of browser_same_site, browser_cross_site, browser_embedded, spa, mobile, desktop, iot, server, partner", "", "What it is. Must be given: the defaults below follow from it."),
    key("[[client]].operations", "list of reads, writes, admin", "[\"reads\", \"writes\"]", "What it does; the strictest revocation latency of these is its own."),
    Setting::new("[[client]].share", "integer", "", "0 to 100", "Percent of all requests; without it, an even share."),
    key("[[client]].secret", "boolean", "", "Keeps a secret of its own; by default own and partners' services do."),
    key("[[client]].keystore", "boolean", "", "Has the operating system's keystore; by default mobile and desktop applications do."),
    key("[[client]].dpop", "boolean", "false", "Can prove possession of a key with each request (RFC 9449)."),
    key("[[client]].mtls", "boolean", "false", "Can present a client certificate (RFC 8705)."),
    key("[[client]].acts_for_user", "boolean", "", "A person stands behind it; by default not for services and devices."),
    key("[[client]].same_host_api", "boolean", "", "Single-page applications: the API answers on the application's own host, so that a cookie reaches it. Default true."),
    key("[[client]].offline_validation", "boolean", "false", "Whoever checks its credential has no contact with us: a partner's server, a CDN's function, a device in the field."),
    key("[[client]].hosts", "list of text", "[]", "Hosts of its application, for the emitted routes and cookies."),
    key("[[client]].path", "text", "\"/*\"", "The paths it calls: \"/x\", or \"/x/*\" for all below."),
    key("[[client]].audience", "text", "", "Whom its tokens are for; without it, the issuer."),
];
