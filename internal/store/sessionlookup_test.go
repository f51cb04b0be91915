package store

import (
	"fmt"
	"sync/atomic"
	"testing"
)

// More ask at once than there are connections, and each gets the row of its own.
func TestSessionLookUpServesManyAtOnce(t *testing.T) {
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

// A look-up leaves no transaction open: the log could else never shrink, and what is
// committed later would not be seen.
func TestSessionLookUpSeesWhatIsCommitted(t *testing.T) {
	t.Parallel()
	db := open(t)
	if !onPostgres {
		db.pool.SetMaxOpenConns(1)
	}
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
		if onPostgres {
			continue
		}
		var busy, pages, moved int
		if err := db.raw(t).QueryRowContext(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &moved); err != nil || busy != 0 {
			t.Errorf("the log cannot be emptied after a look-up: %d, %v", busy, err)
		}
	}
}

// A look-up allocates for the row it returns and little else: a second statement, or one
// that is prepared again, would be seen here.
func TestSessionLookUpAllocatesLittle(t *testing.T) {
	aboutSQLite(t)
	db := open(t)
	id := db.add(t, "alice")
	db.must(t, func(tx *Tx) error { return tx.AddSession(session(id, "a")) })
	got := testing.AllocsPerRun(200, func() {
		if _, _, ok, err := db.SessionByHash("hash-a", start()); !ok || err != nil {
			t.Fatalf("%v, %v", ok, err)
		}
	})
	t.Logf("%.0f allocations", got)
	const most = 36
	if got > most {
		t.Errorf("%.0f allocations, want at most %d", got, most)
	}
}

func BenchmarkSessionByHash(b *testing.B) {
	db := open(b)
	id := db.add(b, "alice")
	db.must(b, func(tx *Tx) error { return tx.AddSession(session(id, "a")) })
	b.ReportAllocs()
	for b.Loop() {
		if _, _, ok, err := db.SessionByHash("hash-a", start()); !ok || err != nil {
			b.Fatalf("%v, %v", ok, err)
		}
	}
}
