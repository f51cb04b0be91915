-- +goose Up
-- Where the audit log is sent. The log itself is the outbox: what is still to be sent is what comes
-- after the cursor, so writing an event costs nothing here.
CREATE TABLE streams (
  id            TEXT PRIMARY KEY,
  kind          TEXT NOT NULL CHECK (kind IN ('webhook', 'file', 'eventhubs')),
  name          TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 60),
  address       TEXT NOT NULL CHECK (length(address) <= 300), -- for people: host, hub or file; never a secret
  sealed        TEXT NOT NULL, -- URL, keys and connection string, sealed under this id
  partition     TEXT NOT NULL DEFAULT '' CHECK (length(partition) <= 10), -- of Event Hubs; '' by user
  content       TEXT NOT NULL CHECK (content IN ('full', 'lean')), -- only full ones can refill the log
  events        TEXT NOT NULL DEFAULT '' CHECK (length(events) <= 2000), -- names with spaces between; '' for all
  state         TEXT NOT NULL CHECK (state IN ('running', 'paused', 'failed')),
  state_by      TEXT NOT NULL DEFAULT '' CHECK (length(state_by) <= 100), -- who paused it
  state_at      INTEGER NOT NULL,
  key_mark      TEXT NOT NULL DEFAULT '', -- a short fingerprint of the key, to tell keys apart
  key_at        INTEGER NOT NULL DEFAULT 0,
  old_key_until INTEGER NOT NULL DEFAULT 0, -- the key before it is used as well until then
  begins        INTEGER NOT NULL, -- nothing up to this row was ever to be sent
  cursor        INTEGER NOT NULL, -- every row up to it was sent, left out, missed or is a dead letter
  failures      INTEGER NOT NULL DEFAULT 0, -- in a row
  failing_since INTEGER NOT NULL DEFAULT 0,
  next_at       INTEGER NOT NULL DEFAULT 0,
  dead_in_a_row INTEGER NOT NULL DEFAULT 0,
  answer        TEXT NOT NULL DEFAULT '' CHECK (length(answer) <= 500), -- the last one
  answer_at     INTEGER NOT NULL DEFAULT 0,
  answer_ms     INTEGER NOT NULL DEFAULT 0,
  sent          INTEGER NOT NULL DEFAULT 0,
  sent_at       INTEGER NOT NULL DEFAULT 0,
  missed        INTEGER NOT NULL DEFAULT 0, -- rows that retention removed before their turn
  version       INTEGER NOT NULL DEFAULT 1,
  created_at    INTEGER NOT NULL,
  changed_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How many events were sent in each minute of the last hour and on each day.
CREATE TABLE stream_counts (
  stream_id TEXT NOT NULL REFERENCES streams (id) ON DELETE CASCADE,
  unit      INTEGER NOT NULL CHECK (unit IN (60000, 86400000)), -- milliseconds
  number    INTEGER NOT NULL, -- the time divided by the unit
  sent      INTEGER NOT NULL,
  PRIMARY KEY (stream_id, unit, number)
) STRICT, WITHOUT ROWID;

-- The last tries that failed.
CREATE TABLE stream_failures (
  id        TEXT PRIMARY KEY,
  stream_id TEXT NOT NULL REFERENCES streams (id) ON DELETE CASCADE,
  at        INTEGER NOT NULL,
  answer    TEXT NOT NULL CHECK (length(answer) <= 500)
) STRICT, WITHOUT ROWID;
CREATE INDEX stream_failures_by_time ON stream_failures (stream_id, at, id);

-- Events that the other side will not take: not their text, which the log has.
CREATE TABLE dead_letters (
  stream_id TEXT NOT NULL REFERENCES streams (id) ON DELETE CASCADE,
  seq       INTEGER NOT NULL,
  answer    TEXT NOT NULL CHECK (length(answer) <= 500),
  dead_at   INTEGER NOT NULL,
  PRIMARY KEY (stream_id, seq)
) STRICT, WITHOUT ROWID;
