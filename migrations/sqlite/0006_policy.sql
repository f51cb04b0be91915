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

-- The newest time of each day, so that the newest of all is known without an index of every time.
ALTER TABLE audit_days ADD COLUMN last_at INTEGER NOT NULL DEFAULT 0;
UPDATE audit_days SET last_at = days.newest
  FROM (SELECT at / 86400000 AS day, max(at) AS newest FROM audit_log GROUP BY 1) AS days WHERE days.day = audit_days.day;
DROP TRIGGER audit_day;
-- +goose StatementBegin
CREATE TRIGGER audit_day AFTER INSERT ON audit_log BEGIN
  INSERT INTO audit_days VALUES (new.at / 86400000, new.seq, new.seq, new.at)
    ON CONFLICT (day) DO UPDATE SET last_seq = new.seq, last_at = max(last_at, new.at);
END;
-- +goose StatementEnd
