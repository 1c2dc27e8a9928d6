//! Lists of live sessions.

use domain::Timestamp;
use domain::id::Id;
use domain::session::Session;
use rusqlite::Connection;

use super::codec::Result;
use super::rows::{SqliteRows, sessions};
use crate::intent::SessionFilter;
use crate::intents::is_live;
use crate::port::MAX_PAGE;

/// Rows that are read at a time: those that are over are passed by.
const CHUNK: usize = 512;

/// A page of live sessions, newest first.
pub(super) fn live_sessions(
    connection: &Connection,
    now: Timestamp,
    filter: &SessionFilter,
) -> Result<Vec<Session>> {
    let limit = filter.limit.min(MAX_PAGE);
    let mut page = Vec::new();
    let mut below = filter.after.unwrap_or(Id::from_bytes([0xff; 16]));
    while page.len() < limit {
        let chunk = match &filter.subject {
            Some(subject) => sessions::of_subject_below(connection, subject, below, CHUNK)?,
            None => sessions::below(connection, below, CHUNK)?,
        };
        let is_last = chunk.len() < CHUNK;
        for session in chunk {
            below = session.id;
            if page.len() < limit && is_live(&mut SqliteRows::of(connection), now, &session)? {
                page.push(session);
            }
        }
        if is_last {
            break;
        }
    }
    Ok(page)
}
