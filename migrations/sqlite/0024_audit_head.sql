-- +goose Up
-- The newest row of the audit log, under a MAC of its own and outside the log: without the key nobody can make a
-- log that was cut look whole. The program moves it on in the transaction of each row, and makes it in the
-- transaction of this migration.
CREATE TABLE audit_head (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  seq  INTEGER NOT NULL, -- of the newest row; 0 while there is none
  mac  TEXT NOT NULL,    -- of that row
  seal TEXT NOT NULL
) STRICT;
-- +goose StatementBegin
CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head
WHEN new.only IS NOT old.only OR new.seq <= old.seq BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_head_add BEFORE INSERT ON audit_head
WHEN EXISTS (SELECT 1 FROM audit_head) BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
-- +goose StatementEnd
