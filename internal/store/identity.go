package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	"latchkey/internal/problem"
)

// lost is the error of a database whose files are no longer where they were opened. What
// is written then goes into a file that nobody finds again: it works, and is gone with
// the process.
type lost struct{ what, todo string }

// What to do about each file.
const (
	mendFile = "move the file itself back; if it was deleted, the manual says how to copy it before you stop the server; or restore it from a backup"
	mendLog  = "stop the server in good order, which saves what the log held, and start it again"
)

// Error says what happened and what to do.
func (l *lost) Error() string {
	return l.what + " while it was in use: nothing is saved any more and nobody can sign in; " + l.todo
}

// Is makes it a problem.ErrLost.
func (l *lost) Is(target error) bool { return target == problem.ErrLost }

// fileID tells a file from another by what SQLite tells them apart by, too. A link is not the
// file that it leads to: no start would open it.
type fileID struct {
	device, inode uint64
}

func identify(path string) (id fileID, err error) {
	var s syscall.Stat_t
	for {
		err = syscall.Lstat(path, &s)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		return id, &fs.PathError{Op: "lstat", Path: path, Err: err}
	}
	return fileID{uint64(s.Dev), uint64(s.Ino)}, nil
}

// guard knows which files were opened. It is safe for concurrent use.
type guard struct {
	path string
	file fileID

	mu      sync.Mutex
	log     fileID // of the write-ahead log; the zero value until SQLite has made it
	content content

	// gone is what the last look found, nil if all is well.
	gone atomic.Pointer[lost]
	// found is told when a look has found that something is lost.
	found chan struct{}
	// distrusted is what Distrust said; only another start ends it.
	distrusted atomic.Pointer[lost]
}

// newGuard remembers the file at path. It comes before the first connection.
func newGuard(path string) (*guard, error) {
	id, err := identify(path)
	if err != nil {
		return nil, fmt.Errorf("looking at the database: %w", err)
	}
	return &guard{path: path, file: id, content: content{head: -1}, found: make(chan struct{}, 1)}, nil
}

// check looks whether the files are still those that were opened; what it found is what
// Lost returns. It takes some two microseconds. Once the same files are back all is well
// again: what was written meanwhile is in them.
func (g *guard) check() error {
	if g == nil {
		return nil
	}
	l := g.look()
	before := g.gone.Swap(l)
	if l == nil {
		return nil
	}
	if before == nil {
		select {
		case g.found <- struct{}{}:
		default: // whoever waits will look anyway
		}
	}
	return l
}

func (g *guard) look() *lost {
	if l := g.distrusted.Load(); l != nil {
		return l
	}
	if g.path == "" { // no file of ours
		return nil
	}
	if l := compare("the database "+g.path, g.path, g.file, mendFile); l != nil {
		return l
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	wal := g.path + "-wal"
	if g.log == (fileID{}) {
		g.log, _ = identify(wal) // until there is one there is nothing to lose
	} else if l := compare("the log of the database, "+wal+",", wal, g.log, mendLog); l != nil {
		return l
	}
	l, forGood := g.content.look(g.path)
	if forGood {
		g.distrusted.Store(l)
	}
	return l
}

// compare looks whether the file at path is the one that was opened.
func compare(name, path string, opened fileID, todo string) *lost {
	is, err := identify(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return &lost{name + " was deleted or moved away", todo}
	case err != nil:
		return &lost{name + " could no longer be looked at (" + err.Error() + ")", todo}
	case is != opened:
		return &lost{name + " was replaced by another file", todo}
	}
	return nil
}

// same refuses a connection that may have opened another file than the others.
func (g *guard) same() error {
	if g == nil {
		return nil
	}
	if l := compare("the database "+g.path, g.path, g.file, mendFile); l != nil {
		g.gone.Store(l)
		return l
	}
	return nil
}

// Lost returns what the last look at the files of the database found: nil, or an error
// that is problem.ErrLost. It costs nothing.
func (db *DB) Lost() error {
	if db.guard == nil {
		return nil
	}
	if l := db.guard.gone.Load(); l != nil {
		return unavailable(l)
	}
	return nil
}

// FoundLost is told each time that a look at the files finds for the first time that they
// are not those that were opened.
func (db *DB) FoundLost() chan struct{} { return db.guard.found }

// CheckFiles looks at the files of the database, as every transaction does before and
// after its commit.
func (db *DB) CheckFiles() error {
	if err := db.guard.check(); err != nil {
		return unavailable(err)
	}
	return nil
}

// Distrust makes every transaction fail until the database is opened again, because its
// content is not what was written: what happened, and what to do.
func (db *DB) Distrust(what, todo string) {
	db.guard.distrusted.Store(&lost{what, todo})
	db.guard.gone.Store(db.guard.distrusted.Load())
}

// Path is the path of the database file, or the address of the PostgreSQL without its password.
func (db *DB) Path() string {
	if db.server != nil {
		return PostgresName(db.path)
	}
	return db.path
}

// Shared reports whether other processes may serve the same database.
func (db *DB) Shared() bool { return db.server != nil }

// IsFile reports whether the database is a file of ours, which is looked after, copied and put
// back as one.
func (db *DB) IsFile() bool { return db.server == nil }
