-- +goose Up
-- Each process that writes, with the number of its last transaction: what became of a commit without an answer.
CREATE TABLE nodes (
  name    TEXT PRIMARY KEY,
  token   BIGINT NOT NULL,
  seen_at BIGINT NOT NULL
);
