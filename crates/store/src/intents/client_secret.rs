//! Secrets of clients: one follows another, with an overlap.

use domain::Timestamp;
use domain::client::SecretRemoval;
use domain::event::Event;
use domain::revocation::Target;

use super::ledger::{acted, append, must_be_new, record};
use crate::error::StoreError;
use crate::intent::{RemoveClientSecret, RotateClientSecret, SecretRotation};
use crate::rows::Rows;

/// Puts a new secret in place; those before end after the overlap, and where that is asked for everything issued to the
/// client is dead by class `client`.
///
/// # Errors
/// Of the rows; or the secret's id was used before.
pub fn rotate_client_secret(
    rows: &mut dyn Rows,
    now: Timestamp,
    intent: &RotateClientSecret,
) -> Result<SecretRotation, StoreError> {
    let Some(mut client) = rows.client(&intent.client)? else {
        return Ok(SecretRotation::Unknown);
    };
    if client.is_public() {
        return Ok(SecretRotation::Public);
    }
    let new = domain::client::RegisteredSecret::new(intent.secret.id, intent.secret.digest, now);
    let taken = |s: &domain::client::RegisteredSecret| s.id == new.id || s.digest == new.digest;
    must_be_new(client.secrets.iter().any(taken))?;
    if !client.rotate_secret(new, now, intent.overlap) {
        return Ok(SecretRotation::TooMany);
    }
    let ends_at = client.secrets.iter().filter_map(|s| s.ends_at).max();
    rows.put_client(&client)?;
    let seq = match intent.revoke {
        true => Some(append(rows, now, Target::Client(client.id.clone()))?),
        false => None,
    };
    let event = Event::ClientSecretRotated {
        client: client.id.clone(),
        secret: new.id.to_string(),
        ends_at,
        actor: intent.actor.to_string(),
        seq,
    };
    record(rows, now, &event)?;
    acted(
        rows,
        now,
        &intent.actor,
        (Some(format!("client:{}", client.id)), "done"),
    )?;
    Ok(SecretRotation::Rotated { ends_at, seq })
}

/// Removes a secret, unless it is the only one that lives. Nothing: no such client.
///
/// # Errors
/// Of the rows.
pub fn remove_client_secret(
    rows: &mut dyn Rows,
    now: Timestamp,
    intent: &RemoveClientSecret,
) -> Result<Option<SecretRemoval>, StoreError> {
    let Some(mut client) = rows.client(&intent.client)? else {
        return Ok(None);
    };
    let outcome = client.remove_secret(intent.secret, now);
    if outcome == SecretRemoval::Removed {
        rows.put_client(&client)?;
        let event = Event::ClientSecretRemoved {
            client: client.id.clone(),
            secret: intent.secret.to_string(),
            actor: intent.actor.to_string(),
        };
        record(rows, now, &event)?;
        acted(
            rows,
            now,
            &intent.actor,
            (Some(format!("client:{}", client.id)), "done"),
        )?;
    }
    Ok(Some(outcome))
}
