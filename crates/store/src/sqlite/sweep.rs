//! Deleting what is over. Watermarks, log and events are never touched.
//!
//! A reader looks for what is over, a window at a time from where the last sweep stopped; the writer looks again at
//! each row before it deletes it, since the row may have been used in between.

use domain::id::{Family as FamilyKind, Grant as GrantKind, Id, Session as SessionKind};
use std::sync::PoisonError;

use domain::Timestamp;
use rusqlite::Connection;

use super::SqliteStore;
use super::codec::{Result, Values};
use super::rows::{SqliteRows, grants, sessions};
use crate::intents::{CODE_KEPT, PLACE_KEPT, SWEEP_DELAY, is_over, is_revoked, is_to_be_told};

/// Rows that one sweep looks at in each table, beyond its limit: the work is bounded however large the tables are.
const WINDOW: usize = 4096;

/// Where the next sweep goes on, per table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursors {
    session: Id<SessionKind>,
    family: Id<FamilyKind>,
    grant: Id<GrantKind>,
}

/// What looked over.
#[derive(Debug, Default)]
struct Doomed {
    sessions: Vec<Id<SessionKind>>,
    families: Vec<Id<FamilyKind>>,
    grants: Vec<Id<GrantKind>>,
}

impl Default for Cursors {
    fn default() -> Self {
        Self {
            session: Id::from_bytes([0; 16]),
            family: Id::from_bytes([0; 16]),
            grant: Id::from_bytes([0; 16]),
        }
    }
}

impl SqliteStore {
    pub(super) async fn sweep_window(&self, limit: usize) -> Result<usize> {
        let now = self.clock.now();
        let from = *self.cursors.lock().unwrap_or_else(PoisonError::into_inner);
        let (doomed, reached) = self
            .read(move |connection| look(connection, from, (now, limit)))
            .await?;
        let bytes = doomed.count().saturating_mul(512);
        let deleted = self
            .write(bytes, move |rows, now| {
                delete(rows.connection, &doomed, (now, limit))
            })
            .await?;
        *self.cursors.lock().unwrap_or_else(PoisonError::into_inner) = reached;
        Ok(deleted)
    }
}

impl Doomed {
    fn count(&self) -> usize {
        self.sessions.len() + self.families.len() + self.grants.len()
    }
}

/// Looks through a window of each table. Each cursor goes back to the start after the end.
fn look(
    connection: &Connection,
    mut at: Cursors,
    (now, limit): (Timestamp, usize),
) -> Result<(Doomed, Cursors)> {
    let then = now - SWEEP_DELAY;
    let window = limit.max(WINDOW);
    let mut doomed = Doomed::default();

    let seen = sessions::above(connection, at.session, window)?;
    at.session = next(&seen, window, |s| s.id);
    for session in seen {
        if session_is_over(connection, now, &session)? {
            doomed.sessions.push(session.id);
        }
    }
    let seen = grants::families_above(connection, at.family, window)?;
    at.family = next(&seen, window, |f| f.id);
    for family in seen {
        if family_is_over(connection, &family, then)? {
            doomed.families.push(family.id);
        }
    }
    let seen = grants::above(connection, at.grant, window)?;
    at.grant = next(&seen, window, |g| g.id);
    for grant in seen {
        if grant_is_over(connection, &grant, then)? {
            doomed.grants.push(grant.id);
        }
    }
    Ok((doomed, at))
}

/// Deletes at most `limit` rows of what was found, and codes and receipts whose time is over.
fn delete(connection: &Connection, doomed: &Doomed, (now, limit): (Timestamp, usize)) -> Result<usize> {
    let then = now - SWEEP_DELAY;
    let mut left = limit;
    for id in &doomed.sessions {
        let row = sessions::by_id(connection, *id)?;
        if left > 0 && row.map_or(Ok(false), |s| session_is_over(connection, now, &s))? {
            sessions::delete(connection, *id)?;
            left -= 1;
        }
    }
    for id in &doomed.families {
        let row = grants::family(connection, *id)?;
        if left > 0 && row.map_or(Ok(false), |f| family_is_over(connection, &f, then))? {
            grants::delete_family(connection, *id)?;
            left -= 1;
        }
    }
    for id in &doomed.grants {
        let row = grants::by_id(connection, *id)?;
        if left > 0 && row.map_or(Ok(false), |g| grant_is_over(connection, &g, then))? {
            grants::delete(connection, *id)?;
            left -= 1;
        }
    }
    left -= by_time(connection, now, left)?;
    Ok(limit - left)
}

/// Rows that need no judgement: a redeemed code stays for a while, so that its second redemption is recognised.
fn by_time(connection: &Connection, now: Timestamp, limit: usize) -> Result<usize> {
    let tables = [
        (
            "DELETE FROM codes WHERE digest IN (SELECT digest FROM codes WHERE expires_at <= ?1 LIMIT ?2)",
            now - CODE_KEPT,
        ),
        (
            "DELETE FROM host_codes WHERE digest IN (SELECT digest FROM host_codes WHERE expires_at <= ?1 LIMIT ?2)",
            now,
        ),
        (
            // The oldest come first, whatever terms they were kept by: the rest is not looked at.
            "DELETE FROM receipts WHERE ends_at <= ?1 AND number IN (SELECT number FROM receipts ORDER BY number LIMIT ?2)",
            now,
        ),
        (
            "DELETE FROM password_failures WHERE (account, place) IN
                (SELECT account, place FROM password_failures WHERE place <> x'' AND last_at <= ?1 LIMIT ?2)",
            now - PLACE_KEPT,
        ),
    ];
    let mut deleted = 0;
    for (sql, before) in tables {
        let left = limit.saturating_sub(deleted);
        let values = Values::default().time(before).number(left as u64);
        deleted += values.run(connection, sql)?;
    }
    Ok(deleted)
}

/// A session that its clients are still to be told of stays until then.
fn session_is_over(
    connection: &Connection,
    now: Timestamp,
    session: &domain::session::Session,
) -> Result<bool> {
    let rows = &mut SqliteRows::of(connection);
    Ok(is_over(rows, now, session)? && !is_to_be_told(rows, session.id)?)
}

fn family_is_over(connection: &Connection, family: &domain::family::Family, then: Timestamp) -> Result<bool> {
    let over = then >= family.expires_at || then >= family.used_at + family.idle;
    Ok(over || is_revoked(&mut SqliteRows::of(connection), &family.position)?)
}

/// A grant goes when its own time is over. One whose families are all gone stays until then: its tokens may live.
fn grant_is_over(connection: &Connection, grant: &domain::grant::Grant, then: Timestamp) -> Result<bool> {
    Ok(then >= grant.expires_at || is_revoked(&mut SqliteRows::of(connection), &grant.position())?)
}

fn next<T, K: domain::id::Kind>(seen: &[T], window: usize, id: impl Fn(&T) -> Id<K>) -> Id<K> {
    let last = seen.last().filter(|_| seen.len() == window);
    last.map_or(Id::from_bytes([0; 16]), id)
}
