-- Version 3: what an operation made, what is left to find out of it, and what people said.
--
--   SELECT operation, since FROM doubt ORDER BY since;      what may have acted, and nothing has settled

-- The objects that the answer names, and whether it may have left some out: {"ids":[…],"partial":false}. NULL: it tells
-- nothing of any.
ALTER TABLE exchange ADD COLUMN objects TEXT;

-- Operations with a 5xx or a lost answer. A row is written together with such an outcome, whoever writes it, and taken
-- away when the verdict's rules find the operation settled: they are the program's, so a row may outlive its reason
-- until the program looks again. A row that is missing would be the harm; there is no moment for it.
CREATE TABLE doubt (
    operation TEXT PRIMARY KEY,
    since     TEXT NOT NULL                            -- written like exchange.started_at
) STRICT, WITHOUT ROWID;

CREATE INDEX doubt_since ON doubt (since);

CREATE TRIGGER exchange_doubt AFTER UPDATE OF class ON exchange
WHEN new.method NOT IN ('GET', 'HEAD', 'OPTIONS', 'TRACE')
 AND (new.class IN ('indeterminate', 'informational', 'server_error') OR new.status IN (408, 425))
BEGIN
    INSERT OR IGNORE INTO doubt (operation, since) VALUES (new.operation, new.started_at);
END;

INSERT INTO doubt (operation, since)
SELECT operation, min(started_at) FROM exchange
 WHERE method NOT IN ('GET', 'HEAD', 'OPTIONS', 'TRACE')
   AND (class IN ('indeterminate', 'informational', 'server_error') OR status IN (408, 425))
 GROUP BY operation;

CREATE TABLE settlement (
    seq       INTEGER PRIMARY KEY AUTOINCREMENT,
    operation TEXT NOT NULL,
    exchange  TEXT NOT NULL,                           -- the id of the exchange that was in doubt
    found     TEXT NOT NULL,                           -- done, not_done
    objects   TEXT NOT NULL,                           -- the ids by which that was seen, JSON
    at        TEXT NOT NULL                            -- when a person said so
) STRICT;

CREATE INDEX settlement_operation ON settlement (operation);

CREATE TABLE remark (
    seq       INTEGER PRIMARY KEY AUTOINCREMENT,
    operation TEXT NOT NULL,
    text      TEXT NOT NULL,
    at        TEXT NOT NULL
) STRICT;

CREATE INDEX remark_operation ON remark (operation);
