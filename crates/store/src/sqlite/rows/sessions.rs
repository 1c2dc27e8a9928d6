//! Sessions and their faces.

use domain::Host;
use domain::assurance::Assurance;
use domain::cookie::Purpose;
use domain::id::{Id, Session as SessionKind};
use domain::session::{Face, Origin, Session};
use domain::subject::Subject;
use rusqlite::Connection;

use crate::error::StoreError;
use crate::port::MAX_PAGE;
use crate::sqlite::codec::{Columns, Result, Values};

macro_rules! select_session {
    ($rest:literal) => {
        concat!(
            "SELECT id, subject, tenant, device, rs, generation, assurance, amr, authenticated_at, created_at, ",
            "active_at, idle_ms, expires_at, network, agent FROM sessions ",
            $rest
        )
    };
}

pub(in crate::sqlite) fn by_id(connection: &Connection, id: Id<SessionKind>) -> Result<Option<Session>> {
    let values = Values::default().id(id);
    values.first(connection, select_session!("WHERE id = ?1"), read)
}

/// Least recently active first.
pub(in crate::sqlite) fn of_subject(connection: &Connection, subject: &Subject) -> Result<Vec<Session>> {
    let sql = select_session!("WHERE subject = ?1");
    let mut found = Values::default().shown(subject).all(connection, sql, read)?;
    // Here and not in the statement: setting up its sorter costs more than the few rows that there are.
    found.sort_by_key(|session| (session.active_at, session.id));
    Ok(found)
}

/// A subject's, newest first, below an id.
pub(in crate::sqlite) fn of_subject_below(
    connection: &Connection,
    subject: &Subject,
    below: Id<SessionKind>,
    limit: usize,
) -> Result<Vec<Session>> {
    let sql = select_session!("WHERE subject = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3");
    let values = Values::default().shown(subject).id(below).number(limit as u64);
    values.all(connection, sql, read)
}

/// Anybody's, newest first, below an id.
pub(in crate::sqlite) fn below(
    connection: &Connection,
    below: Id<SessionKind>,
    limit: usize,
) -> Result<Vec<Session>> {
    let sql = select_session!("WHERE id < ?1 ORDER BY id DESC LIMIT ?2");
    let values = Values::default().id(below).number(limit as u64);
    values.all(connection, sql, read)
}

/// Anybody's, oldest first, above an id.
pub(in crate::sqlite) fn above(
    connection: &Connection,
    above: Id<SessionKind>,
    limit: usize,
) -> Result<Vec<Session>> {
    let sql = select_session!("WHERE id > ?1 ORDER BY id LIMIT ?2");
    let values = Values::default().id(above).number(limit as u64);
    values.all(connection, sql, read)
}

/// Nothing where the id was used before.
pub(in crate::sqlite) fn insert(connection: &Connection, session: &Session) -> Result<bool> {
    let sql =
        "INSERT INTO sessions (id, subject, tenant, device, rs, generation, assurance, amr, authenticated_at,
            created_at, active_at, idle_ms, expires_at, network, agent)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
        ON CONFLICT (id) DO NOTHING";
    let inserted = Values::default()
        .id(session.id)
        .shown(&session.subject)
        .optional_shown(session.tenant.as_ref())
        .optional_id(session.device)
        .seq(session.rs)
        .number(u64::from(session.generation))
        .number(u64::from(session.assurance.level()))
        .list(&session.amr)
        .time(session.authenticated_at)
        .time(session.created_at)
        .time(session.active_at)
        .span(session.idle)
        .time(session.expires_at)
        .text(&session.origin.network)
        .text(&session.origin.agent)
        .run(connection, sql)?;
    Ok(inserted > 0)
}

/// What happens to a session while it lives: it is used, and its secret is renewed. The rest stays as it was made.
pub(in crate::sqlite) fn update(connection: &Connection, session: &Session) -> Result<()> {
    let sql = "UPDATE sessions SET generation = ?2, assurance = ?3, amr = ?4, authenticated_at = ?5, active_at = ?6,
            idle_ms = ?7
        WHERE id = ?1";
    let updated = Values::default()
        .id(session.id)
        .number(u64::from(session.generation))
        .number(u64::from(session.assurance.level()))
        .list(&session.amr)
        .time(session.authenticated_at)
        .time(session.active_at)
        .span(session.idle)
        .run(connection, sql)?;
    match updated {
        0 => Err(StoreError::Corrupt(
            "a session that is not there was changed".to_owned(),
        )),
        _ => Ok(()),
    }
}

/// Its faces go with it.
pub(in crate::sqlite) fn delete(connection: &Connection, id: Id<SessionKind>) -> Result<()> {
    let values = Values::default().id(id);
    values.run(connection, "DELETE FROM sessions WHERE id = ?1")?;
    Ok(())
}

pub(in crate::sqlite) fn face(
    connection: &Connection,
    session: Id<SessionKind>,
    purpose: &Purpose,
) -> Result<Option<Face>> {
    let sql = "SELECT session, host, digest, generation, previous, previous_until FROM faces
        WHERE session = ?1 AND host = ?2";
    let values = Values::default().id(session).text(host(purpose));
    values.first(connection, sql, read_face)
}

/// Application hosts with a face of these sessions.
pub(in crate::sqlite) fn joined_hosts(
    connection: &Connection,
    sessions: &[Id<SessionKind>],
) -> Result<Vec<(Id<SessionKind>, Host)>> {
    let sql = "SELECT host FROM faces WHERE session = ?1 AND host <> '' ORDER BY host";
    let mut joined = Vec::new();
    for id in sessions.iter().take(MAX_PAGE) {
        let hosts = Values::default().id(*id).all(connection, sql, |c| c.parsed())?;
        joined.extend(hosts.into_iter().map(|host| (*id, host)));
    }
    Ok(joined)
}

/// The first of a new session.
pub(in crate::sqlite) fn insert_face(connection: &Connection, face: &Face) -> Result<()> {
    let sql = "INSERT INTO faces (session, host, digest, generation, previous, previous_until)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    write_face(connection, face, sql)
}

pub(in crate::sqlite) fn put_face(connection: &Connection, face: &Face) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO faces (session, host, digest, generation, previous, previous_until)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    write_face(connection, face, sql)
}

fn write_face(connection: &Connection, face: &Face, sql: &str) -> Result<()> {
    let previous = face.previous.as_ref();
    Values::default()
        .id(face.session)
        .text(host(&face.purpose))
        .digest(&face.digest)
        .number(u64::from(face.generation))
        .optional_blob(previous.map(|(digest, _)| digest.as_bytes().as_slice()))
        .optional_time(previous.map(|(_, until)| *until))
        .run(connection, sql)?;
    Ok(())
}

pub(in crate::sqlite) fn delete_application_faces(
    connection: &Connection,
    session: Id<SessionKind>,
) -> Result<()> {
    let sql = "DELETE FROM faces WHERE session = ?1 AND host <> ''";
    Values::default().id(session).run(connection, sql)?;
    Ok(())
}

fn read(c: &mut Columns<'_>) -> Result<Session> {
    Ok(Session {
        id: c.id()?,
        subject: c.parsed()?,
        tenant: c.optional_parsed()?,
        device: c.optional_id()?,
        rs: c.seq()?,
        generation: c.number()?,
        assurance: Assurance::from_level(c.number()?).ok_or_else(|| c.wrong("an assurance level"))?,
        amr: c.list()?,
        authenticated_at: c.time()?,
        created_at: c.time()?,
        active_at: c.time()?,
        idle: c.span()?,
        expires_at: c.time()?,
        origin: Origin {
            network: c.plain()?,
            agent: c.plain()?,
        },
    })
}

fn read_face(c: &mut Columns<'_>) -> Result<Face> {
    let session = c.id()?;
    let host: String = c.plain()?;
    let purpose = if host.is_empty() {
        Purpose::Authority
    } else {
        Purpose::Application(host.parse().map_err(|_| c.wrong("a host"))?)
    };
    Ok(Face {
        session,
        purpose,
        digest: c.digest()?,
        generation: c.number()?,
        previous: c.optional_digest()?.zip(c.optional_time()?),
    })
}

fn host(purpose: &Purpose) -> &str {
    match purpose {
        Purpose::Authority => "",
        Purpose::Application(host) => host.as_str(),
    }
}
