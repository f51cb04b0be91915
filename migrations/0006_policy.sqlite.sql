-- +goose Up
-- A stricter policy is shown before it is saved: who has no address is counted in this index alone.
CREATE INDEX users_no_address ON users (list_class, email_key) WHERE email_key IS NULL;

-- An administrator who gave a reason may look at a user's own pages until then, in this session alone.
CREATE TABLE looks (
  session_id TEXT PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
  user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  ends_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX looks_by_user ON looks (user_id);
