//! Tokens of the admin API, and uses that are worth recording.

use domain::admin_token::AdminToken;
use domain::id::{AdminToken as AdminTokenKind, ClientSecret, Id};
use domain::{ClientId, TokenName};

use super::Actor;

/// Adds a token. Where a token makes it, that token must live and may not be exceeded.
#[derive(Debug, Clone)]
pub struct AddAdminToken {
    /// The row.
    pub token: AdminToken,
    /// Who.
    pub actor: Actor,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdminTokenAddition {
    /// The token is good.
    Added,
    /// A token of this name lives.
    NameTaken,
    /// There are as many as there may be.
    TooMany,
    /// Its maker is gone, or has less scope or a shorter life.
    Exceeds,
}

/// Removes a token.
#[derive(Debug, Clone)]
pub struct RemoveAdminToken {
    /// Which one.
    pub id: Id<AdminTokenKind>,
    /// Also every token that was made with it, and with those.
    pub made_too: bool,
    /// Who.
    pub actor: Actor,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AdminTokenRemoval {
    /// The names of all that are gone, the one that was named first.
    Removed(Vec<TokenName>),
    /// No such token.
    Unknown,
}

/// A credential that was just used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Use {
    /// A token of the admin API.
    AdminToken(Id<AdminTokenKind>),
    /// A client's secret.
    ClientSecret(ClientId, Id<ClientSecret>),
}
