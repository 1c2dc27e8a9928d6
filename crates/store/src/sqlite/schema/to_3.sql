-- Secrets of clients get rows of their own, with an end and a last use; tokens of the admin API are kept.
-- What makes a client public is a fact of its own from now on, not the lack of secrets.

CREATE TABLE client_secrets (
    client TEXT NOT NULL,
    id BLOB NOT NULL,
    digest BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    ends_at INTEGER,
    used_at INTEGER,
    PRIMARY KEY (client, id)
) STRICT, WITHOUT ROWID;

WITH RECURSIVE places (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM places WHERE n < 63)
INSERT INTO client_secrets (client, id, digest, created_at)
    SELECT clients.id, randomblob(16), substr(clients.secrets, 1 + 32 * n, 32), clients.created_at
    FROM clients JOIN places ON length(clients.secrets) >= 32 * (n + 1);

ALTER TABLE clients ADD COLUMN public INTEGER NOT NULL DEFAULT 0;
UPDATE clients SET public = 1 WHERE length(secrets) = 0;
ALTER TABLE clients DROP COLUMN secrets;

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
