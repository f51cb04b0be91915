-- +goose Up
-- Retention takes rows off the beginning of the audit log. What was taken stands here, in one row under
-- a MAC of its own; the chain of the rows that are left begins at its last_mac.
CREATE TABLE audit_removed (
  only       INTEGER PRIMARY KEY CHECK (only = 1),
  last_seq   INTEGER NOT NULL, -- rows 1 to last_seq are gone
  first_at   INTEGER NOT NULL, -- the time and MAC of row 1
  first_mac  TEXT NOT NULL,
  last_at    INTEGER NOT NULL, -- the time and MAC of row last_seq
  last_mac   TEXT NOT NULL,
  removed_at INTEGER NOT NULL, -- when the last of them were taken
  mac        TEXT NOT NULL,
  -- Whatever the program believes, nothing younger than 30 days goes.
  CHECK (removed_at - last_at >= 2592000000)
) STRICT;

-- The row only ever tells of more rows, of rows that are there at that moment, and never of the newest
-- one, so that numbers go on.
-- +goose StatementBegin
CREATE TRIGGER audit_removed_add BEFORE INSERT ON audit_removed
WHEN EXISTS (SELECT 1 FROM audit_removed)
  OR new.first_mac IS NOT (SELECT mac FROM audit_log WHERE seq = 1)
  OR new.last_mac IS NOT (SELECT mac FROM audit_log WHERE seq = new.last_seq)
  OR new.last_at IS NOT (SELECT at FROM audit_log WHERE seq = new.last_seq)
  OR new.last_seq >= (SELECT max(seq) FROM audit_log) BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_removed_change BEFORE UPDATE ON audit_removed
WHEN new.only IS NOT old.only OR new.last_seq <= old.last_seq
  OR new.first_mac IS NOT old.first_mac OR new.first_at IS NOT old.first_at
  OR new.last_mac IS NOT (SELECT mac FROM audit_log WHERE seq = new.last_seq)
  OR new.last_at IS NOT (SELECT at FROM audit_log WHERE seq = new.last_seq)
  OR new.last_seq >= (SELECT max(seq) FROM audit_log) BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_removed_no_delete BEFORE DELETE ON audit_removed BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
-- +goose StatementEnd

-- Only rows that the row above tells of can be deleted.
DROP TRIGGER audit_no_delete;
-- +goose StatementBegin
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit_log
WHEN old.seq > coalesce((SELECT last_seq FROM audit_removed), 0) BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
-- +goose StatementEnd

-- Which rows of the log the days (UTC) are in. Clocks step, so times are not in the order of the rows; this
-- turns days into a range of rows, which every index of the log can be asked for.
CREATE TABLE audit_days (
  day       INTEGER PRIMARY KEY, -- at / 86400000
  first_seq INTEGER NOT NULL,
  last_seq  INTEGER NOT NULL
) STRICT;
INSERT INTO audit_days SELECT at / 86400000, min(seq), max(seq) FROM audit_log GROUP BY 1;
-- +goose StatementBegin
CREATE TRIGGER audit_day AFTER INSERT ON audit_log BEGIN
  INSERT INTO audit_days VALUES (new.at / 86400000, new.seq, new.seq) ON CONFLICT (day) DO UPDATE SET last_seq = new.seq;
END;
-- +goose StatementEnd

-- For two filters at once that many rows have, and few have both. One text of both, since the database would
-- rather take one of the other indexes than this one if it were two columns.
CREATE INDEX audit_by_event_result ON audit_log (event || ' ' || result, seq);
-- audit_days took its place.
DROP INDEX audit_by_time;
