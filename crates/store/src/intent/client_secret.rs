//! Secrets of clients.

use domain::client::RegisteredSecret;
use domain::id::{ClientSecret, Id};
use domain::{ClientId, Seq, Span, Timestamp};

use super::Actor;

/// Puts a new secret in place of a client's present ones, which end after the overlap.
#[derive(Debug, Clone)]
pub struct RotateClientSecret {
    /// Whose.
    pub client: ClientId,
    /// The new one.
    pub secret: RegisteredSecret,
    /// How long those before stay good; nothing ends them at once.
    pub overlap: Span,
    /// Whether everything issued to the client is revoked too.
    pub revoke: bool,
    /// Who.
    pub actor: Actor,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretRotation {
    /// The new secret is good.
    Rotated {
        /// When those before end; nothing where they have ended.
        ends_at: Option<Timestamp>,
        /// Position of the revocation.
        seq: Option<Seq>,
    },
    /// As many are alive as there may be.
    TooMany,
    /// A public client has none.
    Public,
    /// No such client.
    Unknown,
}

/// Removes one of a client's secrets at once.
#[derive(Debug, Clone)]
pub struct RemoveClientSecret {
    /// Whose.
    pub client: ClientId,
    /// Which one.
    pub secret: Id<ClientSecret>,
    /// Who.
    pub actor: Actor,
}
