package postgrestest

import (
	"context"
	"errors"
	"sync"

	"github.com/jackc/pgx/v5"
)

// Copies hands out databases that are copies of one. To make a copy and to remove it takes longer
// than most tests, so one that is given back is made as it was and handed out again. Its methods
// are safe for concurrent use.
type Copies struct {
	server   *Server
	template string

	mu    sync.Mutex
	free  []string
	conns map[string]*pgx.Conn // to those that have been given back
}

// remember keeps, in a schema of their own, the rows that every copy begins with, and a function that
// makes it so again. That returns false where something else than rows has changed.
const remember = `CREATE SCHEMA kept;
CREATE TABLE kept.tables (name TEXT, rows BOOLEAN);
DO $$
DECLARE t TEXT; filled BOOLEAN;
BEGIN
	FOR t IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname NOT LIKE 'goose%' LOOP
		EXECUTE format('SELECT EXISTS (SELECT 1 FROM public.%I)', t) INTO filled;
		INSERT INTO kept.tables VALUES (t, filled);
		IF filled THEN EXECUTE format('CREATE TABLE kept.%I AS SELECT * FROM public.%1$I', t); END IF;
	END LOOP;
END $$;
CREATE VIEW kept.objects AS SELECT sum(hashtextextended(o.text, 0)) AS sum FROM (
	SELECT concat(attrelid, attname, atttypid, attisdropped) AS text FROM pg_attribute
	UNION ALL SELECT concat(tgname, tgrelid, tgfoid, tgenabled) FROM pg_trigger UNION ALL SELECT concat(proname, prosrc) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
	UNION ALL SELECT concat(ev_class, rulename) FROM pg_rewrite) o;
CREATE TABLE kept.sum AS SELECT sum FROM kept.objects;
UPDATE kept.sum SET sum = (SELECT sum FROM kept.objects);
CREATE FUNCTION kept.again() RETURNS BOOLEAN LANGUAGE plpgsql AS $$
DECLARE t kept.tables; s TEXT;
BEGIN
	IF (SELECT sum FROM kept.sum) <> (SELECT sum FROM kept.objects) THEN RETURN FALSE; END IF;
	IF (SELECT max(pg_relation_size(('public.' || quote_ident(name))::regclass)) FROM kept.tables) > 200000 THEN
		EXECUTE (SELECT 'TRUNCATE ' || string_agg('public.' || quote_ident(name), ', ') FROM kept.tables);
	END IF;
	FOR t IN SELECT * FROM kept.tables LOOP
		IF pg_relation_size(('public.' || quote_ident(t.name))::regclass) > 0 THEN EXECUTE format('DELETE FROM public.%I', t.name); END IF;
		IF t.rows THEN EXECUTE format('INSERT INTO public.%I OVERRIDING SYSTEM VALUE SELECT * FROM kept.%1$I', t.name); END IF;
	END LOOP;
	FOR s IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'S' LOOP EXECUTE format('ALTER SEQUENCE public.%I RESTART', s); END LOOP;
	RETURN TRUE;
END $$`

// Copies returns copies of the database template, which nobody uses otherwise. No row of it may
// have a number that a sequence made.
func (s *Server) Copies(template string) (*Copies, error) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, s.Address(template))
	if err != nil {
		return nil, err
	}
	_, err = conn.Exec(ctx, remember)
	return &Copies{server: s, template: template, conns: map[string]*pgx.Conn{}}, errors.Join(err, conn.Close(ctx))
}

// Take returns the name of a database that nobody else has.
func (c *Copies) Take() (name string, err error) {
	c.mu.Lock()
	if n := len(c.free); n > 0 {
		name, c.free = c.free[n-1], c.free[:n-1]
	}
	c.mu.Unlock()
	if name != "" {
		return name, nil
	}
	return c.server.Database(c.template)
}

// GiveBack makes the database as it was when it was taken, or removes it. Nobody may use it any
// more.
func (c *Copies) GiveBack(name string) error {
	ctx := context.Background()
	c.mu.Lock()
	conn := c.conns[name]
	c.mu.Unlock()
	if conn == nil {
		var err error
		if conn, err = pgx.Connect(ctx, c.server.Address(name)); err != nil {
			return err
		}
	}
	again := false
	_, err := conn.Exec(ctx, `SET session_replication_role = replica`)
	if err == nil {
		err = conn.QueryRow(ctx, `SELECT kept.again()`).Scan(&again)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil || !again {
		delete(c.conns, name)
		return errors.Join(err, conn.Close(ctx), c.server.Drop(name))
	}
	c.conns[name], c.free = conn, append(c.free, name)
	return nil
}
