//! Telling clients that sessions end (OpenID Connect Back-Channel Logout 1.0): noted in the transaction of the end, so that
//! there is no end without its notices. Revocations that end very many sessions at once (`all`, `tenant`, `client`, `device`)
//! note that in one row a client; from it the notices are made later, a few in each transaction.

use domain::event::{Event, HashedId};
use domain::id::{Id, Session as SessionKind};
use domain::revocation::{Position, Target};
use domain::{ClientId, Subject, Timestamp};

use super::inquiry::is_revoked;
use super::ledger::{hashed, record};
use crate::error::StoreError;
use crate::intent::{LogoutScan, MAX_NOTICES, NOTICE_LIFE, Notice, NoticeStep};
use crate::rows::Rows;

/// Sessions that one step looks at: other writers wait so long.
const STEP: usize = 64;
/// With so many notices waiting, a client that is told of very many ends gets no more for now.
const ENOUGH: u64 = 256;

/// A client got a grant in a session: if it wants to be told, it will be.
pub(super) fn joins(
    rows: &mut dyn Rows,
    session: Id<SessionKind>,
    client: &ClientId,
) -> Result<(), StoreError> {
    if wants_to_be_told(rows, client)? {
        rows.put_party(session, client)?;
    }
    Ok(())
}

/// Notes whom this end concerns. Each is told of a session once, until it gets another grant in it. The end of a grant
/// (class `grant`) is no end of a session: a client that gives up its own tokens goes on with its user.
pub(super) fn note(rows: &mut dyn Rows, now: Timestamp, target: &Target) -> Result<(), StoreError> {
    match target {
        Target::Session(id) => all_of(rows, now, *id)?,
        Target::Subject(subject) => {
            for session in rows.sessions_of(subject)? {
                all_of(rows, now, session.id)?;
            }
        }
        Target::Client(client) => {
            if wants_to_be_told(rows, client)? {
                start_scan(rows, now, client)?;
            }
        }
        Target::All | Target::Tenant(_) | Target::Device(_) => {
            for client in rows.told_clients()? {
                start_scan(rows, now, &client)?;
            }
        }
        Target::Grant(_) | Target::Jti(_) | Target::SessionSecret(..) | Target::Key(_) => {}
    }
    Ok(())
}

fn wants_to_be_told(rows: &mut dyn Rows, client: &ClientId) -> Result<bool, StoreError> {
    Ok(rows.client(client)?.is_some_and(|client| client.logout.is_some()))
}

/// One that is under way goes on, and then begins again: it may have passed what ended just now.
fn start_scan(rows: &mut dyn Rows, now: Timestamp, client: &ClientId) -> Result<(), StoreError> {
    let under_way = rows.scan(client)?;
    rows.put_scan(&LogoutScan {
        client: client.clone(),
        since: now,
        again: under_way.is_some(),
        after: under_way.and_then(|scan| scan.after),
    })
}

/// Notes the next few sessions of a client that ended very many at once; says whether to go on at once. Not where many
/// notices wait already, so that nothing is lost because much ends; after a day it is given up, with one event.
///
/// # Errors
/// Of the rows.
pub fn spread_logout(rows: &mut dyn Rows, now: Timestamp, client: &ClientId) -> Result<bool, StoreError> {
    let Some(mut scan) = rows.scan(client)? else {
        return Ok(false);
    };
    if !wants_to_be_told(rows, client)? {
        rows.delete_scan(client)?;
        return Ok(false);
    }
    if now >= scan.since + NOTICE_LIFE {
        rows.delete_scan(client)?;
        lost(rows, now, None, (client, "given_up"))?;
        return Ok(false);
    }
    if rows.waiting_notices(client, ENOUGH)? >= ENOUGH {
        return Ok(false);
    }
    let found = rows.parties_after(client, scan.after, STEP)?;
    for session in &found {
        if_ended(rows, now, *session, client)?;
    }
    scan.after = found.last().copied();
    if found.len() < STEP {
        if !scan.again {
            rows.delete_scan(client)?;
            return Ok(false);
        }
        (scan.after, scan.again) = (None, false);
    }
    rows.put_scan(&scan)?;
    Ok(true)
}

fn if_ended(
    rows: &mut dyn Rows,
    now: Timestamp,
    session: Id<SessionKind>,
    client: &ClientId,
) -> Result<(), StoreError> {
    let Some(row) = rows.session(session)? else {
        return Ok(());
    };
    let at = Position {
        client: Some(client.clone()),
        generation: None,
        ..row.position()
    };
    if is_revoked(rows, &at)? && rows.take_party(session, client)? {
        one(rows, now, (session, &row.subject), client)?;
    }
    Ok(())
}

/// Whether a session's row is still needed, over as it may be: its clients were not looked through yet.
///
/// # Errors
/// Of the rows.
pub fn is_to_be_told(rows: &mut dyn Rows, session: Id<SessionKind>) -> Result<bool, StoreError> {
    for client in rows.parties_of(session)? {
        if rows.scan(&client)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The parties are asked for first: mostly there are none, and an end costs one look.
fn all_of(rows: &mut dyn Rows, now: Timestamp, session: Id<SessionKind>) -> Result<(), StoreError> {
    let parties = rows.parties_of(session)?;
    if parties.is_empty() {
        return Ok(());
    }
    let Some(row) = rows.session(session)? else {
        return Ok(());
    };
    for client in parties {
        if rows.take_party(session, &client)? {
            one(rows, now, (session, &row.subject), &client)?;
        }
    }
    Ok(())
}

fn one(
    rows: &mut dyn Rows,
    now: Timestamp,
    (session, subject): (Id<SessionKind>, &Subject),
    client: &ClientId,
) -> Result<(), StoreError> {
    if rows.waiting_notices(client, MAX_NOTICES)? >= MAX_NOTICES {
        let session = hashed(rows, &session)?;
        return lost(rows, now, Some(session), (client, "too_many_wait"));
    }
    let number = rows
        .last_notice()?
        .checked_add(1)
        .ok_or(StoreError::Limit("numbers of notices are used up"))?;
    rows.put_notice(&Notice {
        number,
        client: client.clone(),
        subject: subject.clone(),
        session,
        at: now,
        due_at: now,
        tries: 0,
    })
}

/// What became of a try. One that is gone already stays gone.
///
/// # Errors
/// Of the rows.
pub fn step_notice(
    rows: &mut dyn Rows,
    now: Timestamp,
    (number, step): (u64, NoticeStep),
) -> Result<(), StoreError> {
    let Some(mut notice) = rows.notice(number)? else {
        return Ok(());
    };
    match step {
        NoticeStep::Again { due_at } => {
            notice.tries = notice.tries.saturating_add(1);
            notice.due_at = due_at;
            rows.put_notice(&notice)
        }
        NoticeStep::Done => rows.delete_notice(number),
        NoticeStep::GivenUp => {
            rows.delete_notice(number)?;
            let session = hashed(rows, &notice.session)?;
            lost(rows, now, Some(session), (&notice.client, "given_up"))
        }
    }
}

fn lost(
    rows: &mut dyn Rows,
    now: Timestamp,
    session: Option<HashedId>,
    (client, cause): (&ClientId, &str),
) -> Result<(), StoreError> {
    let event = Event::LogoutUntold {
        session,
        client: client.clone(),
        cause: cause.to_owned(),
    };
    record(rows, now, &event)
}
