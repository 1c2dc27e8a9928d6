-- How long after its lease a route of an edge in another process may accept: an authority that starts does not know which
-- edges an earlier one knew. Before, nothing was kept of that, and the longest exception that a configuration allows is taken
-- for what was declared.

ALTER TABLE meta ADD COLUMN longest_exception_ms INTEGER NOT NULL DEFAULT 0;
UPDATE meta SET longest_exception_ms = 900000;
