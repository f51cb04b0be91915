// Package store keeps everything Latchkey knows in one SQLite file. It is the
// only package that speaks SQL: one file per table, and this one for the
// database itself.
//
// Writing goes through [DB.Tx]: one goroutine runs the queued functions as
// savepoints of one BEGIN IMMEDIATE transaction and answers each after the
// common commit, so many writers share one fsync and nobody meets a busy
// database. Reading uses its own pool of read-only connections.
//
// Rules live in the pure packages, not here: a method of this package reads or
// writes rows, and says by a boolean whether a conditional write found its row.
// Whatever can be used once is used by one conditional statement whose affected
// rows are checked; nothing is first looked at and then written.
//
// Every time is a parameter, in Unix milliseconds in the tables: the database
// never looks at the clock.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"

	"github.com/jackc/pgx/v5/pgxpool"

	"latchkey/internal/problem"
	"latchkey/internal/secret"
)

// DB is an open database. It is safe for concurrent use.
type DB struct {
	Reader
	pool     *sql.DB
	server   *pgxpool.Pool // nil for a file
	readers  *readPool     // over pool
	write    *sql.DB
	writer   *writer
	ring     *secret.Ring
	path     string
	scratch  string // the folder of a copy, which goes away with Close
	daysOver daysOver
	guard    *guard // nil for a database that is only read
}

// Open opens the database file at path, or the PostgreSQL whose address it is. With create, the file is made if it is missing
// and gets its tables. Otherwise it must be there with the schema of this program:
// bringing an older one up to date is Migrate's, and no side effect of looking. It
// refuses a database that was made with another key ring than this one.
func Open(ctx context.Context, path string, ring *secret.Ring, create bool) (*DB, error) {
	if isPostgres(path) {
		return openPostgres(ctx, path, ring, create)
	}
	if err := protect(path, create); err != nil {
		return nil, err
	}
	guard, err := newGuard(path)
	if err != nil {
		return nil, err
	}
	connector := newConnector(path, "rw")
	connector.guard = guard
	write := sql.OpenDB(connector)
	write.SetMaxOpenConns(1)
	db := &DB{ring: ring, path: path, write: write, guard: guard}
	if err := db.open(ctx, path, create); err != nil {
		db.Close()
		return nil, opening(path, err)
	}
	return db, nil
}

func (db *DB) open(ctx context.Context, path string, create bool) error {
	if create {
		if err := makeTables(ctx, path, db.ring); err != nil {
			return err
		}
	}
	if err := checkSchema(ctx, sqlite, db.write); err != nil {
		return err
	}
	db.openPool("ro")
	db.readers.cache = newRowCache(path)
	conn, err := newSQLiteConnection(ctx, db.write, db.readers.cache)
	if err != nil {
		return err
	}
	db.writer = newWriter(conn, db.ring, db.guard)
	return db.checkKey(ctx, create)
}

// openPool opens the connections that read.
func (db *DB) openPool(mode string) {
	connector, readers := newConnector(db.path, mode), max(4, runtime.NumCPU())
	connector.guard = db.guard
	db.pool = sql.OpenDB(connector)
	db.pool.SetMaxOpenConns(readers)
	db.pool.SetMaxIdleConns(readers)
	db.readers = &readPool{db: db.pool}
	db.Reader = Reader{q: db.readers}
}

// Close waits for queued writes, writes the log back into the file and closes it.
func (db *DB) Close() error {
	var errs []error
	if db.writer != nil {
		errs = append(errs, db.writer.close())
	}
	if db.pool != nil {
		errs = append(errs, db.readers.closePoints(), db.pool.Close())
	}
	if db.write != nil {
		errs = append(errs, db.write.Close())
	}
	if db.readers != nil && db.readers.cache != nil {
		errs = append(errs, db.readers.cache.close(db.pool.Stats().OpenConnections+db.write.Stats().OpenConnections == 0))
	}
	if db.server != nil {
		db.server.Close()
	}
	if db.scratch != "" {
		errs = append(errs, os.RemoveAll(db.scratch))
	}
	return errors.Join(errs...)
}

// Tx runs fn in a transaction and returns after it is on disk. An error from fn
// undoes what fn wrote and is returned. While the outcome of an earlier commit
// is unknown every call is refused with problem.Unavailable.
//
// fn runs on the writer's goroutine, one at a time: it must not hash, send mail
// or wait. It may run together with others in one commit, each in a savepoint.
// A context that is done before fn starts stops it; after that fn runs to its end.
func (db *DB) Tx(ctx context.Context, fn func(*Tx) error) error {
	if db.writer == nil {
		return refuseWriting()
	}
	return db.writer.do(ctx, fn)
}

// Healthy returns nil if the last commit succeeded, a small write succeeds now, and the
// files are still those that were opened; otherwise what is wrong.
func (db *DB) Healthy(ctx context.Context) error {
	return db.Tx(ctx, func(tx *Tx) error { return tx.probe() })
}

// checkKey refuses a key that is not the database's. Only a database that is being
// made takes any key: an emptied one beside an old key would let a stranger set
// the instance up (AV-05).
func (db *DB) checkKey(ctx context.Context, create bool) error {
	value, err := db.Meta(metaKeyCheck)
	if err != nil {
		return err
	}
	if value == "" && create {
		if err := db.Tx(ctx, (*Tx).takeKey); err != nil {
			return err
		}
		if value, err = db.Meta(metaKeyCheck); err != nil {
			return err
		}
	}
	return matchKey(db.ring, value)
}

// takeKey makes the key of this process that of the database, unless another was faster.
func (tx *Tx) takeKey() error {
	value, err := tx.Meta(metaKeyCheck)
	if err != nil || value != "" {
		return err
	}
	if err := tx.SetMeta("instance", secret.ID()); err != nil {
		return err
	}
	return tx.RaiseKeyCheck()
}

// ErrOtherKey is the error of a database that belongs to another key ring.
var ErrOtherKey = errors.New("latchkey.key is not the key this database was made with; put the right key file back")

// metaKeyCheck is the key check value of the newest key that the database knows of.
const metaKeyCheck = "key_check"

// matchKey compares a key ring with the check value of a database.
func matchKey(ring *secret.Ring, value string) error {
	if value == "" {
		return errNotOurs
	}
	if !ring.Matches(value) {
		return ErrOtherKey
	}
	return nil
}

// unavailable wraps a storage error so that people see a sentence and the log
// the cause. A database error denies: nothing goes on after one.
func unavailable(err error) error {
	if asDamage(err) != nil {
		return &problem.Problem{
			Kind: problem.Unavailable, Err: &damage{cause: err}, Message: "The database is damaged. Restore latchkey.db from a backup.",
		}
	}
	if errors.Is(err, problem.ErrLost) {
		return &problem.Problem{
			Kind: problem.Unavailable, Err: err, Message: "The database file was deleted or replaced, so nothing can be saved.",
		}
	}
	return &problem.Problem{
		Kind: problem.Unavailable, Err: advise(err), RetryAfter: retryAfter,
		Message: "We cannot save anything right now. Try again in a few seconds.",
	}
}

// Schema returns the version of the database's schema: the number of the last
// migration.
func (r Reader) Schema() (version int64, err error) {
	err = r.q.queryRow(schemaVersion).Scan(&version)
	if err != nil {
		return 0, unavailable(fmt.Errorf("reading the version of the schema: %w", err))
	}
	return version, nil
}

const schemaVersion = `SELECT max(version_id) FROM goose_db_version`

// schemaOf returns the version of a database and the tables that it has.
func schemaOf(ctx context.Context, d dialect, db *sql.DB) (version int64, tables []string, err error) {
	rows, err := db.QueryContext(ctx, d.text(tableNames))
	if err != nil {
		return 0, nil, fmt.Errorf("reading the tables of the database: %w", err)
	}
	tables, err = collect(rows, func(row scanner) (name string, err error) { return name, row.Scan(&name) })
	if err != nil {
		return 0, nil, err
	}
	if !slices.Contains(tables, "goose_db_version") || !slices.Contains(tables, "meta") {
		return 0, nil, errNotOurs
	}
	var has sql.NullInt64
	if err := db.QueryRowContext(ctx, schemaVersion).Scan(&has); err != nil {
		return 0, nil, fmt.Errorf("reading the version of the database: %w", err)
	}
	return has.Int64, tables, nil
}

// checkSchema refuses a database with another schema than this program's, and one that
// has lost a table.
func checkSchema(ctx context.Context, d dialect, db *sql.DB) error {
	has, tables, err := schemaOf(ctx, d, db)
	if err != nil {
		return err
	}
	known := newestOf(d)
	if err := refuseNewer(has, known); err != nil {
		return err
	}
	if has < known {
		return fmt.Errorf("the database has schema %d and this program needs %d; start this version of the server, or stop the server and run latchkey migrate", has, known)
	}
	for _, name := range tablesMade(d) {
		if !slices.Contains(tables, name) {
			return &damage{cause: fmt.Errorf("the table %s is missing", name)}
		}
	}
	return nil
}

// refuseNewer refuses a database that a later program has changed already: this
// one would write rows that no longer mean the same.
func refuseNewer(has, known int64) error {
	if has > known {
		return fmt.Errorf("the database has schema %d and this program knows up to %d; run the newer latchkey that it was used with", has, known)
	}
	return nil
}
