-- +goose Up
-- The newest step that an app had used when a step more than 30 days later came: where the clock was ahead then,
-- codes count from this one again.
ALTER TABLE authenticators ADD COLUMN step_before BIGINT NOT NULL DEFAULT 0;
