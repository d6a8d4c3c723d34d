-- Version 2: who waits for a used-up quota, agreed on by every process. One hold per (origin, credential): the quota is
-- the organization's. The requests that wait are rows of `exchange` with the class `held`: announced, with the key they
-- will have, but without an intent. When its turn comes, a held row is taken away and its intent written under the same
-- id in the same transaction, so that `seq` stays the order of the intents. A held row whose owner is gone was never
-- sent, and reads as failed.

CREATE TABLE hold (
    origin      TEXT NOT NULL,                         -- as in exchange
    credential  BLOB NOT NULL,                         -- as in exchange; X'' for none
    told_at     TEXT NOT NULL,                         -- when it last changed; times are written like started_at
    until       TEXT NOT NULL,                         -- nobody goes before
    window_left INTEGER,                               -- how many may go without a probe
    window_ends TEXT,                                  -- until when
    probe       TEXT,                                  -- the exchange that went first and has no answer yet
    probe_since TEXT,                                  -- when it went

    PRIMARY KEY (origin, credential),
    CHECK ((window_left IS NULL) = (window_ends IS NULL)),
    CHECK ((probe IS NULL) = (probe_since IS NULL))
) STRICT, WITHOUT ROWID;
