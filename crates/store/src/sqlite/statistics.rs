//! Counts for metrics and `doctor`.

use rusqlite::Connection;

use super::codec::{Result, Values};

/// Each table with the name it is counted under.
const TABLES: [(&str, &str); 18] = [
    ("admin_tokens", "SELECT count(*) FROM admin_tokens"),
    ("client_secrets", "SELECT count(*) FROM client_secrets"),
    ("clients", "SELECT count(*) FROM clients"),
    ("codes", "SELECT count(*) FROM codes"),
    ("events", "SELECT count(*) FROM events"),
    ("faces", "SELECT count(*) FROM faces"),
    ("families", "SELECT count(*) FROM families"),
    ("grants", "SELECT count(*) FROM grants"),
    ("host_codes", "SELECT count(*) FROM host_codes"),
    ("keys", "SELECT count(*) FROM keys"),
    ("log_entries", "SELECT count(*) FROM log"),
    ("logout_notices", "SELECT count(*) FROM logout_notices"),
    ("logout_scans", "SELECT count(*) FROM logout_scans"),
    ("password_failures", "SELECT count(*) FROM password_failures"),
    ("receipts", "SELECT count(*) FROM receipts"),
    ("sessions", "SELECT count(*) FROM sessions"),
    ("users", "SELECT count(*) FROM users"),
    ("watermarks", "SELECT count(*) FROM watermarks"),
];

/// All counts, and the size of the data.
pub(super) fn statistics(connection: &Connection) -> Result<Vec<(&'static str, u64)>> {
    let count = |sql: &str| -> Result<u64> {
        let found = Values::default().first(connection, sql, |c| c.number())?;
        Ok(found.unwrap_or(0))
    };
    let mut counts: Vec<(&'static str, u64)> = TABLES
        .iter()
        .map(|(name, sql)| Ok((*name, count(sql)?)))
        .collect::<Result<_>>()?;
    let pages: u64 = count("PRAGMA page_count")?;
    counts.push(("bytes", pages.saturating_mul(count("PRAGMA page_size")?)));
    Ok(counts)
}
