-- Version 5: what people mark, and what is counted all the while.
--
--   SELECT id, note FROM exchange JOIN mark USING (seq) WHERE pinned;
--   SELECT class, count FROM tally;

-- An exchange is never changed once it has its outcome; what people say of it stands beside it.
CREATE TABLE mark (
    seq    INTEGER PRIMARY KEY REFERENCES exchange (seq),
    pinned INTEGER NOT NULL DEFAULT 0,
    note   TEXT,
    at     TEXT NOT NULL                               -- when it last changed, written like exchange.started_at
) STRICT;

-- How many exchanges each class has, and how many bytes their bodies: what would take a look at every row otherwise.
CREATE TABLE tally (
    class TEXT PRIMARY KEY,                            -- as in exchange
    count INTEGER NOT NULL,
    bytes INTEGER NOT NULL                             -- of bodies/<id>, together
) STRICT, WITHOUT ROWID;

INSERT INTO tally (class, count, bytes) SELECT class, count(*), sum(body_bytes) FROM exchange GROUP BY class;

CREATE TRIGGER exchange_comes AFTER INSERT ON exchange
BEGIN
    INSERT INTO tally (class, count, bytes) VALUES (new.class, 1, new.body_bytes)
    ON CONFLICT DO UPDATE SET count = count + 1, bytes = bytes + excluded.bytes;
END;

CREATE TRIGGER exchange_turns AFTER UPDATE OF class, body_bytes ON exchange
BEGIN
    UPDATE tally SET count = count - 1, bytes = bytes - old.body_bytes WHERE class = old.class;
    INSERT INTO tally (class, count, bytes) VALUES (new.class, 1, new.body_bytes)
    ON CONFLICT DO UPDATE SET count = count + 1, bytes = bytes + excluded.bytes;
END;

CREATE TRIGGER exchange_goes AFTER DELETE ON exchange
BEGIN
    UPDATE tally SET count = count - 1, bytes = bytes - old.body_bytes WHERE class = old.class;
END;

-- Bodies whose exchange was pruned, until their files are gone: rows go first, so that a kill leaves a name here and no
-- file that nobody knows.
CREATE TABLE leftover (
    id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TRIGGER exchange_leaves BEFORE DELETE ON exchange
BEGIN
    DELETE FROM mark WHERE seq = old.seq;
    DELETE FROM answer WHERE seq = old.seq;
    DELETE FROM request WHERE seq = old.seq;
END;

-- What a person asks with sqlite3, in a person's words.
CREATE VIEW history AS
SELECT id, started_at AS at, method,
       CASE WHEN target LIKE '%://%' AND target NOT LIKE '/%' THEN target ELSE base_url || target END AS url,
       status, class AS outcome, operation, attempt, send, account, profile, idempotency_key AS key, server_id,
       total_ms AS ms, body_bytes AS bytes, codes, COALESCE(pinned, 0) AS pinned, note
  FROM exchange LEFT JOIN mark USING (seq)
 ORDER BY seq DESC;
