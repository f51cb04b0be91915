-- +goose Up
-- Only SQLite is told by which index to read the users that another table finds.
SELECT 1;
