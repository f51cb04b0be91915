-- +goose Up
-- Groups say who may open what. A name stays what it is, so rows elsewhere hold it; the label is for
-- people. How many members are not in the recycle bin is kept by triggers: the list shows and sorts by it.
CREATE TABLE user_groups (
  name        TEXT COLLATE "C" PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 40 AND name !~ '[^a-z0-9-]'),
  label       TEXT NOT NULL DEFAULT '' CHECK (length(label) <= 100),
  sort_key    TEXT COLLATE "C" NOT NULL,
  search_text TEXT NOT NULL,
  members     BIGINT NOT NULL DEFAULT 0,
  version     BIGINT NOT NULL DEFAULT 1,
  created_at  BIGINT NOT NULL,
  changed_at  BIGINT NOT NULL
);
CREATE INDEX user_groups_by_label   ON user_groups (sort_key, name);
CREATE INDEX user_groups_by_members ON user_groups (members, name);
CREATE INDEX user_groups_by_created ON user_groups (created_at, name);

CREATE TABLE group_members (
  group_name TEXT COLLATE "C" NOT NULL REFERENCES user_groups (name) ON DELETE CASCADE,
  user_num   BIGINT NOT NULL REFERENCES users (num) ON DELETE CASCADE,
  added_at   BIGINT NOT NULL,
  added_by   TEXT NOT NULL DEFAULT '' CHECK (length(added_by) <= 100), -- by the name they had then
  PRIMARY KEY (group_name, user_num)
);
CREATE INDEX group_members_of_user ON group_members (user_num, group_name);

-- +goose StatementBegin
CREATE FUNCTION group_members_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    UPDATE user_groups SET members = members + 1 WHERE name = new.group_name
      AND EXISTS (SELECT 1 FROM users u WHERE u.num = new.user_num AND u.deleted_at = 0);
  ELSE
    UPDATE user_groups SET members = members - 1 WHERE name = old.group_name
      AND EXISTS (SELECT 1 FROM users u WHERE u.num = old.user_num AND u.deleted_at = 0);
  END IF;
  RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER group_members_add    AFTER INSERT ON group_members FOR EACH ROW EXECUTE FUNCTION group_members_counted();
CREATE TRIGGER group_members_remove AFTER DELETE ON group_members FOR EACH ROW EXECUTE FUNCTION group_members_counted();
-- +goose StatementBegin
CREATE FUNCTION users_groups_bin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE user_groups SET members = members + CASE WHEN new.deleted_at = 0 THEN 1 ELSE -1 END
    WHERE name IN (SELECT m.group_name FROM group_members m WHERE m.user_num = new.num);
  RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER users_groups_bin AFTER UPDATE OF deleted_at ON users FOR EACH ROW
  WHEN ((old.deleted_at = 0) <> (new.deleted_at = 0)) EXECUTE FUNCTION users_groups_bin();

-- Which group a change of several users is about; '' for other changes.
ALTER TABLE batches ADD COLUMN group_name TEXT NOT NULL DEFAULT '' CHECK (length(group_name) <= 40);
