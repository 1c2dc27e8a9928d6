//! Tokens of the admin API.

use domain::admin_token::{AdminToken, MOST_TOKENS, is_worth_recording};
use domain::event::Event;
use domain::{Timestamp, TokenName};

use super::ledger::{acted, must_be_new, record};
use crate::error::StoreError;
use crate::intent::{Actor, AddAdminToken, AdminTokenAddition, AdminTokenRemoval, RemoveAdminToken, Use};
use crate::rows::Rows;

/// Adds a token. Those that have ended make room, and give back their names.
///
/// # Errors
/// Of the rows; or the id was used before.
pub fn add_admin_token(
    rows: &mut dyn Rows,
    now: Timestamp,
    intent: &AddAdminToken,
) -> Result<AdminTokenAddition, StoreError> {
    let token = &intent.token;
    let all = rows.admin_tokens()?;
    must_be_new(all.iter().any(|t| t.id == token.id || t.digest == token.digest))?;
    if let Some(maker) = token.made_by {
        // Asked here, where no removal can come in between: a removed token leaves no child behind.
        let maker = all.iter().find(|t| t.id == maker);
        if !maker.is_some_and(|m| m.may_make(token, now)) {
            return Ok(AdminTokenAddition::Exceeds);
        }
    }
    let (live, over): (Vec<&AdminToken>, Vec<&AdminToken>) = all.iter().partition(|t| t.is_live(now));
    if live.iter().any(|t| t.name == token.name) {
        return Ok(AdminTokenAddition::NameTaken);
    }
    if live.len() >= MOST_TOKENS {
        return Ok(AdminTokenAddition::TooMany);
    }
    for over in over {
        rows.delete_admin_token(over.id)?;
    }
    rows.put_admin_token(token)?;
    let event = Event::AdminTokenAdded {
        token: token.id.to_string(),
        name: token.name.to_string(),
        scopes: token.scopes.iter().map(ToString::to_string).collect(),
        expires_at: token.expires_at,
        actor: intent.actor.to_string(),
    };
    record(rows, now, &event)?;
    acted(rows, now, &intent.actor, (Some(token.id.to_string()), "done"))?;
    Ok(AdminTokenAddition::Added)
}

/// Removes a token, with all that were made with it where that is asked for. It is refused from now on.
///
/// # Errors
/// Of the rows.
pub fn remove_admin_token(
    rows: &mut dyn Rows,
    now: Timestamp,
    intent: &RemoveAdminToken,
) -> Result<AdminTokenRemoval, StoreError> {
    let mut left = rows.admin_tokens()?;
    let Some(first) = left.iter().position(|t| t.id == intent.id) else {
        return Ok(AdminTokenRemoval::Unknown);
    };
    let mut doomed = vec![left.swap_remove(first)];
    let mut looked_at = 0;
    while let Some(maker) = doomed.get(looked_at).map(|t| t.id).filter(|_| intent.made_too) {
        let (made, rest): (Vec<_>, Vec<_>) = left.into_iter().partition(|t| t.made_by == Some(maker));
        doomed.extend(made);
        left = rest;
        looked_at += 1;
    }
    let names = forget(rows, now, &doomed, &intent.actor)?;
    acted(rows, now, &intent.actor, (Some(intent.id.to_string()), "done"))?;
    Ok(AdminTokenRemoval::Removed(names))
}

/// Removes every token: in data that may have gone back in time, one that was removed since would be good again.
///
/// # Errors
/// Of the rows.
pub fn forget_admin_tokens(rows: &mut dyn Rows, now: Timestamp) -> Result<(), StoreError> {
    let all = rows.admin_tokens()?;
    forget(rows, now, &all, &Actor::system())?;
    Ok(())
}

/// Records a use, unless one was recorded a moment ago. What is gone is passed over.
///
/// # Errors
/// Of the rows.
pub fn record_use(rows: &mut dyn Rows, now: Timestamp, used: &Use) -> Result<(), StoreError> {
    match used {
        Use::AdminToken(id) => {
            let found = rows.admin_tokens()?.into_iter().find(|t| t.id == *id);
            match found.filter(|t| is_worth_recording(t.used_at, now)) {
                Some(token) => rows.put_admin_token(&AdminToken {
                    used_at: Some(now),
                    ..token
                }),
                None => Ok(()),
            }
        }
        Use::ClientSecret(client, id) => {
            let Some(mut client) = rows.client(client)? else {
                return Ok(());
            };
            let secret = client.secrets.iter_mut().find(|s| s.id == *id);
            let Some(secret) = secret.filter(|s| is_worth_recording(s.used_at, now)) else {
                return Ok(());
            };
            secret.used_at = Some(now);
            rows.put_client(&client)
        }
    }
}

fn forget(
    rows: &mut dyn Rows,
    now: Timestamp,
    doomed: &[AdminToken],
    actor: &Actor,
) -> Result<Vec<TokenName>, StoreError> {
    for token in doomed {
        rows.delete_admin_token(token.id)?;
        let event = Event::AdminTokenRemoved {
            token: token.id.to_string(),
            name: token.name.to_string(),
            actor: actor.to_string(),
        };
        record(rows, now, &event)?;
    }
    Ok(doomed.iter().map(|t| t.name.clone()).collect())
}
