//! The revocation log, its epochs and its watermarks.

use std::collections::BTreeSet;

use domain::digest::Digest;
use domain::feed::FeedHead;
use domain::key::KeyId;
use domain::revocation::{Class, LogEntry, Target};
use domain::{Epoch, Seq};
use rusqlite::Connection;

use crate::error::StoreError;
use crate::sqlite::codec::{Columns, Result, Values};

/// The last entry of the present epoch, or where that epoch's chain starts.
pub(in crate::sqlite) fn head(connection: &Connection) -> Result<FeedHead> {
    let start = epoch_start(connection)?;
    let sql = "SELECT seq, digest FROM log WHERE seq > ?1 ORDER BY seq DESC LIMIT 1";
    let last = Values::default()
        .seq(start.seq)
        .first(connection, sql, read_head)?;
    Ok(last.unwrap_or(start))
}

/// The position before the first entry of the present epoch.
pub(in crate::sqlite) fn epoch_start(connection: &Connection) -> Result<FeedHead> {
    let sql = "SELECT epoch, digest FROM epochs ORDER BY epoch DESC LIMIT 1";
    let read = |c: &mut Columns<'_>| {
        let epoch = Epoch::from_u32(c.number()?).ok_or_else(|| c.wrong("an epoch"))?;
        Ok(FeedHead {
            seq: Seq::start_of(epoch),
            digest: c.digest()?,
        })
    };
    Values::default()
        .first(connection, sql, read)?
        .ok_or_else(|| StoreError::Corrupt("the log has no epoch".to_owned()))
}

/// Starts an epoch at its first position. Its entries are above every earlier one.
pub(in crate::sqlite) fn start_epoch(connection: &Connection, head: &FeedHead) -> Result<()> {
    let sql = "INSERT INTO epochs (epoch, digest) VALUES (?1, ?2)";
    let epoch = u64::from(head.seq.epoch().as_u32());
    let values = Values::default().number(epoch).digest(&head.digest);
    values.run(connection, sql)?;
    Ok(())
}

/// Appends an entry to the log that ends at `head`, and raises its watermark.
pub(in crate::sqlite) fn append(connection: &Connection, head: &FeedHead, entry: &LogEntry) -> Result<()> {
    if head.seq.next() != Some(entry.seq) {
        return Err(StoreError::Corrupt(
            "a log entry does not follow the head".to_owned(),
        ));
    }
    let class = entry.target.class().as_str();
    Values::default()
        .seq(entry.seq)
        .text(class)
        .plain(entry.target.key())
        .time(entry.at)
        .digest(&entry.digest)
        .run(
            connection,
            "INSERT INTO log (seq, class, key, at, digest) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
    let generation = match &entry.target {
        Target::SessionSecret(_, least) => Some(i64::from(*least)),
        _ => None,
    };
    let sql = "INSERT INTO watermarks (class, key, mark, generation) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (class, key) DO UPDATE SET mark = max(mark, excluded.mark),
        generation = max(generation, excluded.generation)";
    Values::default()
        .text(class)
        .text(&entry.target.watermark_key())
        .seq(entry.seq)
        .plain(generation)
        .run(connection, sql)?;
    Ok(())
}

pub(in crate::sqlite) fn watermark(connection: &Connection, target: &Target) -> Result<Option<u64>> {
    let is_secret = target.class() == Class::SessionSecret;
    let sql = "SELECT mark, generation FROM watermarks WHERE class = ?1 AND key = ?2";
    Values::default()
        .text(target.class().as_str())
        .text(&target.watermark_key())
        .first(connection, sql, |c| {
            let mark: u64 = c.number()?;
            if is_secret { c.number() } else { Ok(mark) }
        })
}

/// Every key that is revoked.
pub(in crate::sqlite) fn revoked_keys(connection: &Connection) -> Result<BTreeSet<KeyId>> {
    let sql = "SELECT key FROM watermarks WHERE class = 'key'";
    let names = Values::default().all(connection, sql, |c| {
        let name: String = c.plain()?;
        KeyId::new(&name).map_err(|_| c.wrong("a key id"))
    });
    Ok(names?.into_iter().collect())
}

/// Entries of the present epoch after a position.
pub(in crate::sqlite) fn entries_after(
    connection: &Connection,
    after: Seq,
    limit: usize,
) -> Result<Vec<LogEntry>> {
    let after = after.max(epoch_start(connection)?.seq);
    let sql = "SELECT seq, at, digest, class, key FROM log WHERE seq > ?1 ORDER BY seq LIMIT ?2";
    let values = Values::default().seq(after).number(limit as u64);
    values.all(connection, sql, |c| {
        let (seq, at, digest) = (c.seq()?, c.time()?, c.digest()?);
        let target = read_target(c)?;
        Ok(LogEntry {
            seq,
            target,
            at,
            digest,
        })
    })
}

/// The chain at a position of the present epoch. Positions of earlier epochs are not part of this log any more: whoever
/// stands there must take a snapshot.
pub(in crate::sqlite) fn digest_at(connection: &Connection, seq: Seq) -> Result<Option<Digest>> {
    let start = epoch_start(connection)?;
    if seq <= start.seq {
        return Ok((seq == start.seq).then_some(start.digest));
    }
    let sql = "SELECT digest FROM log WHERE seq = ?1";
    Values::default().seq(seq).first(connection, sql, |c| c.digest())
}

/// Every watermark with the sequence of its mark.
pub(in crate::sqlite) fn marks(connection: &Connection) -> Result<Vec<(Target, Seq)>> {
    let sql = "SELECT mark, class,
        CASE WHEN class = 'all' THEN NULL WHEN generation IS NULL THEN key ELSE key || '@' || generation END
        FROM watermarks ORDER BY class, key";
    Values::default().all(connection, sql, |c| {
        let mark = c.seq()?;
        Ok((read_target(c)?, mark))
    })
}

fn read_head(c: &mut Columns<'_>) -> Result<FeedHead> {
    Ok(FeedHead {
        seq: c.seq()?,
        digest: c.digest()?,
    })
}

fn read_target(c: &mut Columns<'_>) -> Result<Target> {
    let class: Class = c.parsed()?;
    let key: Option<String> = c.plain()?;
    Target::parse(class, key.as_deref()).map_err(|_| c.wrong("a target"))
}
