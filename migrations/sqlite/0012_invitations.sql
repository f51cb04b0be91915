-- +goose Up
-- What is to be said about a whole file, such as that a part of it may be missing; and whether rows without a
-- password may become users who are invited, and how many of the good ones are such.
ALTER TABLE import_batches ADD COLUMN warning TEXT NOT NULL DEFAULT '';
ALTER TABLE import_batches ADD COLUMN invite INTEGER NOT NULL DEFAULT 0 CHECK (invite IN (0, 1));
ALTER TABLE import_batches ADD COLUMN invited INTEGER NOT NULL DEFAULT 0;
-- The row has no password, and nothing else is wrong with it.
ALTER TABLE import_rows ADD COLUMN invite INTEGER NOT NULL DEFAULT 0 CHECK (invite IN (0, 1));
CREATE INDEX import_rows_invited ON import_rows (batch_id, position) WHERE invite = 1 AND result = 'added';
-- Whom a bulk change is about was written to batch_users when it began: neither a filter nor what it takes back says it.
ALTER TABLE batches ADD COLUMN listed INTEGER NOT NULL DEFAULT 0 CHECK (listed IN (0, 1));
-- Bulk invitations are made only as fast as the mail server takes them, so the waiting ones are counted often.
CREATE INDEX mails_by_kind ON mails (kind) WHERE failed_at = 0;
