package store

import (
	"context"
	"time"
)

// rows are those that a statement returns, which are to be closed.
type rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close() error
}

// querier runs one statement: on the pool of readers, or inside a transaction.
type querier interface {
	query(ctx context.Context, text string, args ...any) (rows, error)
	queryRow(text string, args ...any) scanner
	// point reads a row into dest; sql.ErrNoRows if there is none.
	point(read *pointRead, args []string, dest ...any) error
}

// connection is the one of a process that writes, and all that the two engines
// have to offer for that. One goroutine uses it.
type connection interface {
	querier
	// begin opens the transaction of a group commit. Nobody else writes, in whatever process
	// and on whatever machine, until it ends.
	begin() error
	// change runs a statement and returns how many rows it affected.
	change(text string, args ...any) (int64, error)
	// about says that the next statement changes rows of this user alone.
	about(userID string)
	// each is for Tx.each.
	each(text string, args [][]any, read func(i int, row scanner) error) error
	// queue runs a statement at the latest with the next one that has an answer, which
	// returns its error then.
	queue(text string, args ...any) error
	// save begins a step of the transaction, and leave ends it; undo takes back what was
	// written since. What was queued has run when leave returns. Steps can stand in one another.
	save(step string) error
	leave(step string, undo bool) error
	// commit makes what was written last, and returns the head of the audit log. Where the outcome is not known the error is an
	// errUnknown; after any other nothing was written.
	commit() (head place, err error)
	// rollback takes back what was written.
	rollback() error
	// ended reports whether no transaction is open: an engine can end one by itself.
	ended() bool
	// again reports whether the transaction under way failed, or will, because of somebody else or
	// of the way to the database, and can succeed if all of it is run once more.
	again() bool
	close() error
}

// firstOf is the first error that is one. The others followed from it.
func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// shortly is how long a statement may take that reads or writes a few rows, before the
// database counts as not there. SQLite has no use for it.
const shortly = 5 * time.Second
