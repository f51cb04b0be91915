-- +goose Up
-- Administrators look after many users.

-- A file of users that was uploaded and checked, until its rows are among the users or its time is over.
CREATE TABLE import_batches (
  id         TEXT PRIMARY KEY,
  owner_id   TEXT NOT NULL, -- the only administrator who sees it; '' for a command
  state      TEXT NOT NULL CHECK (state IN ('reading', 'ready', 'running', 'done', 'stopped')),
  format     TEXT NOT NULL,
  file_name  TEXT NOT NULL CHECK (length(file_name) <= 100),
  mapping    TEXT NOT NULL DEFAULT '', -- what its columns were taken for, as JSON
  good       INTEGER NOT NULL DEFAULT 0, -- rows that could be added when they were checked
  bad        INTEGER NOT NULL DEFAULT 0,
  admins     INTEGER NOT NULL DEFAULT 0, -- good rows that become administrators
  added      INTEGER NOT NULL DEFAULT 0,
  late       INTEGER NOT NULL DEFAULT 0, -- good rows that somebody else's user got in the way of
  -- Who started it, for the audit log, since it may go on after a restart.
  actor_name TEXT NOT NULL DEFAULT '',
  ip         TEXT NOT NULL DEFAULT '',
  user_agent TEXT NOT NULL DEFAULT '' CHECK (length(user_agent) <= 300),
  request_id TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  ends_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX import_batches_by_owner ON import_batches (owner_id, created_at);
CREATE INDEX import_batches_by_end   ON import_batches (ends_at);
CREATE INDEX import_batches_running  ON import_batches (created_at) WHERE state = 'running';

CREATE TABLE import_rows (
  batch_id  TEXT NOT NULL REFERENCES import_batches (id) ON DELETE CASCADE,
  position  INTEGER NOT NULL, -- in the file, from 1
  number    INTEGER NOT NULL, -- as the report names the row
  given     TEXT NOT NULL,    -- the user name as the file has it, made fit to be shown
  username  TEXT NOT NULL,    -- in canonical form, '' if it has none
  email_key TEXT NOT NULL,
  result    TEXT NOT NULL CHECK (result IN ('good', 'refused', 'added')),
  reasons   TEXT NOT NULL,
  sealed    TEXT NOT NULL,    -- the rest, password hash and authenticator secret too; '' unless good
  PRIMARY KEY (batch_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX import_rows_by_username ON import_rows (batch_id, username);
CREATE INDEX import_rows_by_email    ON import_rows (batch_id, email_key);
CREATE INDEX import_rows_by_result   ON import_rows (batch_id, result, position);
