//! The configuration as written, and its check: every problem at once.

use domain::feed::LeaseTerms;
use domain::setting::{Problem, Problems};
use serde::Deserialize;

use super::feed::feed;
use super::sections::{
    application, canary, issuer, keys, login, logout, receipts, session, space, status_list, store_cache,
    token,
};
use super::{Config, Proxies};

/// The sections that the authority reads. Everything is optional.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct RawConfig {
    /// `[server]`
    pub server: RawServer,
    /// `[session]`
    pub session: RawSession,
    /// `[token]`
    pub token: RawToken,
    /// `[keys]`
    pub keys: RawKeys,
    /// `[login]`
    pub login: RawLogin,
    /// `[store]`
    pub store: RawStore,
    /// `[canary]`
    pub canary: RawCanary,
    /// `[status_list]`
    pub status_list: RawStatusList,
    /// `[logout]`
    pub logout: RawLogout,
}

macro_rules! raw {
    ($(#[$doc:meta])* $name:ident { $($field:ident : $type:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, Deserialize)]
        #[serde(default)]
        #[allow(missing_docs, reason = "each field is documented by its entry in SETTINGS")]
        pub struct $name { $(pub $field: Option<$type>),* }
    };
}

raw!(
    /// `[server]`, as far as the authority reads it.
    RawServer { issuer: String, lease: String, proxies: Vec<String>, feed_listen: String, feed_connections: u64 }
);
raw!(
    /// `[session]`
    RawSession {
        idle_aal1: String, absolute_aal1: String, idle_aal2: String, absolute_aal2: String,
        idle_aal3: String, absolute_aal3: String, cap: u64, overflow: String, applications: Vec<String>,
    }
);
raw!(
    /// `[token]`
    RawToken { algorithms: Vec<String>, access_life: String }
);
raw!(
    /// `[keys]`
    RawKeys { rotate_every: String, announce_for: String }
);
raw!(
    /// `[login]`
    RawLogin {
        argon2_memory_kib: u64, argon2_passes: u64, hashing_places: u64, hashing_queue: u64, min_password: u64,
        breached_passwords: String, lockout_after: u64, attempts_per_account: u64, attempts_per_network: u64, window: String,
    }
);

raw!(
    /// `[store]`, as far as the authority reads it.
    RawStore {
        cache_mib: u64, reserve_mib: u64, low_space_mib: u64, short_space_mib: u64, receipts: u64, receipts_for: String,
    }
);

raw!(
    /// `[canary]`
    RawCanary { every: String }
);
raw!(
    /// `[status_list]`
    RawStatusList { audiences: Vec<String>, size: u64, ttl: String }
);
raw!(
    /// `[logout]`
    RawLogout { private_networks: Vec<String> }
);

impl RawConfig {
    /// Checks everything.
    ///
    /// # Errors
    /// Every problem, each with its path and remedy.
    pub fn check(self) -> Result<Config, Vec<Problem>> {
        let mut problems = Problems::default();
        let p = &mut problems;
        let (issuer, host) = issuer(p, self.server.issuer.as_deref());
        let proxies = Proxies::read(p, self.server.proxies.as_deref().unwrap_or_default());
        let session = session(p, &self.session);
        let lease = p.span(
            "server.lease",
            self.server.lease.as_deref(),
            LeaseTerms::default().lease,
            (LeaseTerms::MIN, LeaseTerms::MAX),
        );
        let feed = feed(p, &self.server);
        let token = token(p, &self.token);
        let longest = session
            .aal1
            .absolute
            .max(session.aal2.absolute)
            .max(session.aal3.absolute);
        let keys = keys(p, &self.keys, token.access_life, longest);
        let login = login(p, &self.login);
        let applications = self.session.applications.unwrap_or_default();
        for origin in &applications {
            application(p, origin);
        }
        let config = Config {
            issuer,
            host,
            proxies,
            session,
            applications,
            token,
            keys,
            login,
            lease: LeaseTerms { lease },
            feed,
            space: space(p, &self.store),
            store_cache_bytes: store_cache(p, &self.store),
            receipts: receipts(p, &self.store),
            canary: canary(p, &self.canary),
            status_list: status_list(p, &self.status_list),
            logout: logout(p, &self.logout),
        };
        problems.finish(config)
    }
}

#[cfg(test)]
mod tests;
