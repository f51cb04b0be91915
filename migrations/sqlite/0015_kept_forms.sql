-- +goose Up

-- What somebody typed into a form when they had to confirm who they are, or sign in, before it could be used. It waits
-- for this session, without passwords and codes, and comes back in the form. Nothing is ever done from here.
CREATE TABLE kept_forms (
  session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  path       TEXT NOT NULL CHECK (length(path) <= 500),       -- of the page that shows the form
  sealed     TEXT NOT NULL CHECK (length(sealed) <= 100000),
  kept_at    INTEGER NOT NULL,
  ends_at    INTEGER NOT NULL,
  PRIMARY KEY (session_id, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX kept_forms_by_end ON kept_forms (ends_at);
