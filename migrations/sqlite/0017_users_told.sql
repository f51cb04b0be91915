-- +goose Up
-- What administrators write down about a user. Whoever wrote a note may be erased, so the name stays with it.
CREATE TABLE user_notes (
  id          TEXT PRIMARY KEY,
  user_id     TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  author_id   TEXT NOT NULL,
  author_name TEXT NOT NULL,
  text        TEXT NOT NULL CHECK (length(text) BETWEEN 1 AND 500),
  made_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX user_notes_by_user ON user_notes (user_id, made_at);

-- A name that nobody has may stand in an import that waits.
CREATE INDEX import_rows_by_name ON import_rows (username) WHERE username <> '';

-- The newest events without the single users of a bulk change or an import; store/recent.go repeats the condition.
CREATE INDEX audit_headlines ON audit_log (seq)
  WHERE instr(details, '{"name":"batch",') = 0 AND instr(details, '{"name":"by","after":"import"}') = 0 OR event = 'users.changed';
