-- What leaves an index is read before the row changes: the view shows the row as it is.
CREATE TRIGGER users_search_add AFTER INSERT ON users BEGIN
  INSERT INTO users_search (rowid, search_text) VALUES (new.num, new.search_text);
  INSERT INTO users_grams (rowid, grams) SELECT num, grams FROM users_gram_texts WHERE num = new.num;
END;
CREATE TRIGGER users_search_remove BEFORE DELETE ON users BEGIN
  INSERT INTO users_search (users_search, rowid, search_text) VALUES ('delete', old.num, old.search_text);
  INSERT INTO users_grams (users_grams, rowid, grams) SELECT 'delete', num, grams FROM users_gram_texts WHERE num = old.num;
END;
CREATE TRIGGER users_search_leave BEFORE UPDATE OF search_text ON users WHEN new.search_text <> old.search_text BEGIN
  INSERT INTO users_search (users_search, rowid, search_text) VALUES ('delete', old.num, old.search_text);
  INSERT INTO users_grams (users_grams, rowid, grams) SELECT 'delete', num, grams FROM users_gram_texts WHERE num = old.num;
END;
CREATE TRIGGER users_search_change AFTER UPDATE OF search_text ON users WHEN new.search_text <> old.search_text BEGIN
  INSERT INTO users_search (rowid, search_text) VALUES (new.num, new.search_text);
  INSERT INTO users_grams (rowid, grams) SELECT num, grams FROM users_gram_texts WHERE num = new.num;
END;
