-- +goose Up
-- The pages of what administrators have decided, the newest first.
CREATE INDEX requests_decided  ON requests  (made_at, id) WHERE status <> 'open';
CREATE INDEX approvals_decided ON approvals (made_at, id) WHERE status <> 'open';
