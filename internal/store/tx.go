package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
)

// Tx is one transaction: a savepoint on the only connection that writes. It is
// valid inside the function given to [DB.Tx] and on its goroutine only.
type Tx struct {
	Reader
	w *writer
	// newest is the row of the audit log that this transaction wrote last, if the sealed head tells of
	// it; the zero place if there is none.
	newest place
	// later is what is counted at the end; nil where everything is counted at once.
	later *later
}

// Statements is how many statements have run in transactions since the start: two requests
// with the same number did the same work (AU-06).
func (db *DB) Statements() uint64 { return db.writer.ran.Load() }

// exec runs a statement whose affected rows do not matter. Its error may come with a later
// one; a step or a transaction with an error never stays.
func (tx *Tx) exec(text string, args ...any) error {
	tx.w.ran.Add(1)
	return tx.w.conn.queue(text, args...)
}

// of is the transaction for the next statement, if that changes rows of this user alone: what is known of others
// stays known; "" is anybody. To say it of another statement would let somebody in with rights that were taken away.
func (tx *Tx) of(userID string) *Tx {
	tx.w.conn.about(userID)
	return tx
}

// change runs a statement and returns how many rows it affected.
func (tx *Tx) change(text string, args ...any) (int64, error) {
	tx.w.ran.Add(1)
	return tx.w.conn.change(text, args...)
}

// once runs a conditional statement and reports whether it affected exactly one
// row: the caller who gets true has the thing, everybody else came too late.
func (tx *Tx) once(text string, args ...any) (bool, error) {
	n, err := tx.change(text, args...)
	return n == 1, err
}

// Attempt runs fn and undoes what it wrote if it fails, while the rest of the
// transaction stays.
func (tx *Tx) Attempt(fn func() error) error {
	if err := tx.w.conn.save(attemptStep); err != nil {
		return err
	}
	before := tx.newest
	err := fn()
	left := tx.w.conn.leave(attemptStep, err != nil)
	if left != nil || err != nil {
		tx.newest = before
	}
	if left != nil && err == nil { // something that was queued
		return errors.Join(left, tx.w.conn.leave(attemptStep, true))
	}
	return errors.Join(err, left)
}

// attemptStep is the savepoint of Attempt.
const attemptStep = "attempt"

// probe writes something small that differs from one time to the next.
func (tx *Tx) probe() error {
	return tx.exec(`INSERT INTO meta (name, value) VALUES ('probe', '1')
		ON CONFLICT (name) DO UPDATE SET value = CASE meta.value WHEN '1' THEN '2' ELSE '1' END`)
}

// isStorage reports whether err comes from the driver rather than from the
// function's own reasons.
func isStorage(err error) bool {
	return isDriverError(err) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone)
}

func (w *writer) query(ctx context.Context, text string, args ...any) (rows, error) {
	w.ran.Add(1)
	return w.conn.query(ctx, text, args...)
}

func (w *writer) queryRow(text string, args ...any) scanner {
	w.ran.Add(1)
	return w.conn.queryRow(text, args...)
}

func (w *writer) point(read *pointRead, args []string, dest ...any) error {
	w.ran.Add(1)
	return w.conn.point(read, args, dest...)
}
