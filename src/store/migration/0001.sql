-- The history of reqscope, version 1. It is meant to be read with sqlite3 as well:
--
--   SELECT started_at, method, target, class, status FROM exchange ORDER BY seq DESC LIMIT 20;
--
-- What a list shows and a filter asks stands in `exchange`, one narrow row a send. What only one exchange on the
-- screen needs stands beside it: `request` (as sent, secrets cut out) and `answer` (head, errors, timing). The bodies
-- of answers are files: bodies/<id>.

PRAGMA application_id = 1919250803; -- "reqs"

CREATE TABLE exchange (
    seq             INTEGER PRIMARY KEY AUTOINCREMENT, -- the order of the intents; never used twice
    id              TEXT NOT NULL UNIQUE,              -- the name people use
    operation       TEXT NOT NULL,                     -- the API page's requestId
    attempt         INTEGER NOT NULL,                  -- which key of the operation, from 1
    send            INTEGER NOT NULL,                  -- which send of that attempt, from 1
    account         TEXT,
    profile         TEXT NOT NULL,
    started_at      TEXT NOT NULL,                     -- UTC, RFC 3339 with nine decimals: sorts as text
    method          TEXT NOT NULL,
    base_url        TEXT NOT NULL,                     -- the profile's at that moment
    target          TEXT NOT NULL,                     -- relative to base_url, or absolute
    idempotency_key TEXT,
    key_choice      TEXT NOT NULL,                     -- fresh, same, new, given, none
    origin          TEXT NOT NULL,                     -- scheme, host and port
    payload         BLOB NOT NULL,                     -- keyed fingerprint of method, target and body
    credential      BLOB,                              -- keyed fingerprint of the credential

    -- The lock file of the process that sends it, below owners/. Set exactly as long as there is no outcome: a row
    -- whose owner's lock is free is indeterminate, whatever `class` still says.
    owner           TEXT,
    class           TEXT NOT NULL,                     -- held, in_flight, failed, indeterminate, informational,
                                                       -- success, redirect, client_error, rate_limited, server_error
    status          INTEGER,
    replayed        INTEGER NOT NULL DEFAULT 0,        -- the server said: a saved answer
    codes           TEXT NOT NULL DEFAULT '[]',        -- the codes of the listed errors, JSON
    error_count     INTEGER,                           -- NULL: no envelope
    total_ms        REAL,
    body_bytes      INTEGER NOT NULL DEFAULT 0,        -- decoded bytes kept in bodies/<id>
    quota           TEXT,                              -- the quota the answer spoke of, JSON
    quota_at        TEXT,                              -- when its head arrived, written like started_at

    CHECK ((owner IS NOT NULL) = (class IN ('held', 'in_flight'))),
    CHECK ((quota IS NULL) = (quota_at IS NULL))
) STRICT;

-- seq is the rowid, so each of these also gives its rows in order of time.
CREATE INDEX exchange_operation ON exchange (operation);
CREATE INDEX exchange_key ON exchange (idempotency_key, origin) WHERE idempotency_key IS NOT NULL;
CREATE INDEX exchange_owner ON exchange (owner) WHERE owner IS NOT NULL;
CREATE INDEX exchange_quota ON exchange (origin, credential, quota_at) WHERE quota IS NOT NULL;

CREATE TABLE request (
    seq     INTEGER PRIMARY KEY REFERENCES exchange (seq),
    headers TEXT NOT NULL,                             -- [[name, value], …] in order, secrets as [redacted], JSON
    slots   TEXT NOT NULL,                             -- what was cut out and where it is to be had again, JSON
    body    BLOB NOT NULL                              -- the exact bytes
) STRICT;

CREATE TABLE answer (
    seq     INTEGER PRIMARY KEY REFERENCES exchange (seq),
    outcome TEXT NOT NULL                              -- tagged by "kind": response, failed, indeterminate; JSON
) STRICT;

CREATE TRIGGER exchange_final BEFORE UPDATE ON exchange WHEN old.owner IS NULL
BEGIN
    SELECT RAISE(ABORT, 'an exchange that has its outcome is never overwritten');
END;
