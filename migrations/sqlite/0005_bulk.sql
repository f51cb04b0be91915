-- +goose Up
-- An administrator demands two-step verification of this user, whatever the policy says.
ALTER TABLE users ADD COLUMN must_enrol INTEGER NOT NULL DEFAULT 0 CHECK (must_enrol IN (0, 1));

-- One act on many users. It is worked off in pieces, so its row says how far it is; users are met in the
-- order of users.num, from cursor to upto.
CREATE TABLE batches (
  id         TEXT PRIMARY KEY,
  action     TEXT NOT NULL,
  state      TEXT NOT NULL CHECK (state IN ('running', 'done', 'cancelled', 'refused')),
  filter     TEXT NOT NULL DEFAULT '', -- what the list was narrowed to, as in its address; for all that match
  everybody  INTEGER NOT NULL DEFAULT 0 CHECK (everybody IN (0, 1)), -- all that match the filter, not some that were picked
  undoes     TEXT NOT NULL DEFAULT '', -- the batch that this one takes back
  reason     TEXT NOT NULL DEFAULT '' CHECK (length(reason) <= 500),
  -- Who started it, for the audit log, since it may go on after a restart.
  actor_id   TEXT NOT NULL,
  actor_name TEXT NOT NULL,
  ip         TEXT NOT NULL,
  user_agent TEXT NOT NULL CHECK (length(user_agent) <= 300),
  request_id TEXT NOT NULL,
  total      INTEGER NOT NULL, -- how many there were to look at when it began
  cursor     INTEGER NOT NULL DEFAULT 0,
  upto       INTEGER NOT NULL DEFAULT 0,
  changed    INTEGER NOT NULL DEFAULT 0,
  left_out   INTEGER NOT NULL DEFAULT 0,
  why        TEXT NOT NULL DEFAULT '', -- how many were left out for which reason, as JSON
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX batches_running ON batches (created_at) WHERE state = 'running';
CREATE INDEX batches_by_end  ON batches (changed_at);
-- Nothing is taken back twice.
CREATE UNIQUE INDEX batches_undone ON batches (undoes) WHERE undoes <> '';

-- Whom a batch changed, and which version of the user that made: an undo takes back exactly these.
CREATE TABLE batch_users (
  batch_id TEXT NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
  num      INTEGER NOT NULL,
  user_id  TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  version  INTEGER NOT NULL,
  PRIMARY KEY (batch_id, num)
) STRICT, WITHOUT ROWID;
CREATE INDEX batch_users_by_user ON batch_users (user_id);
