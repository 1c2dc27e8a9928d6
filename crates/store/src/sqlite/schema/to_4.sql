-- Receipts of revocations are kept, and idempotency keys with them. A key of before is forgotten: a request that is repeated
-- across the upgrade revokes once more, which refuses nothing that it had not refused.

DROP TABLE idempotency;

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
