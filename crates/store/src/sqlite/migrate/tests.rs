use super::*;
use crate::sqlite::schema::{APPLICATION_ID, Migration, SCHEMA};
use crate::sqlite::scratch::{Scratch, raw};

/// A schema that follows the present one, in two steps.
pub(super) const NEXT: Schema = Schema {
    version: SCHEMA.version + 2,
    create: "",
    migrations: &[
        Migration {
            to: SCHEMA.version,
            sql: "CREATE TABLE never (a)",
        },
        Migration {
            to: SCHEMA.version + 1,
            sql: "ALTER TABLE users ADD COLUMN nickname TEXT",
        },
        Migration {
            to: SCHEMA.version + 2,
            sql: "UPDATE users SET nickname = upper(name)",
        },
    ],
};

const BROKEN: Schema = Schema {
    version: SCHEMA.version + 2,
    create: "",
    migrations: &[
        Migration {
            to: SCHEMA.version + 1,
            sql: "ALTER TABLE users ADD COLUMN nickname TEXT",
        },
        Migration {
            to: SCHEMA.version + 2,
            sql: "UPDATE no_such_table SET a = 1",
        },
    ],
};

pub(super) fn old_store(scratch: &Scratch) {
    let connection = scratch.writer(&SCHEMA).unwrap();
    let sql =
        "INSERT INTO users (id, name, name_key, credential_version, created_at, admin, must_change_password)
        VALUES (randomblob(16), 'ada', 'ada', 1, 0, 0, 0)";
    connection.execute_batch(sql).unwrap();
}

pub(super) fn version(scratch: &Scratch, file: &str) -> i64 {
    let connection = raw(&scratch.file(file));
    connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap()
}

pub(super) fn nickname(scratch: &Scratch, file: &str) -> rusqlite::Result<String> {
    raw(&scratch.file(file)).query_row("SELECT nickname FROM users", [], |row| row.get(0))
}

#[test]
fn an_older_store_is_migrated_with_a_copy_of_what_it_was() {
    let scratch = Scratch::new();
    old_store(&scratch);
    drop(scratch.writer(&NEXT).unwrap());
    assert_eq!(version(&scratch, "symbolon.db"), NEXT.version);
    assert_eq!(nickname(&scratch, "symbolon.db").unwrap(), "ADA");
    assert_eq!(version(&scratch, &before_next()), SCHEMA.version);
    assert!(nickname(&scratch, &before_next()).is_err());
    // A second start has nothing to do, and keeps the copy.
    drop(scratch.writer(&NEXT).unwrap());
    assert_eq!(version(&scratch, &before_next()), SCHEMA.version);
}

#[test]
fn a_migration_that_fails_changes_nothing() {
    let scratch = Scratch::new();
    old_store(&scratch);
    assert!(scratch.writer(&BROKEN).is_err());
    assert_eq!(version(&scratch, "symbolon.db"), SCHEMA.version);
    assert!(nickname(&scratch, "symbolon.db").is_err());
    drop(scratch.writer(&SCHEMA).unwrap());
    drop(scratch.writer(&NEXT).unwrap());
    assert_eq!(version(&scratch, &before_next()), SCHEMA.version);
}

/// The copy that is kept before [`NEXT`].
fn before_next() -> String {
    format!("symbolon.db.before-v{}", NEXT.version)
}

/// A file as an earlier version made it.
fn old_file(scratch: &Scratch, shape: &str, version: i64) -> Connection {
    let old = raw(&scratch.file("symbolon.db"));
    old.execute_batch(shape).unwrap();
    old.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
    old.pragma_update(None, "user_version", version).unwrap();
    let row = "INSERT INTO meta (one, instance, created_at, event_key, event_genesis, largest_lease_ms)
            VALUES (1, zeroblob(16), 0, zeroblob(32), zeroblob(32), 0);
        INSERT INTO epochs VALUES (1, zeroblob(32));";
    old.execute_batch(row).unwrap();
    old
}

#[test]
fn the_version_before_all_is_migrated_too() {
    let scratch = Scratch::new();
    let shape = SCHEMA
        .create
        .replace("    admin INTEGER NOT NULL,\n", "    boss INTEGER NOT NULL,\n");
    let shape = shape.replace(
        "CREATE INDEX administrators ON users (admin) WHERE admin = 1;",
        "",
    );
    drop(old_file(&scratch, &shape, 0));
    let schema = Schema {
        migrations: &[Migration {
            to: 1,
            sql: "ALTER TABLE users RENAME COLUMN boss TO admin;
                CREATE INDEX administrators ON users (admin) WHERE admin = 1",
        }],
        ..SCHEMA
    };
    drop(scratch.writer(&schema).unwrap());
    assert_eq!(version(&scratch, "symbolon.db"), SCHEMA.version);
    let kept = format!("symbolon.db.before-v{}", SCHEMA.version);
    assert_eq!(version(&scratch, &kept), 0);
}

/// What edges declared before version 5 was nowhere on record: the longest that there may be is taken for it.
#[test]
fn exceptions_from_before_they_were_recorded_count_as_the_longest() {
    let scratch = Scratch::new();
    drop(old_file(&scratch, include_str!("../schema/v1.sql"), 1));
    let writer = scratch.writer(&SCHEMA).unwrap();
    let longest = crate::sqlite::rows::meta::longest_exception(&writer);
    assert_eq!(longest, Ok(domain::feed::StalenessPolicy::LONGEST_EXCEPTION));
}

/// Columns and indexes as SQLite tells them.
fn shape_of(connection: &Connection) -> Vec<String> {
    let sql = "SELECT t.name || ' ' || c.name || ' ' || c.type || ' ' || c.\"notnull\" || ' ' || c.pk
            FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'
        UNION SELECT name FROM sqlite_schema WHERE type = 'index' ORDER BY 1";
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(|row| row.unwrap()).collect()
}

#[test]
fn a_store_of_version_1_is_opened_and_its_subjects_are_told_what_happened_before() {
    let scratch = Scratch::new();
    let old = old_file(&scratch, include_str!("../schema/v1.sql"), 1);
    let rows = r#"INSERT INTO users (id, name, name_key, credential_version, created_at, admin)
            VALUES (zeroblob(16), 'ada', 'ada', 1, 0, 0);
        INSERT INTO grants (id, subject, client, rs, scope, audience, authenticated_at, created_at, expires_at)
            VALUES (zeroblob(16), 'user:00000000000000000000000000', 'web', 0, '[]', '[]', 0, 0, 9);
        INSERT INTO events VALUES
            (1, 5, 'session.created', '{"event":"session.created","subject":"user:00000000000000000000000000"}', zeroblob(32)),
            (2, 6, 'client.added', '{"event":"client.added","client":"web"}', zeroblob(32)),
            (3, 7, 'revocation.committed', '{"class":"subject","key":"user:00000000000000000000000000"}', zeroblob(32)),
            (4, 8, 'revocation.committed', '{"class":"client","key":"web"}', zeroblob(32)),
            (5, 9, 'user.disabled', '{"user":"user:00000000000000000000000000"}', zeroblob(32));"#;
    old.execute_batch(rows).unwrap();
    drop(old);
    let migrated = scratch.writer(&SCHEMA).unwrap();
    let told: Vec<u64> = crate::sqlite::rows::events::told(
        &migrated,
        &domain::Subject::User(domain::Id::from_bytes([0; 16])),
        (u64::MAX, 10),
    )
    .unwrap()
    .iter()
    .map(|event| event.number)
    .collect();
    assert_eq!(told, [5, 3, 1]);
    let user = crate::sqlite::rows::users::by_name_key(&migrated, "ada")
        .unwrap()
        .unwrap();
    assert!(!user.must_change_password);
    let grant = crate::sqlite::rows::grants::by_id(&migrated, domain::Id::from_bytes([0; 16])).unwrap();
    assert_eq!(grant.map(|g| (g.assurance, g.amr)), Some((None, vec![])));
    let fresh = Scratch::new();
    assert_eq!(shape_of(&migrated), shape_of(&fresh.writer(&SCHEMA).unwrap()));
}

#[test]
fn clients_of_version_1_keep_their_secrets_and_stay_what_they_were() {
    let scratch = Scratch::new();
    let old = old_file(&scratch, include_str!("../schema/v1.sql"), 1);
    let insert = |id: &str, secrets: &[u8]| {
        let sql =
            "INSERT INTO clients VALUES (?1, ?1, NULL, ?2, '[]', '[]', '[]', '[]', 0, 60000, 1, 1, 1, 1, 77)";
        old.execute(sql, rusqlite::params![id, secrets]).unwrap();
    };
    insert("two", &[[1u8; 32], [2u8; 32]].concat());
    insert("public", &[]);
    // A damaged one: nobody could sign in with it, and nobody can now.
    insert("cut", &[3u8; 16]);
    drop(old);
    let connection = scratch.writer(&SCHEMA).unwrap();
    let client = |id: &str| {
        let found = crate::sqlite::rows::clients::by_id(&connection, &id.parse().unwrap());
        found.unwrap().unwrap()
    };
    let digests = |id: &str| -> Vec<u8> {
        let client = client(id);
        let mut first: Vec<u8> = client.secrets.iter().map(|s| s.digest.as_bytes()[0]).collect();
        assert!(
            client
                .secrets
                .iter()
                .all(|s| s.created_at.as_ms() == 77 && s.ends_at.is_none())
        );
        first.sort_unstable();
        first
    };
    assert_eq!((digests("two"), client("two").is_public()), (vec![1, 2], false));
    assert_eq!((digests("public"), client("public").is_public()), (vec![], true));
    assert_eq!((digests("cut"), client("cut").is_public()), (vec![], false));
}
