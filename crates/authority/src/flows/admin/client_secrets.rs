//! Secrets of OAuth clients: list, rotate with an overlap, remove.

use domain::Span;
use domain::client::{LONGEST_OVERLAP, MOST_SECRETS, RegisteredSecret, SecretRemoval, USUAL_OVERLAP};
use domain::id::Id;
use domain::secret::{ClientSecret, Secret};
use serde::Serialize;
use serde_json::{Map, Value};
use store::intent::{Actor, RemoveClientSecret, RotateClientSecret, SecretRotation};
use utoipa::ToSchema;

use super::clients::named;
use super::form::Form;
use super::written::rfc3339;
use super::{Conflict, Refusal};
use crate::authority::Authority;

/// One of a client's secrets as administrators see it. Never the secret or its digest.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClientSecretView {
    /// Names it.
    pub id: String,
    /// When it was made, RFC 3339.
    pub created_at: String,
    /// From then on it is refused, RFC 3339; nothing for the present one.
    pub ends_at: Option<String>,
    /// Whether it has ended.
    pub ended: bool,
    /// About when it was last used, RFC 3339: recorded at most every 15 minutes.
    pub last_used_at: Option<String>,
}

/// A new secret: shown this once.
#[derive(Serialize, ToSchema)]
pub struct RotatedClientSecret {
    /// The client.
    pub client: String,
    /// Names the new secret.
    pub id: String,
    /// The secret.
    pub secret: String,
    /// When the secrets before end, RFC 3339; nothing where they have ended.
    pub previous_end_at: Option<String>,
    /// Position of the revocation of all that the client got, where that was asked for.
    pub seq: Option<u64>,
}

/// A secret that is gone.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RemovedClientSecret {
    /// Named it.
    pub id: String,
}

/// A client's secrets, oldest first.
///
/// # Errors
/// Unknown; a fault.
pub async fn list(authority: &Authority, client: &str) -> Result<Vec<ClientSecretView>, Refusal> {
    let found = authority.store.client(&named(client)?).await?;
    let client = found.ok_or(Refusal::Unknown("client"))?;
    let now = authority.clock.now();
    let view = |secret: &RegisteredSecret| ClientSecretView {
        id: secret.id.to_string(),
        created_at: rfc3339(secret.created_at),
        ends_at: secret.ends_at.map(rfc3339),
        ended: !secret.is_live(now),
        last_used_at: secret.used_at.map(rfc3339),
    };
    Ok(client.secrets.iter().map(view).collect())
}

/// Makes a new secret. Those before stay good for the overlap; with an overlap of `0s` they end at once.
///
/// # Errors
/// Every problem of the request; unknown; a public client; as many live ones as there may be; a fault.
pub async fn rotate(
    authority: &Authority,
    client: &str,
    fields: Map<String, Value>,
    actor: Actor,
) -> Result<RotatedClientSecret, Refusal> {
    let mut form = Form::new(fields);
    let overlap = form.span("overlap", USUAL_OVERLAP, (Span::default(), LONGEST_OVERLAP));
    let revoke = form.flag("revoke", false);
    let reason = form.text("reason", 200).unwrap_or_default();
    let (overlap, revoke, reason) = form.finish((overlap, revoke, reason))?;
    let client = named(client)?;
    let now = authority.clock.now();
    let secret = Secret::<ClientSecret>::generate(authority.entropy.as_ref());
    let id = Id::generate(now, authority.entropy.as_ref());
    let intent = RotateClientSecret {
        client: client.clone(),
        secret: RegisteredSecret::new(id, secret.digest(), now),
        overlap,
        revoke,
        actor: actor.because(&reason),
    };
    match authority.store.rotate_client_secret(intent).await? {
        SecretRotation::Rotated { ends_at, seq } => {
            if let Some(seq) = seq {
                authority.revoker.published(seq);
            }
            Ok(RotatedClientSecret {
                client: client.to_string(),
                id: id.to_string(),
                secret: secret.reveal().to_string(),
                previous_end_at: ends_at.map(rfc3339),
                seq: seq.map(|s| s.as_u64()),
            })
        }
        SecretRotation::TooMany => Err(Conflict::TooManySecrets(MOST_SECRETS).into()),
        SecretRotation::Public => Err(Conflict::PublicClient.into()),
        SecretRotation::Unknown => Err(Refusal::Unknown("client")),
    }
}

/// Removes a secret at once; the last one that lives stays.
///
/// # Errors
/// Unknown; the last one; a fault.
pub async fn remove(
    authority: &Authority,
    client: &str,
    secret: &str,
    actor: Actor,
) -> Result<RemovedClientSecret, Refusal> {
    let id = secret.parse().map_err(|_| Refusal::Unknown("client secret"))?;
    let intent = RemoveClientSecret {
        client: named(client)?,
        secret: id,
        actor,
    };
    match authority.store.remove_client_secret(intent).await? {
        Some(SecretRemoval::Removed) => Ok(RemovedClientSecret { id: id.to_string() }),
        Some(SecretRemoval::Unknown) => Err(Refusal::Unknown("client secret")),
        Some(SecretRemoval::Last) => Err(Conflict::LastSecret.into()),
        None => Err(Refusal::Unknown("client")),
    }
}
