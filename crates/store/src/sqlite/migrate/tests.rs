use super::*;
use crate::sqlite::schema::{APPLICATION_ID, Migration, SCHEMA};
use crate::sqlite::scratch::{Scratch, raw};

/// A schema that follows the present one, in two steps.
const NEXT: Schema = Schema {
    version: 3,
    create: "",
    migrations: &[
        Migration {
            to: 1,
            sql: "CREATE TABLE never (a)",
        },
        Migration {
            to: 2,
            sql: "ALTER TABLE users ADD COLUMN nickname TEXT",
        },
        Migration {
            to: 3,
            sql: "UPDATE users SET nickname = upper(name)",
        },
    ],
};

const BROKEN: Schema = Schema {
    version: 3,
    create: "",
    migrations: &[
        Migration {
            to: 2,
            sql: "ALTER TABLE users ADD COLUMN nickname TEXT",
        },
        Migration {
            to: 3,
            sql: "UPDATE no_such_table SET a = 1",
        },
    ],
};

fn old_store(scratch: &Scratch) {
    let connection = scratch.writer(&SCHEMA).unwrap();
    let sql = "INSERT INTO users (id, name, name_key, credential_version, created_at, admin)
        VALUES (randomblob(16), 'ada', 'ada', 1, 0, 0)";
    connection.execute_batch(sql).unwrap();
}

fn version(scratch: &Scratch, file: &str) -> i64 {
    let connection = raw(&scratch.file(file));
    connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap()
}

fn nickname(scratch: &Scratch, file: &str) -> rusqlite::Result<String> {
    raw(&scratch.file(file)).query_row("SELECT nickname FROM users", [], |row| row.get(0))
}

#[test]
fn an_older_store_is_migrated_with_a_copy_of_what_it_was() {
    let scratch = Scratch::new();
    old_store(&scratch);
    drop(scratch.writer(&NEXT).unwrap());
    assert_eq!(version(&scratch, "symbolon.db"), 3);
    assert_eq!(nickname(&scratch, "symbolon.db").unwrap(), "ADA");
    assert_eq!(version(&scratch, "symbolon.db.before-v3"), 1);
    assert!(nickname(&scratch, "symbolon.db.before-v3").is_err());
    // A second start has nothing to do, and keeps the copy.
    drop(scratch.writer(&NEXT).unwrap());
    assert_eq!(version(&scratch, "symbolon.db.before-v3"), 1);
}

#[test]
fn a_migration_that_fails_changes_nothing() {
    let scratch = Scratch::new();
    old_store(&scratch);
    assert!(scratch.writer(&BROKEN).is_err());
    assert_eq!(version(&scratch, "symbolon.db"), 1);
    assert!(nickname(&scratch, "symbolon.db").is_err());
    drop(scratch.writer(&SCHEMA).unwrap());
    drop(scratch.writer(&NEXT).unwrap());
    assert_eq!(version(&scratch, "symbolon.db.before-v3"), 1);
}

#[test]
fn the_version_before_all_is_migrated_too() {
    let scratch = Scratch::new();
    let old = raw(&scratch.file("symbolon.db"));
    let shape = SCHEMA
        .create
        .replace("    admin INTEGER NOT NULL\n", "    boss INTEGER NOT NULL\n");
    let shape = shape.replace(
        "CREATE INDEX administrators ON users (admin) WHERE admin = 1;",
        "",
    );
    old.execute_batch(&shape).unwrap();
    old.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
    let row = "INSERT INTO meta VALUES (1, zeroblob(16), 0, zeroblob(32), zeroblob(32), 0);
        INSERT INTO epochs VALUES (1, zeroblob(32));";
    old.execute_batch(row).unwrap();
    drop(old);
    let schema = Schema {
        migrations: &[Migration {
            to: 1,
            sql: "ALTER TABLE users RENAME COLUMN boss TO admin;
                CREATE INDEX administrators ON users (admin) WHERE admin = 1",
        }],
        ..SCHEMA
    };
    drop(scratch.writer(&schema).unwrap());
    assert_eq!(version(&scratch, "symbolon.db"), 1);
    assert_eq!(version(&scratch, "symbolon.db.before-v1"), 0);
}
