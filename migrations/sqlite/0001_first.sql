-- +goose Up
-- Times are Unix milliseconds, 0 for "never". Enumerations and lengths are checked here as a last line;
-- the rules and their messages are in the Go packages.

-- Facts about this instance: its id, the key check value, the base URL the server last ran with.
CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What an administrator decided; a missing row is the default.
CREATE TABLE settings (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL CHECK (length(value) <= 1000)
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
  num                 INTEGER PRIMARY KEY, -- the search index refers to it; stable over VACUUM
  id                  TEXT NOT NULL UNIQUE,
  username            TEXT NOT NULL UNIQUE CHECK (length(username) BETWEEN 2 AND 64),
  name                TEXT NOT NULL CHECK (length(name) <= 100),
  sort_key            TEXT NOT NULL,
  email               TEXT NOT NULL CHECK (length(email) <= 254),
  email_key           TEXT UNIQUE,
  email_confirmed     INTEGER NOT NULL DEFAULT 0 CHECK (email_confirmed IN (0, 1)),
  role                TEXT NOT NULL CHECK (role IN ('user', 'admin')),
  disabled            INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
  password_hash       TEXT,
  hash_profile        TEXT NOT NULL DEFAULT '', -- kind and cost of the hash
  password_changed_at INTEGER NOT NULL DEFAULT 0,
  authenticators      INTEGER NOT NULL DEFAULT 0, -- how many rows the user has in that table
  codes_left          INTEGER NOT NULL DEFAULT 0, -- unused recovery codes
  enrol_by_link       INTEGER NOT NULL DEFAULT 0 CHECK (enrol_by_link IN (0, 1)),
  cred_version        INTEGER NOT NULL DEFAULT 1, -- rises with every change of a credential
  version             INTEGER NOT NULL DEFAULT 1, -- rises with every edit
  locked_until        INTEGER NOT NULL DEFAULT 0,
  created_at          INTEGER NOT NULL,
  last_sign_in_at     INTEGER NOT NULL DEFAULT 0,
  deleted_at          INTEGER NOT NULL DEFAULT 0,
  -- Which of 32 classes of the user list the row is in: 16 deleted, 8 disabled, 4 without password,
  -- 2 administrator, 1 with two-step verification. Each filter of the list selects some of them.
  -- Triggers keep it; an index of a generated column would never be enough to count with.
  list_class          INTEGER NOT NULL DEFAULT 0
) STRICT;

-- One for each order of the list: the rows of a class stand there in that order.
CREATE INDEX users_by_name         ON users (list_class, sort_key);
CREATE INDEX users_by_username     ON users (list_class, username);
CREATE INDEX users_by_created      ON users (list_class, created_at);
CREATE INDEX users_by_last_sign_in ON users (list_class, last_sign_in_at);
CREATE INDEX users_deleted         ON users (deleted_at) WHERE deleted_at > 0;
CREATE INDEX users_locked          ON users (locked_until) WHERE locked_until > 0;
CREATE INDEX users_admin           ON users (sort_key) WHERE role = 'admin';
CREATE INDEX users_by_hash         ON users (hash_profile);

-- +goose StatementBegin
CREATE TRIGGER users_class_add AFTER INSERT ON users BEGIN
  UPDATE users SET list_class = 16 * (deleted_at > 0) + 8 * disabled + 4 * (password_hash IS NULL) + 2 * (role = 'admin') + (authenticators > 0) WHERE num = new.num;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER users_class_change AFTER UPDATE OF deleted_at, disabled, password_hash, role, authenticators ON users BEGIN
  UPDATE users SET list_class = 16 * (deleted_at > 0) + 8 * disabled + 4 * (password_hash IS NULL) + 2 * (role = 'admin') + (authenticators > 0) WHERE num = new.num;
END;
-- +goose StatementEnd

-- Search by any three characters of user name, name or address, in the form they are compared in.
CREATE VIRTUAL TABLE users_search USING fts5 (
  username, sort_key, email_key, content = 'users', content_rowid = 'num', tokenize = 'trigram case_sensitive 1'
);
-- +goose StatementBegin
CREATE TRIGGER users_search_add AFTER INSERT ON users BEGIN
  INSERT INTO users_search (rowid, username, sort_key, email_key) VALUES (new.num, new.username, new.sort_key, new.email_key);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER users_search_remove AFTER DELETE ON users BEGIN
  INSERT INTO users_search (users_search, rowid, username, sort_key, email_key) VALUES ('delete', old.num, old.username, old.sort_key, old.email_key);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER users_search_change AFTER UPDATE OF username, sort_key, email_key ON users BEGIN
  INSERT INTO users_search (users_search, rowid, username, sort_key, email_key) VALUES ('delete', old.num, old.username, old.sort_key, old.email_key);
  INSERT INTO users_search (rowid, username, sort_key, email_key) VALUES (new.num, new.username, new.sort_key, new.email_key);
END;
-- +goose StatementEnd

-- The one-time code printed at start while no administrator exists.
CREATE TABLE setup_code (
  only      INTEGER PRIMARY KEY CHECK (only = 1),
  code_hash TEXT NOT NULL,
  tries     INTEGER NOT NULL,
  ends_at   INTEGER NOT NULL
) STRICT;

CREATE TABLE authenticators (
  id           TEXT PRIMARY KEY,
  user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  label        TEXT NOT NULL CHECK (length(label) BETWEEN 1 AND 50),
  sealed       TEXT NOT NULL, -- the secret, sealed under user id and this id
  last_step    INTEGER NOT NULL, -- RFC 6238 time step of the newest code accepted
  created_at   INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX authenticators_by_user ON authenticators (user_id, created_at);

-- At most one for each user, shown until confirmed, replaced or expired.
CREATE TABLE pending_authenticators (
  user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  id      TEXT NOT NULL,
  owner   TEXT NOT NULL, -- the session or pending sign-in that began it, the only one that sees its secret
  sealed  TEXT NOT NULL,
  ends_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE recovery_codes (
  user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  mac        TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  used_at    INTEGER,
  PRIMARY KEY (user_id, mac)
) STRICT, WITHOUT ROWID;

-- A row here means fully signed in.
CREATE TABLE sessions (
  id_hash      TEXT PRIMARY KEY,
  id           TEXT NOT NULL UNIQUE, -- names the session on pages; stays when the token is renewed
  user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  cred_version INTEGER NOT NULL,
  password_at  INTEGER NOT NULL,
  second_at    INTEGER NOT NULL,
  second_kind  TEXT NOT NULL CHECK (second_kind IN ('', 'code', 'recovery')),
  created_at   INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  idle_until   INTEGER NOT NULL,
  ends_at      INTEGER NOT NULL,
  confirm_tries INTEGER NOT NULL DEFAULT 0,
  ip           TEXT NOT NULL,
  user_agent   TEXT NOT NULL CHECK (length(user_agent) <= 300),
  flash        TEXT NOT NULL DEFAULT '' -- sealed message for the next page
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_user ON sessions (user_id, last_seen_at);
CREATE INDEX sessions_by_end  ON sessions (ends_at);

-- New recovery codes, sealed, until the person says that they are saved.
CREATE TABLE recovery_sheets (
  session_id TEXT PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
  sealed     TEXT NOT NULL,
  made_at    INTEGER NOT NULL,
  ends_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Password accepted or link followed, not signed in: reaches only the pages of its stage.
CREATE TABLE pending_sign_ins (
  id_hash      TEXT PRIMARY KEY,
  user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  cred_version INTEGER NOT NULL,
  stage        TEXT NOT NULL CHECK (stage IN ('code', 'enrol', 'new-password')),
  tries        INTEGER NOT NULL DEFAULT 0,
  password_at  INTEGER NOT NULL,
  ends_at      INTEGER NOT NULL,
  next         TEXT NOT NULL CHECK (length(next) <= 2000),
  link_hash    TEXT NOT NULL DEFAULT '' -- the link that led to the stage new-password
) STRICT, WITHOUT ROWID;
CREATE INDEX pending_sign_ins_by_user ON pending_sign_ins (user_id);
CREATE INDEX pending_sign_ins_by_end  ON pending_sign_ins (ends_at);

-- One-time links: invitations and password links.
CREATE TABLE links (
  token_hash   TEXT PRIMARY KEY,
  purpose      TEXT NOT NULL CHECK (purpose IN ('invite', 'password')),
  user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  cred_version INTEGER NOT NULL,
  created_at   INTEGER NOT NULL,
  ends_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX links_by_user ON links (user_id);
CREATE INDEX links_by_end  ON links (ends_at);

-- Browsers that have signed in fully as a user before.
CREATE TABLE browsers (
  token_hash   TEXT NOT NULL,
  user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  id           TEXT NOT NULL UNIQUE,
  created_at   INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  ends_at      INTEGER NOT NULL,
  ip           TEXT NOT NULL,
  user_agent   TEXT NOT NULL CHECK (length(user_agent) <= 300),
  PRIMARY KEY (token_hash, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX browsers_by_user ON browsers (user_id);
CREATE INDEX browsers_by_end  ON browsers (ends_at);

-- Tries, counted before anything is checked.
CREATE TABLE limits (
  bucket        TEXT NOT NULL,
  key           TEXT NOT NULL,
  tries         INTEGER NOT NULL, -- in this window, or in a row where there is no window
  window_ends   INTEGER NOT NULL, -- 0: tries are counted in a row
  blocked_until INTEGER NOT NULL,
  failures      INTEGER NOT NULL DEFAULT 0, -- rows written to the audit log of this storm
  folded        INTEGER NOT NULL DEFAULT 0, -- failures since the last row that have none of their own
  logged_at     INTEGER NOT NULL DEFAULT 0,
  changed_at    INTEGER NOT NULL,
  PRIMARY KEY (bucket, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX limits_by_change ON limits (changed_at);

-- What happened, chained: mac covers the row and the mac before it.
CREATE TABLE audit_log (
  seq          INTEGER PRIMARY KEY,
  at           INTEGER NOT NULL,
  event        TEXT NOT NULL,
  result       TEXT NOT NULL CHECK (result IN ('ok', 'failed', 'blocked')),
  actor_id     TEXT NOT NULL,
  actor_name   TEXT NOT NULL,
  subject_id   TEXT NOT NULL,
  subject_name TEXT NOT NULL,
  ip           TEXT NOT NULL,
  user_agent   TEXT NOT NULL,
  request_id   TEXT NOT NULL,
  details      TEXT NOT NULL,
  mac          TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_actor   ON audit_log (actor_id, seq);
CREATE INDEX audit_by_subject ON audit_log (subject_id, seq);
CREATE INDEX audit_by_event   ON audit_log (event, seq);
CREATE INDEX audit_by_result  ON audit_log (result, seq);
CREATE INDEX audit_by_ip      ON audit_log (ip, seq);
CREATE INDEX audit_by_time    ON audit_log (at);
-- For names that no user has now: erased users, commands, names that never were.
CREATE INDEX audit_by_actor_name   ON audit_log (actor_name, seq);
CREATE INDEX audit_by_subject_name ON audit_log (subject_name, seq);
-- For the chart of sign-ins; store/overview.go repeats the condition.
CREATE INDEX audit_sign_ins ON audit_log (at / 86400000, event, result)
  WHERE event LIKE 'login.%' AND details NOT LIKE '%"confirming"%';
-- +goose StatementBegin
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit_log BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit_log BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_in_order BEFORE INSERT ON audit_log
WHEN new.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM audit_log) BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
-- +goose StatementEnd
