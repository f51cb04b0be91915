-- +goose Up
-- In which browser a notice's deed was done (the hash of its token), so that this one is not warned of it.
ALTER TABLE notices ADD COLUMN done_by TEXT NOT NULL DEFAULT '';
