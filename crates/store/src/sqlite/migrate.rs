//! From an older schema to the present one: a backup first, then all steps in one transaction.

use rusqlite::Connection;

use super::copy::copy_into;
use super::open::transact;
use super::place::{self, Place};
use super::refusal::OpenError;
use super::schema::Schema;

/// Migrates, if the file is older. `symbolon.db.before-vN` keeps it as it was.
pub(super) fn migrate(
    connection: &Connection,
    place: &Place,
    found: i64,
    schema: &Schema,
) -> Result<(), OpenError> {
    if found == schema.version {
        return Ok(());
    }
    keep_a_copy(connection, place, schema.version)?;
    apply(connection, found, schema)
}

/// The steps alone, all or none.
pub(super) fn apply(connection: &Connection, found: i64, schema: &Schema) -> Result<(), OpenError> {
    transact(connection, |connection| {
        for step in schema.migrations.iter().filter(|step| step.to > found) {
            connection.execute_batch(step.sql)?;
        }
        connection.pragma_update(None, "user_version", schema.version)?;
        Ok(())
    })?;
    Ok(())
}

/// An earlier attempt's copy is replaced: the data has not changed its version since.
fn keep_a_copy(connection: &Connection, place: &Place, version: i64) -> Result<(), OpenError> {
    let kept = place.beside(&format!(".before-v{version}"));
    let partial = place.beside(".before-partial");
    let _ = std::fs::remove_file(&partial);
    copy_into(connection, &partial, &mut |_| (), |_| Ok(()))?;
    std::fs::rename(&partial, &kept).map_err(OpenError::io(&kept))?;
    place::sync(&place.directory)
}

#[cfg(test)]
mod power_loss;
#[cfg(test)]
mod tests;
