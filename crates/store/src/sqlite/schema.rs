//! What our file is: its marks, its tables, and how older ones become this one.

/// `PRAGMA application_id`: "SYMB". Another program's file is refused.
pub(super) const APPLICATION_ID: i64 = 0x5359_4d42;

/// A schema: how a new file is made, and the steps from every older version to this one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Schema {
    /// `PRAGMA user_version`.
    pub(super) version: i64,
    /// All tables of this version.
    pub(super) create: &'static str,
    /// In order of their versions.
    pub(super) migrations: &'static [Migration],
}

/// One step forward. There is none back: a backup is made before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Migration {
    /// The version that it leads to.
    pub(super) to: i64,
    /// What it does.
    pub(super) sql: &'static str,
}

/// The present schema.
pub(super) const SCHEMA: Schema = Schema {
    version: 6,
    create: include_str!("schema.sql"),
    migrations: &[
        Migration {
            to: 2,
            sql: include_str!("schema/to_2.sql"),
        },
        Migration {
            to: 3,
            sql: include_str!("schema/to_3.sql"),
        },
        Migration {
            to: 4,
            sql: include_str!("schema/to_4.sql"),
        },
        Migration {
            to: 5,
            sql: include_str!("schema/to_5.sql"),
        },
        Migration {
            to: 6,
            sql: include_str!("schema/to_6.sql"),
        },
    ],
};
