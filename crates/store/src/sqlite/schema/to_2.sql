-- Wrong passwords in a row, whose grants, and events by subject. `password_failures` and `events_told` are as in
-- schema.sql; events of before are told too.
ALTER TABLE users ADD COLUMN must_change_password INTEGER NOT NULL DEFAULT 0;

ALTER TABLE grants ADD COLUMN assurance INTEGER;
ALTER TABLE grants ADD COLUMN amr TEXT NOT NULL DEFAULT '[]';

CREATE TABLE password_failures (
    account BLOB NOT NULL,
    place BLOB NOT NULL,
    count INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    locked_at INTEGER,
    PRIMARY KEY (account, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX failures_by_time ON password_failures (last_at) WHERE place <> x'';

CREATE TABLE events_told (
    subject TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (subject, number)
) STRICT, WITHOUT ROWID;

INSERT INTO events_told (subject, number)
    SELECT coalesce(json_extract(body, '$.subject'), json_extract(body, '$.user')) AS subject, number FROM events
    WHERE subject IS NOT NULL AND kind IN ('session.created', 'session.ended', 'session.secret_renewed', 'token.refresh_replayed',
        'token.code_replayed', 'user.disabled', 'user.enabled', 'user.password_changed')
    UNION ALL
    SELECT json_extract(body, '$.key') AS subject, number FROM events
    WHERE subject IS NOT NULL AND kind = 'revocation.committed' AND json_extract(body, '$.class') = 'subject';
