-- +goose Up
-- The keys of latchkey.key by their ids, which are no secret: when each was made, 0 if that is not known.
CREATE TABLE encryption_keys (
  id      TEXT COLLATE "C" PRIMARY KEY,
  made_at BIGINT NOT NULL DEFAULT 0
);
