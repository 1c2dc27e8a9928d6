//! Administration: users, clients, sessions, keys, revocations, backup. Rules only; no HTTP types.

pub(crate) mod audit;
pub mod backup;
pub mod client_secrets;
pub mod clients;
pub mod edges;
pub(crate) mod form;
pub mod keys;
pub(crate) mod redirect_uri;
pub mod revocations;
pub mod sessions;
pub mod setup_code;
pub mod status;
pub mod tokens;
pub mod users;
pub(crate) mod written;

use domain::setting::Problem;

use crate::error::Fault;

/// Most rows on one page.
pub const PAGE_MOST: u64 = 1000;
/// Rows on a page when nobody says.
pub const PAGE_USUAL: u64 = 100;

/// Why an administrator's request was not carried out. `http` turns each into its answer in one table.
#[derive(Debug)]
pub enum Refusal {
    /// No such thing: `user`, `client`, `session`, `key`.
    Unknown(&'static str),
    /// Everything that is wrong with the request, at once.
    Invalid(Vec<Problem>),
    /// A token would make one that is stronger than itself.
    ExceedsToken,
    /// It contradicts what there is.
    Conflict(Conflict),
    /// The backup could not be written; why.
    BackupFailed(String),
    /// The work could not be done.
    Fault(Fault),
}

/// A contradiction with what there is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// The user name is taken.
    #[error("a user of this name exists; names are compared without regard to case")]
    NameTaken,
    /// The client id is taken.
    #[error("a client of this id exists")]
    ClientTaken,
    /// The name of an admin token is taken.
    #[error("an admin token of this name exists")]
    TokenTaken,
    /// As many admin tokens as there may be.
    #[error("there are {0} admin tokens already, which is the most")]
    TooManyTokens(usize),
    /// As many secrets as a client may have.
    #[error("{0} secrets of this client are alive already, which is the most")]
    TooManySecrets(usize),
    /// As many credentials as an edge may have.
    #[error("{0} credentials of this edge are good already, which is the most")]
    TooManyCredentials(usize),
    /// The client would be locked out.
    #[error("this is the client's only secret that lives")]
    LastSecret,
    /// The client keeps no secret.
    #[error("a public client has no secret")]
    PublicClient,
    /// The user is disabled.
    #[error("the user is disabled")]
    UserDisabled,
    /// Somebody else changed it at the same time.
    #[error("somebody else changed it at the same time")]
    Outdated,
    /// The key in reserve may not take over yet.
    #[error("the key in reserve cannot take over yet: {0}")]
    KeyNotReady(String),
    /// The key is in use: revoking it alone would kill what is made next.
    #[error("the key is in use: what it makes next would be dead at once")]
    KeyInUse,
    /// The idempotency key belongs to another request.
    #[error("this idempotency key was used for another request")]
    IdempotencyKey,
    /// The file exists.
    #[error("there is something at this path already; nothing is overwritten")]
    FileExists,
    /// This store has no backup of its own.
    #[error("this store is backed up by its own tools")]
    NoBackup,
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<store::StoreError> for Refusal {
    fn from(error: store::StoreError) -> Self {
        Self::Fault(error.into())
    }
}

impl From<Conflict> for Refusal {
    fn from(conflict: Conflict) -> Self {
        Self::Conflict(conflict)
    }
}

impl Refusal {
    /// One problem alone.
    pub(crate) fn invalid(path: &str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Invalid(vec![Problem::new(path, message, hint)])
    }
}

/// A bounded count of rows.
pub(crate) fn rows(limit: u64) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}
