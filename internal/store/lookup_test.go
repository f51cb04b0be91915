package store

import (
	"database/sql/driver"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// More ask at once than there are connections, and each gets the row of its own.
func TestLookUpServesManyAtOnce(t *testing.T) {
	t.Parallel()
	db := open(t)
	const people = 5
	ids := make([]string, people)
	for i := range ids {
		ids[i] = db.add(t, fmt.Sprint("user", i))
		db.must(t, func(tx *Tx) error { return tx.AddSession(session(ids[i], fmt.Sprint(i))) })
	}
	var wrong atomic.Int64
	race(100, func(i int) {
		for range 20 {
			_, u, ok, err := db.SessionByHash(fmt.Sprint("hash-", i%people), start())
			if err != nil || !ok || u.ID != ids[i%people] {
				wrong.Add(1)
			}
		}
	})
	if n := wrong.Load(); n > 0 {
		t.Errorf("%d of 2000 look-ups were wrong", n)
	}
}

// A connection that failed is left, and the next look-up opens another.
func TestLookUpRecovers(t *testing.T) {
	t.Parallel()
	db := open(t)
	id := db.add(t, "alice")
	db.must(t, func(tx *Tx) error { return tx.AddSession(session(id, "a")) })
	db.sessions = newLookUp(db.sessions.connector, sessionByHash, 1)
	look := func() (bool, error) {
		_, _, ok, err := db.SessionByHash("hash-a", start())
		return ok, err
	}
	if ok, err := look(); !ok || err != nil {
		t.Fatalf("%v, %v", ok, err)
	}
	db.sql(t, "ALTER TABLE sessions RENAME TO gone")
	if ok, err := look(); ok || err == nil {
		t.Fatalf("without the table: %v, %v", ok, err)
	}
	if c := <-db.sessions.places; c != nil {
		t.Error("the connection that failed is kept")
	}
	db.sessions.places <- nil
	db.sql(t, "ALTER TABLE gone RENAME TO sessions")
	if ok, err := look(); !ok || err != nil {
		t.Errorf("afterwards: %v, %v", ok, err)
	}
}

// A look-up leaves no transaction open: the log could else never shrink, and what is
// committed later would not be seen.
func TestLookUpSeesWhatIsCommitted(t *testing.T) {
	t.Parallel()
	db := open(t)
	db.sessions = newLookUp(db.sessions.connector, sessionByHash, 1)
	id := db.add(t, "alice")
	for i := range 3 {
		name := fmt.Sprint(i)
		if _, _, ok, err := db.SessionByHash("hash-"+name, start()); ok || err != nil {
			t.Fatalf("before: %v, %v", ok, err)
		}
		db.must(t, func(tx *Tx) error { return tx.AddSession(session(id, name)) })
		if _, _, ok, err := db.SessionByHash("hash-"+name, start()); !ok || err != nil {
			t.Fatalf("after: %v, %v", ok, err)
		}
		db.must(t, func(tx *Tx) error { return tx.SetMeta("later", name) })
		var busy, pages, moved int
		if err := db.raw(t).QueryRowContext(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &moved); err != nil || busy != 0 {
			t.Errorf("the log cannot be emptied after a look-up: %d, %v", busy, err)
		}
	}
}

func TestDriverRowScansWhatFits(t *testing.T) {
	t.Parallel()
	var text string
	var n number
	var when stamp
	if err := (driverRow{"a", int64(7), int64(1_900_000_000_000)}).Scan(&text, &n, &when); err != nil || text != "a" || n != 7 || !time.Time(when).Equal(start()) {
		t.Errorf("%q, %d, %v, %v", text, n, time.Time(when), err)
	}
	for want, row := range map[string]driverRow{
		"2 columns for 1": {"a", "b"}, "not a text": {int64(1)}, "column 1: a column holds": {nil},
	} {
		dest := []any{&text}
		if row[0] == nil {
			dest = []any{&n}
		}
		if err := row.Scan(dest...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", []driver.Value(row), err, want)
		}
	}
	if err := (driverRow{int64(1)}).Scan(new(int)); err == nil {
		t.Error("scanned into an int")
	}
}
