-- +goose Up
-- People look after themselves: mail, notices, lost phones, remembered browsers.

-- The address that waits for its confirmation; the one in use stays until then.
ALTER TABLE users ADD COLUMN email_pending TEXT NOT NULL DEFAULT '' CHECK (length(email_pending) <= 254);
-- Since when the password opens nothing, because its owner said "this was not me".
ALTER TABLE users ADD COLUMN password_closed_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX users_closed ON users (password_closed_at) WHERE password_closed_at > 0;
-- When a recovery code was tried out or used for the last time.
ALTER TABLE users ADD COLUMN codes_tried_at INTEGER NOT NULL DEFAULT 0;
-- How many notices the user has not seen, so that a page knows without looking.
ALTER TABLE users ADD COLUMN notices_unseen INTEGER NOT NULL DEFAULT 0;

-- How many seconds the phone's clock is ahead, as its codes told the last time.
ALTER TABLE authenticators ADD COLUMN drift INTEGER NOT NULL DEFAULT 0;

-- A remembered browser stood in for the second factor.
ALTER TABLE sessions ADD COLUMN remembered INTEGER NOT NULL DEFAULT 0 CHECK (remembered IN (0, 1));

-- A known browser that may skip the code until then, if it shows the newest validator.
ALTER TABLE browsers ADD COLUMN remembered_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE browsers ADD COLUMN validator_hash TEXT NOT NULL DEFAULT '';

-- A pending sign-in lasts minutes: those from before the update begin again.
DROP TABLE pending_sign_ins;
CREATE TABLE pending_sign_ins (
  id_hash      TEXT PRIMARY KEY,
  user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  cred_version INTEGER NOT NULL,
  stage        TEXT NOT NULL CHECK (stage IN ('code', 'enrol', 'new-password', 'link')),
  tries        INTEGER NOT NULL DEFAULT 0,
  password_at  INTEGER NOT NULL,
  ends_at      INTEGER NOT NULL,
  next         TEXT NOT NULL CHECK (length(next) <= 2000),
  link_hash    TEXT NOT NULL DEFAULT '', -- the link that was followed
  counted      TEXT NOT NULL DEFAULT ''  -- the network that the password is counted for until a session starts
) STRICT, WITHOUT ROWID;
CREATE INDEX pending_sign_ins_by_user ON pending_sign_ins (user_id);
CREATE INDEX pending_sign_ins_by_end  ON pending_sign_ins (ends_at);

-- One-time links of more kinds. subject is what the link is about: an address, a
-- request, a notice. Those that only take something back outlive a change of credentials.
CREATE TABLE links_of_any_kind (
  token_hash   TEXT PRIMARY KEY,
  purpose      TEXT NOT NULL CHECK (purpose IN ('invite', 'password', 'reset', 'email', 'phone', 'not-me', 'cancel')),
  user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  subject      TEXT NOT NULL DEFAULT '',
  cred_version INTEGER NOT NULL,
  created_at   INTEGER NOT NULL,
  ends_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO links_of_any_kind (token_hash, purpose, user_id, cred_version, created_at, ends_at)
  SELECT token_hash, purpose, user_id, cred_version, created_at, ends_at FROM links;
DROP TABLE links;
ALTER TABLE links_of_any_kind RENAME TO links;
CREATE INDEX links_by_user ON links (user_id, purpose);
CREATE INDEX links_by_end  ON links (ends_at);

-- What a user is told on the next visit, and by mail where that is possible.
CREATE TABLE notices (
  id         TEXT PRIMARY KEY,
  user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  kind       TEXT NOT NULL,
  text       TEXT NOT NULL CHECK (length(text) <= 500),
  at         INTEGER NOT NULL,
  ip         TEXT NOT NULL,
  user_agent TEXT NOT NULL CHECK (length(user_agent) <= 300),
  seen_at    INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX notices_by_user ON notices (user_id, at);
CREATE INDEX notices_by_time ON notices (at);

-- Mail that waits to be sent, or could not be.
CREATE TABLE mails (
  id         TEXT PRIMARY KEY,
  user_id    TEXT REFERENCES users (id) ON DELETE CASCADE,
  kind       TEXT NOT NULL,
  recipient  TEXT NOT NULL CHECK (length(recipient) <= 254),
  sealed     TEXT NOT NULL, -- the message: some hold links that set a password
  created_at INTEGER NOT NULL,
  next_at    INTEGER NOT NULL,
  ends_at    INTEGER NOT NULL, -- after that the message is worth nothing
  tries      INTEGER NOT NULL DEFAULT 0,
  answer     TEXT NOT NULL DEFAULT '', -- what the mail server said last
  failed_at  INTEGER NOT NULL DEFAULT 0 -- given up
) STRICT, WITHOUT ROWID;
CREATE INDEX mails_due    ON mails (next_at) WHERE failed_at = 0;
CREATE INDEX mails_failed ON mails (failed_at) WHERE failed_at > 0;
CREATE INDEX mails_waiting ON mails (user_id) WHERE failed_at = 0;

-- People who lost their phone ask the administrators.
CREATE TABLE requests (
  id            TEXT PRIMARY KEY,
  user_id       TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  status        TEXT NOT NULL CHECK (status IN ('open', 'cancelled', 'approved', 'refused', 'used')),
  message       TEXT NOT NULL CHECK (length(message) <= 500),
  contact       TEXT NOT NULL CHECK (length(contact) <= 200),
  made_at       INTEGER NOT NULL,
  opens_at      INTEGER NOT NULL, -- not to be approved before
  ends_at       INTEGER NOT NULL,
  ip            TEXT NOT NULL,
  user_agent    TEXT NOT NULL CHECK (length(user_agent) <= 300),
  known_browser INTEGER NOT NULL CHECK (known_browser IN (0, 1)),
  usual_network INTEGER NOT NULL CHECK (usual_network IN (0, 1)),
  first_id      TEXT NOT NULL DEFAULT '', -- the administrator who approved first, where two have to
  first_name    TEXT NOT NULL DEFAULT '',
  decided_id    TEXT NOT NULL DEFAULT '',
  decided_name  TEXT NOT NULL DEFAULT '',
  decided_at    INTEGER NOT NULL DEFAULT 0,
  reason        TEXT NOT NULL DEFAULT '' CHECK (length(reason) <= 500),
  -- Somebody asked again while the request was open: the same person, or another one.
  again_at      INTEGER NOT NULL DEFAULT 0,
  again_message TEXT NOT NULL DEFAULT '' CHECK (length(again_message) <= 500),
  again_contact TEXT NOT NULL DEFAULT '' CHECK (length(again_contact) <= 200),
  again_from    TEXT NOT NULL DEFAULT '' CHECK (length(again_from) <= 400)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX requests_one_open ON requests (user_id) WHERE status = 'open';
CREATE INDEX requests_by_user   ON requests (user_id, made_at);
CREATE INDEX requests_by_status ON requests (status, made_at);
