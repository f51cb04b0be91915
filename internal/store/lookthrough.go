package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"latchkey/internal/audit"
	"latchkey/internal/secret"
)

// Copied is what stands in a copy of a database that was looked through.
type Copied struct {
	Schema  int64 // of the copy; it may be older than this program's
	Users   int   // those in the recycle bin are not counted
	HeadSeq int64
	HeadMAC string
}

// Head is the newest row of its audit log, as audit verify takes it; "" for an empty log.
func (c Copied) Head() string {
	if c.HeadSeq == 0 {
		return ""
	}
	return fmt.Sprintf("%d:%s", c.HeadSeq, c.HeadMAC)
}

// LookThrough looks through a copy that nobody else has open: that its pages and indexes are
// whole, that its tables, indexes, triggers and views are those of its schema and none besides,
// that it belongs to this key ring, and that its audit log holds. A copy of an older schema is
// brought up to date for that, in its place, with a row in its log that is by e. cores is how many
// may work at it.
func LookThrough(ctx context.Context, path string, ring *secret.Ring, cores int, e audit.Entry) (c Copied, err error) {
	if err := refuseLinks(path); err != nil {
		return c, err
	}
	old, err := lookAtFile(ctx, path, ring, cores, &c)
	if err != nil {
		return c, opening(path, err)
	}
	if old {
		if err := upgradeCopy(ctx, path, ring, e); err != nil {
			return c, opening(path, err)
		}
	}
	db := &DB{ring: ring, path: path}
	if err := db.openAside(ctx, unchanging); err != nil {
		return c, opening(path, errors.Join(err, db.Close()))
	}
	_, _, err = db.VerifyAudit(ctx, ring, c.Head())
	if err == nil {
		c.Users, err = db.countCopied()
	}
	return c, errors.Join(err, db.Close())
}

// lookAtFile looks at the file with a connection that runs nothing of it but what SQLite itself
// brings: its triggers and views are compared before anything is written or asked through them.
func lookAtFile(ctx context.Context, path string, ring *secret.Ring, cores int, c *Copied) (old bool, err error) {
	db := sql.OpenDB(newConnector(path, unchanging))
	defer func() { err = errors.Join(err, db.Close()) }()
	if c.Schema, _, err = schemaOf(ctx, sqlite, db); err != nil {
		return false, err
	}
	known := newestOf(sqlite)
	if err := refuseNewer(c.Schema, known); err != nil {
		return false, err
	}
	if err := compareAll(ctx, db, c.Schema); err != nil {
		return false, err
	}
	var check string
	if err := db.QueryRowContext(ctx, keyCheckValue).Scan(&check); err != nil {
		return false, err
	}
	if err := matchKey(ring, check); err != nil {
		return false, errors.New("the database was not made with the key that is beside it")
	}
	if err := checkIntegrity(ctx, path, cores); err != nil {
		return false, err
	}
	r := Reader{q: &readPool{db: db}}
	c.HeadSeq, c.HeadMAC, err = r.AuditHead()
	return c.Schema < known, err
}

// compareAll compares every definition of a file with those that its schema has, made in
// memory.
func compareAll(ctx context.Context, db *sql.DB, schema int64) error {
	is, err := readDefinitions(ctx, db, allObjects)
	if err != nil {
		return err
	}
	want, err := definitionsOf(ctx, schema)
	if err != nil {
		return fmt.Errorf("making the tables of schema %d: %w", schema, err)
	}
	for name := range differing(is, want) {
		return &damage{cause: fmt.Errorf("the %s is not that of a database of Latchkey with schema %d", audit.CleanText(name, 100), schema)}
	}
	return nil
}

// differing yields the names of what is not what is wanted, in their order.
func differing(is, want map[string]string) iter.Seq[string] {
	both := maps.Clone(is)
	maps.Copy(both, want)
	return func(yield func(string) bool) {
		for _, name := range slices.Sorted(maps.Keys(both)) {
			if is[name] != want[name] && !yield(name) {
				return
			}
		}
	}
}

// CompareDefinitions compares every table, index, trigger and view with those of this version; the error
// says which differs.
func (db *DB) CompareDefinitions(ctx context.Context) error {
	if db.server != nil {
		is, want, err := db.postgresDefinitionsNow(ctx)
		for name := range differing(is, want) {
			return &damage{cause: fmt.Errorf("the %s is not that of a database of Latchkey of this version", audit.CleanText(name, 100))}
		}
		return err
	}
	schema, err := db.Schema()
	if err == nil {
		err = compareAll(ctx, db.pool, schema)
	}
	return opening(db.path, err)
}

// definitionsOf are those of a schema.
func definitionsOf(ctx context.Context, schema int64) (map[string]string, error) {
	db := sql.OpenDB(newConnector("definitions", "memory"))
	defer db.Close()
	db.SetMaxOpenConns(1)
	p, err := migrator(db)
	if err != nil {
		return nil, err
	}
	if _, err := p.UpTo(ctx, schema); err != nil {
		return nil, err
	}
	return readDefinitions(ctx, db, allObjects)
}

// upgradeCopy is Migrate without a copy of before: what it is given is one.
func upgradeCopy(ctx context.Context, path string, ring *secret.Ring, e audit.Entry) error {
	connector := newConnector(path, "rw")
	connector.inOne = true
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(1)
	from, _, err := schemaOf(ctx, sqlite, db)
	if err == nil {
		e.Event, e.Result = audit.DatabaseMigrated, audit.ResultOK
		e.Details = []audit.Detail{{Name: "schema", Before: fmt.Sprint(from), After: fmt.Sprint(newestOf(sqlite))}}
		err = apply(ctx, db, ring, func(tx *Tx) error { return tx.Audit(e) })
	}
	if err == nil {
		_, err = db.ExecContext(ctx, checkpoint)
	}
	return errors.Join(err, db.Close())
}

// countCopied counts the users who are not in the recycle bin.
func (r Reader) countCopied() (n int, err error) {
	if err := r.q.queryRow(`SELECT count(*) FROM users WHERE deleted_at = 0`).Scan(&n); err != nil {
		return 0, unavailable(fmt.Errorf("counting users: %w", err))
	}
	return n, nil
}

// readDefinitions returns definitions by kind and name, without regard to white space.
func readDefinitions(ctx context.Context, q schemaQuerier, text string) (map[string]string, error) {
	found, err := q.QueryContext(ctx, text)
	if err != nil {
		return nil, err
	}
	return definitionsIn(found)
}

// definitionsIn collects them from rows of a name and a text.
func definitionsIn(rows rows) (map[string]string, error) {
	defer rows.Close()
	all := map[string]string{}
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			return nil, err
		}
		all[name] = strings.Join(strings.Fields(text), " ")
	}
	return all, rows.Err()
}
