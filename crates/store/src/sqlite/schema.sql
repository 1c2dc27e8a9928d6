-- Schema 4 of the embedded store. Ids and digests are blobs, times are milliseconds since 1970, lists are JSON.
-- No flag here carries the meaning "revoked": the watermark row is the mark.

CREATE TABLE meta (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    instance BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    event_key BLOB NOT NULL,
    event_genesis BLOB NOT NULL,
    largest_lease_ms INTEGER NOT NULL,
    longest_exception_ms INTEGER NOT NULL DEFAULT 0
) STRICT;

-- One row per epoch of the log; `digest` is where its chain starts. When and why it began is in the events.
CREATE TABLE epochs (
    epoch INTEGER NOT NULL PRIMARY KEY,
    digest BLOB NOT NULL
) STRICT;

-- seq = epoch * 2^36 + n.
CREATE TABLE log (
    seq INTEGER NOT NULL PRIMARY KEY,
    class TEXT NOT NULL,
    key TEXT,
    at INTEGER NOT NULL,
    digest BLOB NOT NULL
) STRICT;

-- `generation` only for class session_secret: the least one that lives.
CREATE TABLE watermarks (
    class TEXT NOT NULL,
    key TEXT NOT NULL,
    mark INTEGER NOT NULL,
    generation INTEGER,
    PRIMARY KEY (class, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    number INTEGER NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    digest BLOB NOT NULL
) STRICT;

-- What each subject is told of its own security.
CREATE TABLE events_told (
    subject TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (subject, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    id BLOB NOT NULL PRIMARY KEY,
    subject TEXT NOT NULL,
    tenant TEXT,
    device BLOB,
    rs INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    assurance INTEGER NOT NULL,
    amr TEXT NOT NULL,
    authenticated_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    active_at INTEGER NOT NULL,
    idle_ms INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    network TEXT NOT NULL,
    agent TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_of_subject ON sessions (subject);

-- The session's cookie at one host; host '' is the authority's own.
CREATE TABLE faces (
    session BLOB NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    host TEXT NOT NULL,
    digest BLOB NOT NULL,
    generation INTEGER NOT NULL,
    previous BLOB,
    previous_until INTEGER,
    PRIMARY KEY (session, host)
) STRICT, WITHOUT ROWID;

-- Columns at_* are the credential's position: what a revocation could name in it.
CREATE TABLE codes (
    digest BLOB NOT NULL PRIMARY KEY,
    client TEXT NOT NULL,
    session BLOB NOT NULL,
    redirect_uri TEXT NOT NULL,
    challenge BLOB NOT NULL,
    scope TEXT NOT NULL,
    audience TEXT NOT NULL,
    nonce TEXT,
    authenticated_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    redeemed BLOB,
    at_rs INTEGER NOT NULL,
    at_subject TEXT NOT NULL,
    at_tenant TEXT,
    at_client TEXT,
    at_device BLOB,
    at_grant BLOB,
    at_session BLOB,
    at_jti BLOB,
    at_generation INTEGER,
    at_key TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX codes_by_end ON codes (expires_at);

CREATE TABLE host_codes (
    digest BLOB NOT NULL PRIMARY KEY,
    session BLOB NOT NULL,
    generation INTEGER NOT NULL,
    host TEXT NOT NULL,
    challenge BLOB NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX host_codes_by_end ON host_codes (expires_at);

CREATE TABLE grants (
    id BLOB NOT NULL PRIMARY KEY,
    subject TEXT NOT NULL,
    client TEXT NOT NULL,
    tenant TEXT,
    device BLOB,
    session BLOB,
    rs INTEGER NOT NULL,
    scope TEXT NOT NULL,
    audience TEXT NOT NULL,
    authenticated_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    assurance INTEGER,
    amr TEXT NOT NULL DEFAULT '[]'
) STRICT, WITHOUT ROWID;
CREATE INDEX grants_of_session ON grants (session) WHERE session IS NOT NULL;
CREATE INDEX grants_of_subject ON grants (subject, expires_at);

CREATE TABLE families (
    id BLOB NOT NULL PRIMARY KEY,
    "grant" BLOB NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    client TEXT NOT NULL,
    public INTEGER NOT NULL,
    lineage BLOB NOT NULL,
    generation INTEGER NOT NULL,
    current BLOB NOT NULL,
    foreign_streak INTEGER NOT NULL,
    used_at INTEGER NOT NULL,
    idle_ms INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    retry_window_ms INTEGER NOT NULL,
    rotate INTEGER NOT NULL,
    previous BLOB,
    previous_rotated_at INTEGER,
    previous_network TEXT,
    previous_agent TEXT,
    previous_retries INTEGER,
    previous_foreign INTEGER,
    previous_successor BLOB,
    at_rs INTEGER NOT NULL,
    at_subject TEXT NOT NULL,
    at_tenant TEXT,
    at_client TEXT,
    at_device BLOB,
    at_grant BLOB,
    at_session BLOB,
    at_jti BLOB,
    at_generation INTEGER,
    at_key TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX families_of_grant ON families ("grant");

CREATE TABLE users (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    email TEXT,
    tenant TEXT,
    password TEXT,
    credential_version INTEGER NOT NULL,
    disabled_at INTEGER,
    created_at INTEGER NOT NULL,
    admin INTEGER NOT NULL,
    must_change_password INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX administrators ON users (admin) WHERE admin = 1;

-- Wrong passwords in a row. `account` is a user's id, or two bytes for names that nobody has; `place` is empty for attempts
-- from anywhere, else 'd' and a device or 's' and a session.
CREATE TABLE password_failures (
    account BLOB NOT NULL,
    place BLOB NOT NULL,
    count INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    locked_at INTEGER,
    PRIMARY KEY (account, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX failures_by_time ON password_failures (last_at) WHERE place <> x'';

CREATE TABLE clients (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    tenant TEXT,
    public INTEGER NOT NULL,
    grants TEXT NOT NULL,
    redirect_uris TEXT NOT NULL,
    audiences TEXT NOT NULL,
    scopes TEXT NOT NULL,
    consent INTEGER NOT NULL,
    access_token_life_ms INTEGER NOT NULL,
    refresh_absolute_ms INTEGER NOT NULL,
    refresh_idle_ms INTEGER NOT NULL,
    refresh_retry_window_ms INTEGER NOT NULL,
    refresh_rotate INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    logout_uri TEXT,
    logout_session INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- `ends_at`: from then on it is refused. `public` above, and not the lack of rows here, makes a client public.
CREATE TABLE client_secrets (
    client TEXT NOT NULL,
    id BLOB NOT NULL,
    digest BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    ends_at INTEGER,
    used_at INTEGER,
    PRIMARY KEY (client, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE admin_tokens (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    digest BLOB NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    made_by BLOB,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE keys (
    id TEXT NOT NULL PRIMARY KEY,
    usage TEXT NOT NULL,
    state TEXT NOT NULL,
    sealed BLOB NOT NULL,
    public TEXT,
    announced_at INTEGER NOT NULL,
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE setup_code (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    digest BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    tries INTEGER NOT NULL
) STRICT;

-- Receipts of revocations. `key` and `request` are digests: by them a repeated request is known.
CREATE TABLE receipts (
    number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    key BLOB,
    request BLOB,
    body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX receipts_by_key ON receipts (key) WHERE key IS NOT NULL;

-- Clients that are to be told when a session ends.
CREATE TABLE logout_parties (
    client TEXT NOT NULL,
    session BLOB NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    PRIMARY KEY (client, session)
) STRICT, WITHOUT ROWID;
CREATE INDEX logout_parties_by_session ON logout_parties (session);

-- Who is still to be told that a session ended: written with the end.
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

-- Clients of which very many sessions may have ended at once: their parties are looked through bit by bit.
CREATE TABLE logout_scans (
    client TEXT NOT NULL PRIMARY KEY,
    since INTEGER NOT NULL,
    after BLOB,
    again INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
