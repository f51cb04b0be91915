-- +goose Up
-- The keys of latchkey.key by their ids, which are no secret: when each was made, 0 if that is not known.
CREATE TABLE encryption_keys (
  id      TEXT PRIMARY KEY,
  made_at INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
