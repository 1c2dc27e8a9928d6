//! Users.

use domain::id::{Id, User as UserKind};
use domain::user::User;
use rusqlite::Connection;

use crate::sqlite::codec::{Columns, Result, Values};

macro_rules! select_user {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, email, tenant, password, credential_version, disabled_at, created_at, admin, ",
            "must_change_password FROM users ",
            $rest
        )
    };
}

pub(in crate::sqlite) fn by_id(connection: &Connection, id: Id<UserKind>) -> Result<Option<User>> {
    let values = Values::default().id(id);
    values.first(connection, select_user!("WHERE id = ?1"), read)
}

pub(in crate::sqlite) fn by_name_key(connection: &Connection, key: &str) -> Result<Option<User>> {
    let values = Values::default().text(key);
    values.first(connection, select_user!("WHERE name_key = ?1"), read)
}

pub(in crate::sqlite) fn page(
    connection: &Connection,
    after: Option<Id<UserKind>>,
    limit: usize,
) -> Result<Vec<User>> {
    let values = Values::default().optional_id(after).number(limit as u64);
    let sql = select_user!("WHERE ?1 IS NULL OR id > ?1 ORDER BY id LIMIT ?2");
    values.all(connection, sql, read)
}

pub(in crate::sqlite) fn has_administrator(connection: &Connection) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM users WHERE admin = 1)";
    let found = Values::default().first(connection, sql, |c| c.flag())?;
    Ok(found.unwrap_or(false))
}

/// Never `OR REPLACE`: a name that is taken must fail, not take its owner's row away.
pub(in crate::sqlite) fn put(connection: &Connection, user: &User) -> Result<()> {
    let sql = "INSERT INTO users (id, name, name_key, email, tenant, password, credential_version, disabled_at,
            created_at, admin, must_change_password)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key, email = excluded.email,
            tenant = excluded.tenant, password = excluded.password,
            credential_version = excluded.credential_version, disabled_at = excluded.disabled_at,
            created_at = excluded.created_at, admin = excluded.admin,
            must_change_password = excluded.must_change_password";
    Values::default()
        .id(user.id)
        .text(&user.name)
        .text(&User::name_key(&user.name))
        .plain(user.email.clone())
        .optional_shown(user.tenant.as_ref())
        .plain(user.password.clone())
        .number(u64::from(user.credential_version))
        .optional_time(user.disabled_at)
        .time(user.created_at)
        .flag(user.admin)
        .flag(user.must_change_password)
        .run(connection, sql)?;
    Ok(())
}

fn read(c: &mut Columns<'_>) -> Result<User> {
    Ok(User {
        id: c.id()?,
        name: c.plain()?,
        email: c.plain()?,
        tenant: c.optional_parsed()?,
        password: c.plain()?,
        credential_version: c.number()?,
        disabled_at: c.optional_time()?,
        created_at: c.time()?,
        admin: c.flag()?,
        must_change_password: c.flag()?,
    })
}
