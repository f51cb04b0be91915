-- +goose Up
-- The backups that were made or tried. The files of those that the server keeps are in the folder
-- backups beside the database; an archive that a command wrote may be anywhere.
CREATE TABLE backups (
  seq        INTEGER PRIMARY KEY, -- in the order in which they began, whatever the clock says
  kind       TEXT NOT NULL CHECK (kind IN ('nightly', 'page', 'command')),
  state      TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed')),
  by_id      TEXT NOT NULL DEFAULT '' CHECK (length(by_id) <= 64),
  by_name    TEXT NOT NULL DEFAULT '' CHECK (length(by_name) <= 100),
  began_at   INTEGER NOT NULL,
  ended_at   INTEGER NOT NULL DEFAULT 0,
  percent    INTEGER NOT NULL DEFAULT 0 CHECK (percent BETWEEN 0 AND 100),
  file       TEXT NOT NULL DEFAULT '' CHECK (length(file) <= 100), -- that the server keeps; '' for none, or not any more
  bytes      INTEGER NOT NULL DEFAULT 0,
  users      INTEGER NOT NULL DEFAULT 0,
  head_seq   INTEGER NOT NULL DEFAULT 0,
  head_mac   TEXT NOT NULL DEFAULT '',
  encrypted  INTEGER NOT NULL DEFAULT 0 CHECK (encrypted IN (0, 1)),
  recipients TEXT NOT NULL DEFAULT '' CHECK (length(recipients) <= 50000), -- one a line
  why        TEXT NOT NULL DEFAULT '' CHECK (length(why) <= 500) -- it failed
) STRICT;
