-- Version 4: what a filter asks for and a list shows of the errors, and by which name the server knows an exchange.
--
--   SELECT id, target, paths FROM exchange WHERE server_id = 'req_9xK2';
--
-- The first sixteen errors that the answer lists, each text cut after 200 characters, JSON.
ALTER TABLE exchange ADD COLUMN server_id TEXT;                    -- the server's own Request-Id
ALTER TABLE exchange ADD COLUMN paths TEXT NOT NULL DEFAULT '[]';    -- where they point to, JSON Pointers (RFC 6901)
ALTER TABLE exchange ADD COLUMN messages TEXT NOT NULL DEFAULT '[]'; -- what they say

-- Rows of before have it in their answers. The trigger that keeps an outcome from being overwritten steps aside.
DROP TRIGGER exchange_final;

UPDATE exchange SET
    server_id = (SELECT outcome ->> '$.server_request_id' FROM answer WHERE answer.seq = exchange.seq),
    messages = (SELECT json_group_array(substr(message, 1, 200)) FROM (
        SELECT error.value ->> '$.message' AS message
          FROM answer, json_each(answer.outcome, '$.report.errors') AS error
         WHERE answer.seq = exchange.seq AND message IS NOT NULL
         ORDER BY error.key LIMIT 16)),
    paths = (SELECT json_group_array(substr(pointer, 1, 200)) FROM (
        SELECT (SELECT group_concat('/' || replace(replace(step.value, '~', '~0'), '/', '~1'), '' ORDER BY step.key)
                  FROM json_each(error.value, '$.path') AS step) AS pointer
          FROM answer, json_each(answer.outcome, '$.report.errors') AS error
         WHERE answer.seq = exchange.seq AND pointer IS NOT NULL
         ORDER BY error.key LIMIT 16))
 WHERE seq IN (SELECT seq FROM answer WHERE outcome ->> '$.kind' = 'response');

CREATE TRIGGER exchange_final BEFORE UPDATE ON exchange WHEN old.owner IS NULL
BEGIN
    SELECT RAISE(ABORT, 'an exchange that has its outcome is never overwritten');
END;

-- What filters are answered from. seq is the rowid of exchange, so each index gives its rows in the order of the intents.
CREATE INDEX exchange_account ON exchange (account) WHERE account IS NOT NULL;
CREATE INDEX exchange_server ON exchange (server_id) WHERE server_id IS NOT NULL;
CREATE INDEX exchange_class ON exchange (class);
CREATE INDEX exchange_status ON exchange (status) WHERE status IS NOT NULL;
CREATE INDEX exchange_method ON exchange (method COLLATE NOCASE);
CREATE INDEX exchange_profile ON exchange (profile);
CREATE INDEX exchange_replayed ON exchange (replayed) WHERE replayed;
CREATE INDEX exchange_took ON exchange (total_ms) WHERE total_ms IS NOT NULL;

-- The codes of the listed errors, and every place that their paths lead through: /items/0 stands as /items and /items/0.
CREATE TABLE error (
    name  TEXT NOT NULL,                               -- code, path
    value TEXT NOT NULL,
    seq   INTEGER NOT NULL,

    PRIMARY KEY (name, value, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX error_seq ON error (seq);

INSERT OR IGNORE INTO error
SELECT 'code', code.value, seq FROM exchange, json_each(codes) AS code;

INSERT OR IGNORE INTO error
WITH RECURSIVE lead (seq, place) AS (
    SELECT seq, pointer.value FROM exchange, json_each(paths) AS pointer
    UNION
    -- Without its last step.
    SELECT seq, substr(place, 1, length(rtrim(place, replace(place, '/', ''))) - 1) FROM lead WHERE place <> ''
)
SELECT 'path', place, seq FROM lead WHERE place <> '';

-- When the exchanges of each 1024 began: a filter for a time need not look at the others. The times are those of the
-- machine's clock, which may be set back; so each span says what it holds, and nothing is said of their order.
CREATE TABLE span (
    block INTEGER PRIMARY KEY,                         -- seq >> 10
    first TEXT NOT NULL,                               -- written like exchange.started_at
    last  TEXT NOT NULL
) STRICT;

INSERT INTO span SELECT seq >> 10, min(started_at), max(started_at) FROM exchange GROUP BY 1;

CREATE TRIGGER exchange_span AFTER INSERT ON exchange
BEGIN
    INSERT INTO span VALUES (new.seq >> 10, new.started_at, new.started_at)
    ON CONFLICT (block) DO UPDATE SET first = min(first, excluded.first), last = max(last, excluded.last);
END;

-- Operations that made more than one object, as far as their answers name them. Written with the answer that tells it.
CREATE TABLE recreated (
    operation TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

INSERT INTO recreated
SELECT operation FROM exchange
 WHERE method IN ('GET', 'HEAD', 'OPTIONS', 'TRACE') AND json_array_length(objects, '$.ids') > 1
UNION
SELECT operation FROM exchange, json_each(objects, '$.ids') AS made
 WHERE method NOT IN ('GET', 'HEAD', 'OPTIONS', 'TRACE')
 GROUP BY operation HAVING count(DISTINCT made.value) > 1;

-- Text by its trigrams. Both indexes say only where text may stand: what they find is looked at. Neither keeps the text.
-- `body_index` has the first 16 KiB of what was sent and of what came back, as they rest.
CREATE VIRTUAL TABLE text_index USING fts5 (
    words, tokenize = 'trigram', content = '', contentless_delete = 1, detail = none
);
CREATE VIRTUAL TABLE body_index USING fts5 (
    words, tokenize = 'trigram', content = '', contentless_delete = 1, detail = none
);

-- Merging their pieces is work of its own, done in small steps: a write that did it would hold up whoever sends.
INSERT INTO text_index (text_index, rank) VALUES ('automerge', 0);
INSERT INTO body_index (body_index, rank) VALUES ('automerge', 0);

-- Exchanges with an outcome that the two do not have yet: indexing is done in small steps, beside the sends. Until then
-- they are looked at one by one.
CREATE TABLE unindexed (
    seq INTEGER PRIMARY KEY
) STRICT;

INSERT INTO unindexed SELECT seq FROM exchange WHERE owner IS NULL;

CREATE TRIGGER exchange_unindexed AFTER UPDATE OF owner ON exchange WHEN new.owner IS NULL
BEGIN
    INSERT OR IGNORE INTO unindexed VALUES (new.seq);
END;

CREATE TRIGGER exchange_told AFTER INSERT ON exchange WHEN new.owner IS NULL
BEGIN
    INSERT OR IGNORE INTO unindexed VALUES (new.seq);
END;

CREATE TRIGGER exchange_forgotten AFTER DELETE ON exchange WHEN old.owner IS NULL
BEGIN
    DELETE FROM error WHERE seq = old.seq;
    DELETE FROM text_index WHERE rowid = old.seq;
    DELETE FROM body_index WHERE rowid = old.seq;
    DELETE FROM unindexed WHERE seq = old.seq;
END;
