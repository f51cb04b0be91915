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
	"io/fs"
	"os"
	"runtime"
	"sync"
	"syscall"

	"latchkey/internal/problem"
	"latchkey/internal/secret"
)

// DB is an open database. It is safe for concurrent use.
type DB struct {
	Reader
	pool     *sql.DB
	sessions *lookUp
	write    *sql.DB
	writer   *writer
	ring     *secret.Ring
	path     string
	scratch  string // the folder of a copy, which goes away with Close
	daysOver daysOver
	guard    *guard // nil for a database that is only read
}

// Open opens the database file at path. With create, the file is made if it is missing
// and gets its tables. Otherwise it must be there with the schema of this program:
// bringing an older one up to date is Migrate's, and no side effect of looking. It
// refuses a database that was made with another key ring than this one.
func Open(ctx context.Context, path string, ring *secret.Ring, create bool) (*DB, error) {
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

// protect gives the database file, and what an earlier run left beside it, to its
// owner alone. It comes before the first connection, because SQLite makes its log
// files with the mode that the database has at that moment.
func protect(path string, create bool) error {
	if err := refuseLinks(path); err != nil {
		return err
	}
	if create {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return fmt.Errorf("making the database file: %w", err)
		}
		if err := f.Close(); err != nil {
			return fmt.Errorf("making the database file: %w", err)
		}
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		err := os.Chmod(path+suffix, 0o600)
		if errors.Is(err, syscall.EROFS) {
			return fmt.Errorf("%s is on a file system that cannot be written; only commands that read work there", path)
		}
		if err != nil && (suffix == "" || !errors.Is(err, fs.ErrNotExist)) {
			return fmt.Errorf("protecting the database file: %w", err)
		}
	}
	return nil
}

func (db *DB) open(ctx context.Context, path string, create bool) error {
	if create {
		if err := makeTables(ctx, path, db.ring); err != nil {
			return err
		}
	}
	if err := checkSchema(ctx, db.write); err != nil {
		return err
	}
	db.openPool("ro")
	w, err := newWriter(ctx, db.write, db.ring, db.guard)
	if err != nil {
		return err
	}
	db.writer = w
	return db.checkKey(ctx, create)
}

// openPool opens the connections that read.
func (db *DB) openPool(mode string) {
	connector, readers := newConnector(db.path, mode), max(4, runtime.NumCPU())
	connector.guard = db.guard
	db.pool = sql.OpenDB(connector)
	db.sessions = newLookUp(connector, sessionByHash, readers)
	db.pool.SetMaxOpenConns(readers)
	db.pool.SetMaxIdleConns(readers)
	db.Reader = Reader{q: &readPool{db: db.pool}}
}

// Close waits for queued writes, writes the log back into the file and closes it.
func (db *DB) Close() error {
	var errs []error
	if db.writer != nil {
		errs = append(errs, db.writer.close())
	}
	if db.pool != nil {
		errs = append(errs, db.pool.Close(), db.sessions.close())
	}
	if db.write != nil {
		errs = append(errs, db.write.Close())
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
	value, err := db.Meta("key_check")
	if err != nil {
		return err
	}
	if value == "" && create {
		return db.Tx(ctx, func(tx *Tx) error {
			if err := tx.SetMeta("instance", secret.ID()); err != nil {
				return err
			}
			return tx.SetMeta("key_check", db.ring.CheckValue())
		})
	}
	return matchKey(db.ring, value)
}

// matchKey compares a key ring with the check value of a database.
func matchKey(ring *secret.Ring, value string) error {
	if value == "" {
		return errNotOurs
	}
	if !ring.Matches(value) {
		return errors.New("latchkey.key is not the key this database was made with; put the right key file back")
	}
	return nil
}

// querier runs one statement: on the pool of readers, or inside a transaction.
type querier interface {
	query(ctx context.Context, text string, args ...any) (*sql.Rows, error)
	queryRow(text string, args ...any) *sql.Row
}

// Reader reads; it is part of both DB and Tx. Inside a transaction it sees what
// the transaction wrote.
//
// Point reads take no context: they last microseconds, and a context that can be
// cancelled costs a goroutine for every query.
type Reader struct {
	q querier
}

// readPool is the querier of DB. Statements are prepared once for each connection.
type readPool struct {
	db    *sql.DB
	stmts sync.Map // text → *sql.Stmt
}

func (p *readPool) prepare(text string) (*sql.Stmt, error) {
	if s, ok := p.stmts.Load(text); ok {
		return s.(*sql.Stmt), nil
	}
	s, err := p.db.Prepare(sqlite.text(text))
	if err != nil {
		return nil, err
	}
	if old, loaded := p.stmts.LoadOrStore(text, s); loaded {
		s.Close()
		return old.(*sql.Stmt), nil
	}
	return s, nil
}

func (p *readPool) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	s, err := p.prepare(text)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

func (p *readPool) queryRow(text string, args ...any) *sql.Row {
	s, err := p.prepare(text)
	if err != nil {
		return p.db.QueryRow(sqlite.text(text), args...) // reports the same error from Scan
	}
	return s.QueryRow(args...)
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
		Kind: problem.Unavailable, Err: err, RetryAfter: retryAfter,
		Message: "We cannot save anything right now. Try again in a few seconds.",
	}
}
