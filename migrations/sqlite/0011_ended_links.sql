-- +goose Up
-- What became of one-time links that no longer work, so that whoever still holds one is
-- told the truth. Only the hash of the token is here, as before.
CREATE TABLE ended_links (
    token_hash TEXT    PRIMARY KEY,
    purpose    TEXT    NOT NULL,
    why        TEXT    NOT NULL CHECK (why IN ('used', 'replaced', 'ended')),
    used_at    INTEGER NOT NULL, -- 0 where it was not used
    kept_until INTEGER NOT NULL
) STRICT;
CREATE INDEX ended_links_kept ON ended_links (kept_until);

-- +goose Down
DROP TABLE ended_links;
