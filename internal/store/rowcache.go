package store

import (
	"database/sql/driver"
	"strings"
	"sync"
	"sync/atomic"
)

const (
	// maxCachedRows bounds the rows that are kept, to 24 MB; those of ordinary people take 10. Beyond it any of them gives way.
	maxCachedRows = 8192
	// maxRowText is how many bytes of text a row has that is kept: 2 KB. One with fifty groups, or with a long message for
	// the next page, is asked for each time.
	maxRowText = 2 << 10
)

// rowCache keeps the rows of point reads as long as they are what the database would answer, so that most signed-in
// requests ask it nothing. That is exact and not a matter of time (decision 112):
//
//   - A row counts only while the index of the log is in the state for which all of them are known to be true. Any commit
//     of any process changes that state before the commit is acknowledged.
//   - When our own writer has committed, the rows go that its statements can have changed, and what is left is known to
//     be true for the new state. SQLite itself says, when it prepares a statement, which columns it changes, and
//     which columns a point read looks at; a statement that meets these takes every row with it, unless it says
//     whose rows it is about.
//   - When somebody else has committed, all go.
//
// Only rows that exist are kept, so nothing grows by what strangers ask. It is safe for concurrent use.
type rowCache struct {
	index *walIndex
	reads columns

	mu    sync.RWMutex
	rows  map[question][]driver.Value
	known walState
	after walState // that of our last commit, or of the beginning
	// ours says that our writer commits: the state that comes is its own, until it has said what changed.
	ours bool
	// others is set when somebody else has committed, until somebody has asked for it.
	others atomic.Bool
	// off is set for good when the database is closed, and when a commit of ours did not change the index, which then is not
	// the one that SQLite uses.
	off bool
}

// newRowCache keeps rows of the database at path. It returns nil where the index of the log cannot be looked
// at: then each request asks, which is slower and nothing else.
func newRowCache(path string) *rowCache {
	index, err := openWalIndex(path)
	if err != nil {
		return nil
	}
	now := index.state()
	return &rowCache{index: index, rows: map[question][]driver.Value{}, known: now, after: now}
}

// pointRead is a statement that reads one row by at most three texts. Its first column is the id of the user whose row it is.
type pointRead struct{ text string }

// question is a point read with its arguments.
type question struct {
	read *pointRead
	args [3]string
}

func asking(read *pointRead, args []string) (q question) {
	q.read = read
	copy(q.args[:], args)
	return q
}

// find returns the row, if it is known, and the state of the log at that moment.
func (c *rowCache) find(q question) (row []driver.Value, at walState) {
	c.mu.RLock()
	if c.off {
		c.mu.RUnlock()
		return nil, at
	}
	at = c.index.state()
	known, ours := at == c.known, c.ours
	if known {
		row = c.rows[q]
	}
	c.mu.RUnlock()
	if !known && !ours { // somebody else has committed
		c.mu.Lock()
		if !c.off && !c.ours {
			c.moveTo(c.index.state())
		}
		c.mu.Unlock()
	}
	return row, at
}

// keep keeps a row that was read after the log was in the state at, unless rows are kept for another by now. One that a commit
// has changed since goes with the next look at the index, or with what that commit has changed.
func (c *rowCache) keep(q question, row []driver.Value, at walState) {
	length := 0
	for _, value := range row {
		text, _ := value.(string)
		length += len(text)
	}
	if length > maxRowText {
		return
	}
	for i, arg := range q.args {
		q.args[i] = strings.Clone(arg) // it can be a piece of a whole request
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.off || at != c.known || at.commits == 0 { // the counter begins anew when the index had to be made again
		return
	}
	if len(c.rows) >= maxCachedRows {
		for any := range c.rows {
			delete(c.rows, any)
			break
		}
	}
	c.rows[q] = append([]driver.Value(nil), row...)
}

// moveTo drops every row if the log is in another state than that for which they are known to be true. c.mu is held.
func (c *rowCache) moveTo(state walState) {
	if state != c.known {
		clear(c.rows)
		c.known = state
		c.others.Store(true)
	}
}

// effect is what a transaction of ours can have changed of what point reads look at.
type effect struct {
	everybody bool
	users     map[string]bool // whose rows, where it is not everybody's
	wrote     bool            // it has certainly written something
}

// on adds the rows of a user, or of everybody if whose is "".
func (e *effect) on(whose string) {
	switch {
	case whose == "":
		e.everybody = true
	case e.users == nil:
		e.users = map[string]bool{whose: true}
	default:
		e.users[whose] = true
	}
}

// begun notes that our writer has the lock that nobody else commits without, and reports whether nobody else has since our
// last commit. A counter that began anew could look as if it were so.
func (c *rowCache) begun() (alone bool) {
	if c == nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.off {
		return false
	}
	c.moveTo(c.index.state())
	return c.known == c.after
}

// committing notes that our writer is about to commit.
func (c *rowCache) committing() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ours = true
}

// committed drops what a commit of ours has changed. It comes before anybody is told of the commit.
func (c *rowCache) committed(e effect, err error) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ours = false
	if c.off {
		return
	}
	state := c.index.state()
	switch {
	case err == nil && state == c.known:
		if e.wrote {
			c.off = true
			clear(c.rows)
		}
	case state.commits != c.known.commits+1:
		clear(c.rows)
		c.others.Store(true)
	case err != nil || e.everybody:
		clear(c.rows)
	case len(e.users) > 0:
		for q, row := range c.rows {
			if id, _ := row[0].(string); e.users[id] {
				delete(c.rows, q)
			}
		}
	}
	c.known, c.after = state, state
}

// forget drops every row, because the database could not be read: an error of it denies.
func (c *rowCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.rows)
}

// close ends it. It lets go of the index if the last connection of the database was closed: a request that the end of the program
// cut off may still have one.
func (c *rowCache) close(last bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	index := c.index
	if index == nil { // it was closed before
		return nil
	}
	c.off, c.index = true, nil
	clear(c.rows)
	if !last {
		return nil
	}
	return index.close()
}
