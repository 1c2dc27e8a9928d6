use super::*;
use crate::sqlite::open::connect;
use crate::sqlite::schema::SCHEMA;
use crate::sqlite::scratch::Scratch;

/// Two or three pages in the log each, and one more in the data file at the next pass.
fn write_pages(writer: &Connection, pages: i32) {
    for _ in 0..pages {
        writer
            .execute("INSERT INTO filling VALUES (randomblob(3800))", [])
            .unwrap();
    }
}

fn begin(scratch: &Scratch, pace: Pace) -> (Connection, Checkpoints) {
    let mut writer = scratch.writer(&SCHEMA).unwrap();
    // Not durability, only who moves pages when.
    writer
        .execute_batch("PRAGMA synchronous = OFF; CREATE TABLE filling (bytes BLOB)")
        .unwrap();
    writer
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    let own = connect(&scratch.place().data).unwrap();
    let checkpoints = Checkpoints::follow(&mut writer, own, pace).unwrap();
    (writer, checkpoints)
}

fn bytes(scratch: &Scratch, suffix: &str) -> u64 {
    let mut path = scratch.place().data.into_os_string();
    path.push(suffix);
    std::fs::metadata(path).unwrap().len()
}

#[test]
fn the_thread_moves_pages_into_the_data_file() {
    let scratch = Scratch::new();
    let (mut writer, mut checkpoints) = begin(
        &scratch,
        Pace {
            due: 200,
            late: i32::MAX,
        },
    );
    let before = bytes(&scratch, "");
    write_pages(&writer, 20);
    checkpoints.stop(&mut writer);
    assert_eq!(bytes(&scratch, ""), before, "before it is due nothing is moved");
    let own = connect(&scratch.place().data).unwrap();
    let pace = Pace {
        due: 200,
        late: i32::MAX,
    };
    let mut checkpoints = Checkpoints::follow(&mut writer, own, pace).unwrap();
    write_pages(&writer, 200);
    checkpoints.stop(&mut writer);
    assert!(bytes(&scratch, "") > before + 60 * 4096);
}

#[test]
fn the_writer_moves_what_the_thread_does_not() {
    let scratch = Scratch::new();
    let (mut writer, mut checkpoints) = begin(
        &scratch,
        Pace {
            due: i32::MAX,
            late: 100,
        },
    );
    write_pages(&writer, 2000);
    // Without it the log would have more than 4000.
    assert!(
        bytes(&scratch, "-wal") < 150 * 4200,
        "{}",
        bytes(&scratch, "-wal")
    );
    assert!(bytes(&scratch, "") > 1800 * 4096);
    checkpoints.stop(&mut writer);
}

#[test]
fn both_at_once_lose_nothing() {
    let scratch = Scratch::new();
    let (mut writer, mut checkpoints) = begin(&scratch, Pace { due: 20, late: 60 });
    write_pages(&writer, 1000);
    checkpoints.stop(&mut writer);
    drop(writer);
    let read = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
    let reader = connect(&scratch.place().data).unwrap();
    let kept = reader.query_row("SELECT CAST(count(*) AS TEXT) FROM filling", [], read);
    let whole = reader.query_row("PRAGMA integrity_check", [], read);
    assert_eq!(
        (kept.unwrap(), whole.unwrap()),
        ("1000".to_owned(), "ok".to_owned())
    );
}

#[test]
fn after_the_stop_the_writer_alone_has_the_file() {
    let scratch = Scratch::new();
    let (mut writer, mut checkpoints) = begin(&scratch, PACE);
    write_pages(&writer, 20);
    checkpoints.stop(&mut writer);
    checkpoints.stop(&mut writer);
    let busy = writer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
    assert_eq!((busy.unwrap(), bytes(&scratch, "-wal")), (0, 0));
}
