-- The database of Latchkey and its user. Once, on the leader:
-- sudo -u postgres psql -f latchkey.sql
CREATE ROLE latchkey LOGIN PASSWORD 'PASSWORD-OF-LATCHKEY';
CREATE DATABASE latchkey OWNER latchkey TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8';
