-- +goose Up
-- Nothing: SQLite counts in place, however many rows a transaction writes (see this migration of PostgreSQL).
SELECT 1;
