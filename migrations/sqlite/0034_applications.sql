-- +goose Up
-- An application is what people sign in to by way of this instance. Who may open it is said by groups, or it is
-- everyone; where it is and what of it is public stands beside it, for those that stand behind a proxy.
CREATE TABLE applications (
  slug          TEXT PRIMARY KEY CHECK (length(slug) BETWEEN 1 AND 40 AND slug NOT GLOB '*[^a-z0-9-]*'),
  name          TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  sort_key      TEXT NOT NULL,
  search_text   TEXT NOT NULL,
  everyone      INTEGER NOT NULL DEFAULT 0 CHECK (everyone IN (0, 1)),
  disabled      INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
  launch_url    TEXT NOT NULL DEFAULT '' CHECK (length(launch_url) <= 2000),
  proof_minutes INTEGER NOT NULL DEFAULT 0 CHECK (proof_minutes >= 0), -- how old a proof may be to open it; 0 for any
  version       INTEGER NOT NULL DEFAULT 1,
  created_at    INTEGER NOT NULL,
  changed_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX applications_by_name    ON applications (sort_key, slug);
CREATE INDEX applications_by_created ON applications (created_at, slug);
CREATE INDEX applications_everyone   ON applications (everyone, sort_key, slug);

-- A host belongs to one application. The port stands behind it unless it is 443.
CREATE TABLE application_hosts (
  host   TEXT PRIMARY KEY CHECK (length(host) <= 260),
  slug   TEXT NOT NULL REFERENCES applications (slug) ON DELETE CASCADE,
  number INTEGER NOT NULL -- in the order in which they were written
) STRICT, WITHOUT ROWID;
CREATE INDEX application_hosts_of ON application_hosts (slug, number);

-- Beginnings of paths that are open to anybody.
CREATE TABLE application_paths (
  slug   TEXT NOT NULL REFERENCES applications (slug) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  prefix TEXT NOT NULL CHECK (length(prefix) <= 500),
  PRIMARY KEY (slug, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE application_groups (
  slug       TEXT NOT NULL REFERENCES applications (slug) ON DELETE CASCADE,
  group_name TEXT NOT NULL REFERENCES user_groups (name) ON DELETE CASCADE,
  PRIMARY KEY (slug, group_name)
) STRICT, WITHOUT ROWID;
CREATE INDEX application_groups_of_group ON application_groups (group_name, slug);

-- Somebody has an application open: a child of the session in which it was opened.
CREATE TABLE application_sessions (
  id_hash      TEXT PRIMARY KEY,
  id           TEXT NOT NULL UNIQUE, -- names it on pages
  session_id   TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  slug         TEXT NOT NULL REFERENCES applications (slug) ON DELETE CASCADE,
  host         TEXT NOT NULL CHECK (length(host) <= 260),
  created_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX application_sessions_of      ON application_sessions (session_id, slug, created_at);
CREATE INDEX application_sessions_by_time ON application_sessions (slug, created_at, id);

-- One-time codes that bring a session to the host of an application.
CREATE TABLE handover_codes (
  code_hash  TEXT PRIMARY KEY,
  session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  slug       TEXT NOT NULL REFERENCES applications (slug) ON DELETE CASCADE,
  host       TEXT NOT NULL CHECK (length(host) <= 260),
  state_hash TEXT NOT NULL CHECK (length(state_hash) <= 64),
  ends_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX handover_codes_of     ON handover_codes (session_id, ends_at);
CREATE INDEX handover_codes_by_end ON handover_codes (ends_at);

-- When the proxy before an application last asked.
CREATE TABLE application_asks (
  slug       TEXT PRIMARY KEY REFERENCES applications (slug) ON DELETE CASCADE,
  asked_at   INTEGER NOT NULL,
  asked_from TEXT NOT NULL
) STRICT, WITHOUT ROWID;
