-- +goose Up
-- What sorting the users found by the search index needs of each: many times fewer
-- pages than the whole rows are on.
CREATE INDEX users_narrow ON users (num, list_class, sort_key, username, locked_until);
