package store

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"latchkey/internal/problem"
)

// TxAlone is Tx for a change of many rows that must happen whole, such as an import:
// it has a commit of its own and no savepoint. For a savepoint SQLite would keep
// every page it changes in memory, and look through them after each statement; an
// import of 100,000 users took minutes and grew with its square. Nobody else writes
// meanwhile.
func (db *DB) TxAlone(ctx context.Context, fn func(*Tx) error) error {
	if db.writer == nil {
		return refuseWriting()
	}
	return db.writer.doJob(&job{ctx: ctx, fn: fn, alone: true, done: make(chan struct{})})
}

// runAlone runs the only function of a transaction. An error, or a panic in it,
// rolls the transaction back; commit notices that.
func (w *writer) runAlone(j *job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a transaction: %v\n%s", p, debug.Stack())
		}
		if err != nil && !w.ended() {
			if e := w.exec("ROLLBACK"); e != nil {
				err = errors.Join(err, unavailable(e))
			}
		}
	}()
	err = j.fn(&Tx{Reader: Reader{q: w}, w: w})
	if err != nil && problem.As(err) == nil && isStorage(err) {
		err = unavailable(err)
	}
	return err
}
