package store

import (
	"context"
	"database/sql"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"
)

// TestSessionLookUpStaysPrepared counts how often SQLite parses a statement: it
// asks the authorizer each time. A parameter that its planner looks at is parsed again
// at every look-up once ANALYZE has run, which doubles its time.
func TestSessionLookUpStaysPrepared(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	db := open(t)
	for i := range 30 {
		id := db.add(t, fmt.Sprint("user", i))
		db.must(t, func(tx *Tx) error { return tx.AddSession(session(id, fmt.Sprint(i))) })
	}
	execRaw(t, db.raw(t), "ANALYZE")
	var parsed atomic.Int64
	countParsing(t, db.DB, &parsed)
	look := func(i int) {
		if _, _, ok, err := db.SessionByHash(fmt.Sprint("hash-", i%30), start()); err != nil || !ok {
			t.Errorf("session %d: %v, %v", i, ok, err)
		}
	}
	look(0)
	warm := parsed.Load()
	if warm == 0 {
		t.Fatal("the authorizer was not asked: this test looked at nothing")
	}
	for i := range 100 {
		look(i)
	}
	if n := parsed.Load(); n != warm {
		t.Errorf("the authorizer was asked %d times for one look-up and %d more for a hundred: it is parsed again", warm, n-warm)
	}
}

// countParsing leaves the pool one connection and counts what SQLite asks on it while it
// parses.
func countParsing(t *testing.T, db *DB, parsed *atomic.Int64) {
	t.Helper()
	db.pool.SetMaxOpenConns(1)
	conn, err := db.pool.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	err = conn.Raw(func(c any) error {
		c.(*sqlite3.SQLiteConn).RegisterAuthorizer(func(int, string, string, string) int { parsed.Add(1); return sqlite3.SQLITE_OK })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestListsStopWithTheirContext(t *testing.T) {
	t.Parallel()
	db := open(t)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := db.Users(over, UserFilter{Limit: 10}); err == nil {
		t.Error("a list was read for nobody")
	}
	if _, err := db.AuditEntries(over, AuditFilter{Limit: 10}); err == nil {
		t.Error("the audit log was read for nobody")
	}
}

func TestTimesSurviveStorage(t *testing.T) {
	t.Parallel()
	for _, want := range []time.Time{{}, start(), time.UnixMilli(1).UTC(), time.UnixMilli(-1).UTC()} {
		if got := at(ms(want)); !got.Equal(want) {
			t.Errorf("%v became %v", want, got)
		}
	}
	if null("").Valid || null("x") != (sql.NullString{String: "x", Valid: true}) {
		t.Error("null: only the empty text is NULL")
	}
}
