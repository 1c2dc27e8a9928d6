//! OAuth clients.

use domain::client::Client;
use domain::event::Event;
use domain::revocation::Target;
use domain::{ClientId, Timestamp};

use super::ledger::{acted, append, record};
use crate::error::StoreError;
use crate::intent::{Actor, Disabling};
use crate::rows::Rows;

/// Adds a client; `false` if the id is taken.
///
/// # Errors
/// Of the rows.
pub fn add_client(
    rows: &mut dyn Rows,
    now: Timestamp,
    client: &Client,
    actor: &Actor,
) -> Result<bool, StoreError> {
    if rows.client(&client.id)?.is_some() {
        return Ok(false);
    }
    rows.put_client(client)?;
    let event = Event::ClientAdded {
        client: client.id.clone(),
        actor: actor.to_string(),
    };
    record(rows, now, &event)?;
    acted(rows, now, actor, (Some(format!("client:{}", client.id)), "done"))?;
    Ok(true)
}

/// Removes a client; everything of its is dead by class `client`, also if the id is registered again.
///
/// # Errors
/// Of the rows.
pub fn remove_client(
    rows: &mut dyn Rows,
    now: Timestamp,
    id: &ClientId,
    actor: &Actor,
) -> Result<Disabling, StoreError> {
    if rows.client(id)?.is_none() {
        return Ok(Disabling::Unknown);
    }
    rows.delete_client(id)?;
    let seq = append(rows, now, Target::Client(id.clone()))?;
    let event = Event::ClientRemoved {
        client: id.clone(),
        actor: actor.to_string(),
        seq,
    };
    record(rows, now, &event)?;
    acted(rows, now, actor, (Some(format!("client:{id}")), "done"))?;
    Ok(Disabling::Done(seq))
}
