-- +goose Up
-- What the search looks through: username, name and address in the form in which they are searched for
-- (user.SearchText), each on its own line. The next migration fills it and makes the indexes of its text.
ALTER TABLE users ADD COLUMN search_text TEXT NOT NULL DEFAULT '';

-- Until when the newest invitation of somebody without a password works; 0 if there is none.
ALTER TABLE users ADD COLUMN invited_until INTEGER NOT NULL DEFAULT 0;
UPDATE users SET invited_until = coalesce((SELECT max(l.ends_at) FROM links l
    WHERE l.user_id = users.id AND l.purpose = 'invite' AND l.cred_version = users.cred_version AND l.subject IN ('', users.email)), 0)
  WHERE password_hash IS NULL;
-- +goose StatementBegin
CREATE TRIGGER links_invitation_add AFTER INSERT ON links WHEN new.purpose = 'invite' BEGIN
  UPDATE users SET invited_until = new.ends_at WHERE id = new.user_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER links_invitation_remove AFTER DELETE ON links WHEN old.purpose = 'invite' BEGIN
  UPDATE users SET invited_until = 0 WHERE id = old.user_id AND invited_until = old.ends_at;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER users_invitation_ends AFTER UPDATE OF cred_version ON users WHEN new.invited_until > 0 AND new.cred_version <> old.cred_version BEGIN
  UPDATE users SET invited_until = 0 WHERE num = new.num;
END;
-- +goose StatementEnd

-- For filters of the list: whose invitation is over, and of whom an administrator demands two-step
-- verification that is not set up.
CREATE INDEX users_invited    ON users (list_class, invited_until) WHERE password_hash IS NULL;
CREATE INDEX users_must_enrol ON users (list_class) WHERE must_enrol = 1 AND authenticators = 0;
