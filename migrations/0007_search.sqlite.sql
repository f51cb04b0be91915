-- +goose Up
-- What sorting the users found by the search index needs of each, in a fiftieth of
-- the pages that the whole rows are on.
CREATE INDEX users_narrow ON users (num, list_class, sort_key, username);
