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
