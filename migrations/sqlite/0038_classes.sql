-- +goose Up
-- The classes of users in the order of their numbers, which the members of a group stand in: the disabled ones of a
-- group of 10,000 are found in it without a look at the users.
CREATE INDEX users_narrow_class ON users (num, list_class, locked_until);
