use std::sync::Arc;

use super::*;
use crate::sqlite::schema::SCHEMA;
use crate::sqlite::scratch::Scratch;

/// A store with rows in two tables, and where in its file a table begins.
fn filled(table: &str) -> (Scratch, usize) {
    let scratch = Scratch::new();
    let connection = scratch.writer(&SCHEMA).unwrap();
    let fill = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 2000)";
    connection
        .execute_batch(&format!(
            "{fill} INSERT INTO watermarks SELECT 'session', 'ses_' || n, n, NULL FROM n;
             {fill} INSERT INTO events SELECT n, n, 'kind', 'body of some length ' || n, zeroblob(32) FROM n;"
        ))
        .unwrap();
    let sql = "SELECT rootpage FROM sqlite_schema WHERE name = ?1";
    let root: i64 = connection.query_row(sql, [table], |row| row.get(0)).unwrap();
    (scratch, usize::try_from(root - 1).unwrap() * 4096)
}

fn damage(scratch: &Scratch, start: usize) {
    let file = scratch.place().data;
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[start + 20..start + 4000].fill(0x5a);
    std::fs::write(&file, bytes).unwrap();
}

fn damaged(table: &str) -> (Scratch, Connection) {
    let (scratch, start) = filled(table);
    damage(&scratch, start);
    let connection = open::connect(&scratch.place().data).unwrap();
    (scratch, connection)
}

fn is_damage<T: std::fmt::Debug>(checked: Result<T>) -> bool {
    matches!(checked, Err(OpenError::Damaged(_)))
}

#[test]
fn a_small_file_is_read_at_once() {
    let scratch = Scratch::new();
    let connection = scratch.writer(&SCHEMA).unwrap();
    assert!(matches!(
        check_at_open(&connection, AT_ONCE_BYTES),
        Ok(Looked::AtAll)
    ));
    let (_scratch, connection) = damaged("events");
    assert!(is_damage(check_at_open(&connection, AT_ONCE_BYTES)));
}

#[test]
fn of_a_large_file_what_says_who_is_revoked_is_read_first_and_the_rest_later() {
    let (_scratch, connection) = damaged("watermarks");
    assert!(is_damage(check_at_open(&connection, 0)));
    let (_scratch, connection) = damaged("events");
    assert!(matches!(check_at_open(&connection, 0), Ok(Looked::AtFirst)));
    assert!(is_damage(check_whole(&connection)));
}

#[test]
fn a_running_store_finds_damage_and_a_closed_one_looks_no_more() {
    let (scratch, start) = filled("events");
    let (clock, entropy) = (scratch.clock.clone(), scratch.entropy.clone());
    let store: Arc<SqliteStore> = SqliteStore::open(&scratch.place().directory, clock, entropy).unwrap();
    assert_eq!(store.looked(), Looked::AtAll);
    assert!(matches!(store.check(), Ok(Looked::AtAll)));
    damage(&scratch, start);
    assert!(is_damage(store.check()));
    store.close();
    assert!(matches!(store.check(), Ok(Looked::BrokenOff)));
}
