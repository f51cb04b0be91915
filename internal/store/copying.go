package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"

	"github.com/mattn/go-sqlite3"
)

const (
	// copyStep is how many pages of 4 KiB are copied between two looks at whether to stop.
	copyStep = 2048
	// stepPause is the pause after each of them, which lets the disk and the core do something
	// else: a copy of 1 GB takes half a second longer by it.
	stepPause = 4 * time.Millisecond
)

// Copy writes the database as it is at one moment into a new file, which only its owner may
// read, while others go on reading and writing. show is told how many of how many pages are
// done; it may be nil. A copy that fails leaves no file.
func (db *DB) Copy(ctx context.Context, to string, show func(done, of int)) error {
	file, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if db.server != nil {
		err = db.copyRowsOut(ctx, to, show)
	} else {
		err = db.copyPages(ctx, to, show)
	}
	if isFull(err) {
		err = syscall.ENOSPC
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, os.Remove(to))
	}
	return nil
}

// copyPages copies page by page, so that it takes as long as the disk does and says how far it
// is. The transaction that reads keeps all pages of one moment: without it, every write of
// somebody else would make the copy begin anew.
func (db *DB) copyPages(ctx context.Context, to string, show func(done, of int)) (err error) {
	connector := newConnector(db.path, "ro")
	connector.guard = db.guard
	from, err := connector.Connect(ctx)
	if err != nil {
		return unavailable(err)
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	into, err := newConnector(to, "rw&_journal_mode=OFF&_synchronous=OFF").Connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, into.Close()) }()
	source := from.(*sqlite3.SQLiteConn)
	if _, err := source.Exec(beginReading, nil); err != nil {
		return unavailable(err)
	}
	b, err := into.(*sqlite3.SQLiteConn).Backup("main", source, "main")
	if err != nil {
		return err
	}
	for done := false; !done && err == nil; {
		if done, err = b.Step(copyStep); show != nil {
			show(b.PageCount()-b.Remaining(), b.PageCount())
		}
		if err == nil && !done {
			err = pause(ctx, stepPause)
		}
	}
	return errors.Join(err, b.Finish())
}

// pause waits, unless ctx ends before.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Bytes is how large a copy of the database is at most.
func (db *DB) Bytes() (n int64, err error) {
	if !db.IsFile() {
		n, _, err = one(db.q.queryRow(databaseSize), single[int64], "asking how large the database is")
		return n, err
	}
	about, err := os.Stat(db.path)
	if err != nil {
		return 0, err
	}
	log, err := os.Stat(db.path + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return about.Size(), nil
	}
	if err != nil {
		return 0, err
	}
	return about.Size() + log.Size(), nil
}
