-- +goose Up
-- Work that one node does at a time: which one, and a number that it changes while it is at it.
CREATE TABLE leases (
  name TEXT PRIMARY KEY,
  node TEXT NOT NULL,
  beat INTEGER NOT NULL
) STRICT;
