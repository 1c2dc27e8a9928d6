//! A credential's position as columns `at_*`, shared by codes and families.

use domain::revocation::Position;

use crate::sqlite::codec::{Columns, Result, Values};

/// The columns in the order of [`read`] and [`write()`].
macro_rules! position_columns {
    () => {
        "at_rs, at_subject, at_tenant, at_client, at_device, at_grant, at_session, at_jti, at_generation, at_key"
    };
}
pub(super) use position_columns;

pub(super) fn read(c: &mut Columns<'_>) -> Result<Position> {
    Ok(Position {
        rs: c.seq()?,
        subject: c.parsed()?,
        tenant: c.optional_parsed()?,
        client: c.optional_parsed()?,
        device: c.optional_id()?,
        grant: c.optional_id()?,
        session: c.optional_id()?,
        jti: c.optional_id()?,
        generation: c.optional_number()?,
        key: key_id(c)?,
    })
}

pub(super) fn write<'v>(values: Values<'v>, at: &'v Position) -> Values<'v> {
    values
        .seq(at.rs)
        .shown(&at.subject)
        .optional_shown(at.tenant.as_ref())
        .optional_shown(at.client.as_ref())
        .optional_id(at.device)
        .optional_id(at.grant)
        .optional_id(at.session)
        .optional_id(at.jti)
        .plain(at.generation.map(i64::from))
        .optional_shown(at.key.as_ref())
}

fn key_id(c: &mut Columns<'_>) -> Result<Option<domain::key::KeyId>> {
    let text: Option<String> = c.plain()?;
    let parse = |t: String| domain::key::KeyId::new(&t).map_err(|_| c.wrong("a key id"));
    text.map(parse).transpose()
}
