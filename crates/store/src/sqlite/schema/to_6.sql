-- Clients may be told that sessions end. Sessions of before have no parties: their clients are told from their next grant on.

ALTER TABLE clients ADD COLUMN logout_uri TEXT;
ALTER TABLE clients ADD COLUMN logout_session INTEGER NOT NULL DEFAULT 0;

CREATE TABLE logout_parties (
    client TEXT NOT NULL,
    session BLOB NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    PRIMARY KEY (client, session)
) STRICT, WITHOUT ROWID;
CREATE INDEX logout_parties_by_session ON logout_parties (session);

CREATE TABLE logout_notices (
    number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    client TEXT NOT NULL,
    subject TEXT NOT NULL,
    session BLOB NOT NULL,
    at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    tries INTEGER NOT NULL
) STRICT;
CREATE INDEX logout_notices_by_due ON logout_notices (client, due_at, number);

CREATE TABLE logout_scans (
    client TEXT NOT NULL PRIMARY KEY,
    since INTEGER NOT NULL,
    after BLOB,
    again INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
