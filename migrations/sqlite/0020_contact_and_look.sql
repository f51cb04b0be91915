-- +goose Up
-- Texts of an administrator's own may be longer than other settings.
CREATE TABLE settings_longer (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL CHECK (length(value) <= 10000)
) STRICT, WITHOUT ROWID;
INSERT INTO settings_longer (name, value) SELECT name, value FROM settings;
DROP TABLE settings;
ALTER TABLE settings_longer RENAME TO settings;

-- The logo as it is served, which the setting "logo" names by its hash.
CREATE TABLE logos (
  hash  TEXT PRIMARY KEY,
  image TEXT NOT NULL CHECK (length(image) <= 360000) -- a PNG in base64
) STRICT, WITHOUT ROWID;

-- A form with such texts may have to wait while its author confirms who they are. What
-- waits at this moment, for minutes only, is dropped.
DROP TABLE kept_forms;
CREATE TABLE kept_forms (
  session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  path       TEXT NOT NULL CHECK (length(path) <= 500),       -- of the page that shows the form
  sealed     TEXT NOT NULL CHECK (length(sealed) <= 400000),
  kept_at    INTEGER NOT NULL,
  ends_at    INTEGER NOT NULL,
  PRIMARY KEY (session_id, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX kept_forms_by_end ON kept_forms (ends_at);
