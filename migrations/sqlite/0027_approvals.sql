-- +goose Up
-- What one administrator wants to do to another's way in waits for a second administrator.
CREATE TABLE approvals (
  id             TEXT PRIMARY KEY,
  user_id        TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE, -- whom it concerns
  kind           TEXT NOT NULL CHECK (kind IN ('reset-two-step', 'password-link', 'email')),
  detail         TEXT NOT NULL CHECK (length(detail) <= 254), -- the new address
  reason         TEXT NOT NULL CHECK (length(reason) <= 500),
  asked_id       TEXT NOT NULL, -- the administrator who asked, which is the first approval
  asked_name     TEXT NOT NULL,
  status         TEXT NOT NULL CHECK (status IN ('open', 'approved', 'refused', 'ended')),
  made_at        INTEGER NOT NULL,
  opens_at       INTEGER NOT NULL, -- not to be approved before
  ends_at        INTEGER NOT NULL,
  decided_id     TEXT NOT NULL DEFAULT '',
  decided_name   TEXT NOT NULL DEFAULT '',
  decided_at     INTEGER NOT NULL DEFAULT 0,
  decided_reason TEXT NOT NULL DEFAULT '' CHECK (length(decided_reason) <= 500)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX approvals_one_open ON approvals (user_id, kind) WHERE status = 'open';
CREATE INDEX approvals_by_status ON approvals (status, made_at);
CREATE INDEX approvals_by_asker  ON approvals (asked_id) WHERE status = 'open';

-- Until when somebody was an administrator who is none any more, or was disabled or deleted as
-- one: for some days they count as one, or taking the role away would be the way around.
ALTER TABLE users ADD COLUMN admin_until INTEGER NOT NULL DEFAULT 0;
CREATE INDEX users_once_admin ON users (admin_until) WHERE admin_until > 0;
