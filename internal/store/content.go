package store

import (
	"database/sql"
	"errors"
	"os"
	"time"
)

// What to do about a database that was written over in its place. Only another start
// compares it with the head file, and makes it harmless.
const mendContent = "stop the server, put the right database there or restore it from a backup, and start it again"

// content knows how far the sealed head of the audit log had come in the database file
// itself, without its write-ahead log. A checkpoint of whatever process only ever moves it
// on, so a file whose head went back was written over. SQLite does not notice that: it goes
// on with the pages that it remembers, and what it writes is lost among the others.
//
// The file is only read when its size or times have changed, which they do once in some
// thousand pages; otherwise a look costs one more stat of the log.
type content struct {
	state fileState // of the file when it was read last
	head  int64     // of the audit log in it; -1 until the first checkpoint has written one
	log   int64     // the size of the write-ahead log at the last look
	saved place     // the head of the audit log as of the last commit that was acknowledged
}

// fileState changes with everything that is written to a file.
type fileState struct {
	size    int64
	changed time.Time
}

func fileStateOf(path string) (fileState, error) {
	info, err := os.Stat(path)
	if err != nil {
		return fileState{}, err
	}
	return fileState{info.Size(), info.ModTime()}, nil
}

// look compares the content of the file and the length of its log with those of the last
// look.
func (c *content) look(path string) (l *lost, forGood bool) { return c.lookBy(path, headInFile) }

// lookBy is look, with the way in which the head is read.
func (c *content) lookBy(path string, headInFile func(path string) (int64, error)) (l *lost, forGood bool) {
	log := logSize(path) // looked at first: the file is written before the log is shortened
	is, err := fileStateOf(path)
	if err != nil {
		return nil, false // the identity of the files tells of it
	}
	if is != c.state || log < c.log {
		head, err := headInFile(path)
		if err != nil && c.head >= 0 && noDatabase(err, log) {
			// Whoever writes a log back since has pages in the file that do not fit together yet.
			if head, err = headInFile(path); err != nil && !unmoved(path, is, log) {
				return nil, false // the next look reads it once more
			}
		}
		switch {
		case is.size < c.state.size && err != nil, err == nil && head < c.head:
			return &lost{"the database " + path + " was replaced by an older copy or emptied", mendContent}, true
		case err != nil && c.head >= 0 && noDatabase(err, log):
			return &lost{"the database " + path + " could no longer be read (" + err.Error() + ")", mendContent}, false
		case err != nil: // it says nothing until the next checkpoint
			c.state, c.log = is, log
			return nil, false
		}
		c.head, c.state = head, is
	}
	// Whoever shortens the log has saved what it held in the file first.
	if log < c.log && c.head < c.saved.seq {
		return &lost{"the log of the database, " + path + "-wal, was emptied", mendContent}, true
	}
	c.log = log
	return nil, false
}

// unmoved reports whether the file and the size of its log are still so.
func unmoved(path string, file fileState, log int64) bool {
	is, err := fileStateOf(path)
	return err == nil && is == file && logSize(path) == log
}

// logSize is the size of the write-ahead log, 0 if there is none.
func logSize(path string) int64 {
	is, _ := fileStateOf(path + "-wal")
	return is.size
}

// headInFile reads the sealed head of the audit log out of the file alone. It goes through
// SQLite because closing the file in any other way would end SQLite's locks.
func headInFile(path string) (seq int64, err error) {
	db := sql.OpenDB(newConnector(path, unchanging))
	err = db.QueryRow(`SELECT seq FROM audit_head`).Scan(&seq)
	return seq, errors.Join(err, db.Close())
}

// acknowledged remembers the head of the audit log as of a commit.
func (g *guard) acknowledged(head place) {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.content.saved = head
}

// Acknowledged is the head of the audit log as of the last commit that somebody was told of,
// whatever has become of the files since: 0 and "" before the first.
func (db *DB) Acknowledged() (seq int64, mac string) {
	db.guard.mu.Lock()
	defer db.guard.mu.Unlock()
	return db.guard.content.saved.seq, db.guard.content.saved.mac
}
