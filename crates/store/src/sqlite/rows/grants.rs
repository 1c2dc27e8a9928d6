//! Grants and refresh families.

use domain::assurance::Assurance;
use domain::family::{Family, LineageKey, Previous, SealedSuccessor};
use domain::grant::Grant;
use domain::id::{Family as FamilyKind, Grant as GrantKind, Id, Session as SessionKind};
use domain::session::Origin;
use domain::{Subject, Timestamp};
use rusqlite::Connection;

use super::position::{self, position_columns};
use crate::error::StoreError;
use crate::sqlite::codec::{Columns, Result, Values};

macro_rules! grant_columns {
    () => {
        concat!(
            "id, subject, client, tenant, device, session, rs, scope, audience, authenticated_at, created_at, expires_at, ",
            "assurance, amr"
        )
    };
}

macro_rules! family_columns {
    () => {
        concat!(
            "id, \"grant\", client, public, lineage, generation, current, foreign_streak, used_at, idle_ms, ",
            "expires_at, retry_window_ms, rotate, previous, previous_rotated_at, previous_network, previous_agent, ",
            "previous_retries, previous_foreign, previous_successor, ",
            position_columns!()
        )
    };
}

pub(in crate::sqlite) fn by_id(connection: &Connection, id: Id<GrantKind>) -> Result<Option<Grant>> {
    let sql = concat!("SELECT ", grant_columns!(), " FROM grants WHERE id = ?1");
    Values::default().id(id).first(connection, sql, read)
}

pub(in crate::sqlite) fn of_session(connection: &Connection, session: Id<SessionKind>) -> Result<Vec<Grant>> {
    let sql = concat!(
        "SELECT ",
        grant_columns!(),
        " FROM grants WHERE session = ?1 ORDER BY id"
    );
    Values::default().id(session).all(connection, sql, read)
}

pub(in crate::sqlite) fn of_subject(
    connection: &Connection,
    subject: &Subject,
    after: Timestamp,
) -> Result<Vec<Grant>> {
    let sql = concat!(
        "SELECT ",
        grant_columns!(),
        " FROM grants WHERE subject = ?1 AND expires_at > ?2 ORDER BY id"
    );
    let values = Values::default().shown(subject).time(after);
    values.all(connection, sql, read)
}

/// Oldest first, above an id.
pub(in crate::sqlite) fn above(
    connection: &Connection,
    above: Id<GrantKind>,
    limit: usize,
) -> Result<Vec<Grant>> {
    let sql = concat!(
        "SELECT ",
        grant_columns!(),
        " FROM grants WHERE id > ?1 ORDER BY id LIMIT ?2"
    );
    let values = Values::default().id(above).number(limit as u64);
    values.all(connection, sql, read)
}

/// An update in place: replacing the row would take its families along.
pub(in crate::sqlite) fn put(connection: &Connection, grant: &Grant) -> Result<()> {
    let sql = concat!(
        "INSERT INTO grants (",
        grant_columns!(),
        ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
        ON CONFLICT (id) DO UPDATE SET subject = excluded.subject, client = excluded.client,
            tenant = excluded.tenant, device = excluded.device, session = excluded.session, rs = excluded.rs,
            scope = excluded.scope, audience = excluded.audience, authenticated_at = excluded.authenticated_at,
            created_at = excluded.created_at, expires_at = excluded.expires_at,
            assurance = excluded.assurance, amr = excluded.amr"
    );
    Values::default()
        .id(grant.id)
        .shown(&grant.subject)
        .shown(&grant.client)
        .optional_shown(grant.tenant.as_ref())
        .optional_id(grant.device)
        .optional_id(grant.session)
        .seq(grant.rs)
        .list(&grant.scope)
        .list(&grant.audience)
        .time(grant.authenticated_at)
        .time(grant.created_at)
        .time(grant.expires_at)
        .plain(grant.assurance.map(|a| i64::from(a.level())))
        .list(&grant.amr)
        .run(connection, sql)?;
    Ok(())
}

/// Its families go with it.
pub(in crate::sqlite) fn delete(connection: &Connection, id: Id<GrantKind>) -> Result<()> {
    let values = Values::default().id(id);
    values.run(connection, "DELETE FROM grants WHERE id = ?1")?;
    Ok(())
}

pub(in crate::sqlite) fn family(connection: &Connection, id: Id<FamilyKind>) -> Result<Option<Family>> {
    let sql = concat!("SELECT ", family_columns!(), " FROM families WHERE id = ?1");
    Values::default().id(id).first(connection, sql, read_family)
}

/// Oldest first, above an id.
pub(in crate::sqlite) fn families_above(
    connection: &Connection,
    above: Id<FamilyKind>,
    limit: usize,
) -> Result<Vec<Family>> {
    let sql = concat!(
        "SELECT ",
        family_columns!(),
        " FROM families WHERE id > ?1 ORDER BY id LIMIT ?2"
    );
    let values = Values::default().id(above).number(limit as u64);
    values.all(connection, sql, read_family)
}

pub(in crate::sqlite) fn delete_family(connection: &Connection, id: Id<FamilyKind>) -> Result<()> {
    let values = Values::default().id(id);
    values.run(connection, "DELETE FROM families WHERE id = ?1")?;
    Ok(())
}

pub(in crate::sqlite) fn lineage(connection: &Connection, id: Id<FamilyKind>) -> Result<Option<LineageKey>> {
    let sql = "SELECT lineage FROM families WHERE id = ?1";
    let values = Values::default().id(id);
    let bytes = values.first(connection, sql, |c| c.bytes())?;
    Ok(bytes.map(LineageKey::from_bytes))
}

/// A new one.
pub(in crate::sqlite) fn insert_family(connection: &Connection, family: &Family) -> Result<()> {
    let sql = concat!(
        "INSERT INTO families (",
        family_columns!(),
        ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
            ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30)"
    );
    let values = Values::default()
        .id(family.id)
        .id(family.grant)
        .shown(&family.client)
        .flag(family.public)
        .blob(family.lineage.as_bytes())
        .number(u64::from(family.generation))
        .digest(&family.current)
        .number(u64::from(family.foreign_streak))
        .time(family.used_at)
        .span(family.idle)
        .time(family.expires_at)
        .span(family.retry_window)
        .flag(family.rotate);
    let values = write_previous(values, family.previous.as_ref());
    position::write(values, &family.position).run(connection, sql)?;
    Ok(())
}

/// What a use of it changes. The rest of a family stays as it was made.
pub(in crate::sqlite) fn use_family(connection: &Connection, family: &Family) -> Result<()> {
    let sql =
        "UPDATE families SET generation = ?2, current = ?3, foreign_streak = ?4, used_at = ?5, previous = ?6,
            previous_rotated_at = ?7, previous_network = ?8, previous_agent = ?9, previous_retries = ?10,
            previous_foreign = ?11, previous_successor = ?12
        WHERE id = ?1";
    let values = Values::default()
        .id(family.id)
        .number(u64::from(family.generation))
        .digest(&family.current)
        .number(u64::from(family.foreign_streak))
        .time(family.used_at);
    match write_previous(values, family.previous.as_ref()).run(connection, sql)? {
        0 => Err(StoreError::Corrupt(
            "a family that is not there was used".to_owned(),
        )),
        _ => Ok(()),
    }
}

fn read(c: &mut Columns<'_>) -> Result<Grant> {
    Ok(Grant {
        id: c.id()?,
        subject: c.parsed()?,
        client: c.parsed()?,
        tenant: c.optional_parsed()?,
        device: c.optional_id()?,
        session: c.optional_id()?,
        rs: c.seq()?,
        scope: c.set()?,
        audience: c.list()?,
        authenticated_at: c.time()?,
        created_at: c.time()?,
        expires_at: c.time()?,
        assurance: match c.optional_number()? {
            Some(level) => Some(Assurance::from_level(level).ok_or_else(|| c.wrong("an assurance level"))?),
            None => None,
        },
        amr: c.list()?,
    })
}

fn read_family(c: &mut Columns<'_>) -> Result<Family> {
    Ok(Family {
        id: c.id()?,
        grant: c.id()?,
        client: c.parsed()?,
        public: c.flag()?,
        lineage: LineageKey::from_bytes(c.bytes()?),
        generation: c.number()?,
        current: c.digest()?,
        foreign_streak: c.number()?,
        used_at: c.time()?,
        idle: c.span()?,
        expires_at: c.time()?,
        retry_window: c.span()?,
        rotate: c.flag()?,
        previous: read_previous(c)?,
        position: position::read(c)?,
    })
}

fn write_previous<'v>(values: Values<'v>, previous: Option<&'v Previous>) -> Values<'v> {
    values
        .optional_blob(previous.map(|p| p.digest.as_bytes().as_slice()))
        .optional_time(previous.map(|p| p.rotated_at))
        .optional_text(previous.map(|p| p.origin.network.as_str()))
        .optional_text(previous.map(|p| p.origin.agent.as_str()))
        .plain(previous.map(|p| i64::from(p.retries)))
        .plain(previous.map(|p| i64::from(p.foreign)))
        .optional_blob(previous.map(|p| p.successor.0.as_slice()))
}

/// All seven columns, or none.
fn read_previous(c: &mut Columns<'_>) -> Result<Option<Previous>> {
    let (digest, rotated_at) = (c.optional_digest()?, c.optional_time()?);
    let (network, agent): (Option<String>, Option<String>) = (c.plain()?, c.plain()?);
    let (retries, foreign) = (c.optional_number()?, c.optional_number::<u8>()?);
    let successor: Option<Vec<u8>> = c.plain()?;
    match (digest, rotated_at, network, agent, retries, foreign, successor) {
        (None, None, None, None, None, None, None) => Ok(None),
        (
            Some(digest),
            Some(rotated_at),
            Some(network),
            Some(agent),
            Some(retries),
            Some(foreign),
            Some(successor),
        ) => Ok(Some(Previous {
            digest,
            rotated_at,
            origin: Origin { network, agent },
            retries,
            foreign: foreign != 0,
            successor: SealedSuccessor(successor),
        })),
        _ => Err(c.wrong("half of a predecessor")),
    }
}
