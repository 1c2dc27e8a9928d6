//! The authority's configuration: raw as written, checked as used.

mod feed;
mod proxies;
mod raw;
mod sections;
mod settings;

pub use proxies::Proxies;
pub use raw::{
    RawCanary, RawConfig, RawKeys, RawLogin, RawLogout, RawServer, RawSession, RawStatusList, RawStore,
    RawToken,
};
pub use settings::SETTINGS;

use std::path::PathBuf;

use domain::feed::LeaseTerms;
use domain::key::KeyPolicy;
use domain::lockout::LockoutTerms;
use domain::session::SessionPolicy;
use domain::{Host, Span};
use jose::Algorithm;
use store::intent::ReceiptTerms;

use crate::feed::FeedConfig;
use crate::logout::LogoutTerms;
use crate::space::SpaceTerms;
use crate::status_list::StatusTerms;

/// A checked configuration. Made from [`RawConfig`] only.
#[derive(Debug, Clone)]
pub struct Config {
    /// The issuer's URL, without a trailing slash.
    pub issuer: String,
    /// Its host, for cookies.
    pub host: Host,
    /// Proxies whose word on a visitor's address is believed.
    pub proxies: Proxies,
    /// Session policy.
    pub session: SessionPolicy,
    /// Origins of application hosts that may have a cookie of their own.
    pub applications: Vec<String>,
    /// Tokens.
    pub token: TokenConfig,
    /// Key life cycle.
    pub keys: KeyPolicy,
    /// Login.
    pub login: LoginConfig,
    /// Leases of edges.
    pub lease: LeaseTerms,
    /// Where edges of other processes are served; nothing: nowhere.
    pub feed: Option<FeedConfig>,
    /// Room on the store's disk.
    pub space: SpaceTerms,
    /// Pages of the embedded store that are kept in memory.
    pub store_cache_bytes: u64,
    /// Time between two rounds of the canary; nothing: there is none.
    pub canary: Option<Span>,
    /// Whose tokens are in the status list; nothing: nobody's.
    pub status_list: Option<StatusTerms>,
    /// Where logout tokens may be carried to.
    pub logout: LogoutTerms,
    /// How many receipts of revocations are kept, and how long.
    pub receipts: ReceiptTerms,
}

/// Tokens.
#[derive(Debug, Clone)]
pub struct TokenConfig {
    /// Algorithms with a key; the first signs.
    pub algorithms: Vec<Algorithm>,
    /// Default life of an access token.
    pub access_life: Span,
}

/// Password login.
#[derive(Debug, Clone)]
pub struct LoginConfig {
    /// Argon2id memory in KiB.
    pub argon2_memory_kib: u32,
    /// Argon2id passes.
    pub argon2_passes: u32,
    /// Hashes computed at once.
    pub hashing_places: usize,
    /// Logins that may wait for a place; one more is told to come back.
    pub hashing_queue: usize,
    /// Shortest password, in characters.
    pub min_password: usize,
    /// A list of passwords that leaked, beside our own short one.
    pub breached_passwords: Option<PathBuf>,
    /// Wrong passwords in a row that are heard.
    pub lockout: LockoutTerms,
    /// Attempts per account within [`LoginConfig::window`].
    pub attempts_per_account: u32,
    /// Attempts per address network within the window.
    pub attempts_per_network: u32,
    /// Over which attempts are counted.
    pub window: Span,
}

impl Default for LoginConfig {
    /// Argon2id with 19 MiB, 2 passes, 1 lane (OWASP's first choice).
    fn default() -> Self {
        Self {
            argon2_memory_kib: 19 * 1024,
            argon2_passes: 2,
            hashing_places: 2,
            hashing_queue: 64,
            min_password: domain::password::MIN_CHARS,
            breached_passwords: None,
            lockout: LockoutTerms {
                after: 100,
                after_known: 10,
            },
            attempts_per_account: 10,
            attempts_per_network: 100,
            window: Span::from_mins(5),
        }
    }
}
