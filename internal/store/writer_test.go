package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/problem"
)

// together queues the functions behind one that waits, in their order, so that
// all of them share one commit, and returns what each was told.
func (db testDB) together(t *testing.T, fns ...func(*Tx) error) []error {
	t.Helper()
	if len(fns) >= maxBatch {
		t.Fatalf("%d functions do not fit into one commit", len(fns))
	}
	begun, wait := make(chan struct{}), make(chan struct{})
	var once sync.Once // it may run twice
	first := &job{ctx: t.Context(), done: make(chan struct{}), fn: func(*Tx) error { once.Do(func() { close(begun) }); <-wait; return nil }}
	db.writer.send(first)
	<-begun
	jobs := make([]*job, len(fns))
	for i, fn := range fns {
		jobs[i] = &job{ctx: t.Context(), done: make(chan struct{}), fn: fn}
		db.writer.send(jobs[i])
	}
	close(wait)
	told := make([]error, len(fns))
	for i, j := range jobs {
		<-j.done
		told[i] = j.err
	}
	return told
}

func setMeta(name string) func(*Tx) error {
	return func(tx *Tx) error { return tx.SetMeta(name, "set") }
}

// metas returns which of the names are set.
func (db testDB) metas(t *testing.T, names ...string) (set []string) {
	t.Helper()
	for _, name := range names {
		value, err := db.Meta(name)
		if err != nil {
			t.Fatal(err)
		}
		if value != "" {
			set = append(set, name)
		}
	}
	return set
}

func TestTx_ManyAtOnceAllLand(t *testing.T) {
	t.Parallel()
	db := open(t)
	db.sql(t, `INSERT INTO meta (name, value) VALUES ('n', '0')`)
	const n = 300
	race(n, func(i int) {
		err := db.Tx(context.Background(), func(tx *Tx) error {
			if err := tx.SetMeta(fmt.Sprint("m", i), "set"); err != nil {
				return err
			}
			return tx.exec(`UPDATE meta SET value = CAST(value AS BIGINT) + 1 WHERE name = 'n'`)
		})
		if err != nil {
			t.Error(err)
		}
		if value, err := db.Meta(fmt.Sprint("m", i)); value != "set" || err != nil {
			t.Errorf("after its answer a write is not to be read: %q, %v", value, err)
		}
	})
	if got := db.number(t, `SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'n'`); got != n {
		t.Errorf("%d additions landed, want %d", got, n)
	}
}

func TestTx_FailureUndoesOnlyItself(t *testing.T) {
	t.Parallel()
	db := open(t)
	refusal := problem.Field("x", "No")
	told := db.together(t,
		setMeta("a"),
		func(tx *Tx) error { return errors.Join(tx.SetMeta("b", "set"), errOwn) },
		func(tx *Tx) error { tx.SetMeta("c", "set"); return errOwn },
		func(tx *Tx) error { tx.SetMeta("d", "set"); return refusal },
		func(tx *Tx) error { tx.SetMeta("e", "set"); panic("at the disco") },
		func(tx *Tx) error { tx.SetMeta("f", "set"); return tx.exec(`INSERT INTO nothing VALUES (1)`) },
		func(tx *Tx) error {
			tx.SetMeta("g", "set")
			return tx.exec(`INSERT INTO meta (name, value) VALUES ('a', 'again')`)
		},
		setMeta("h"),
	)
	if got := db.metas(t, "a", "b", "c", "d", "e", "f", "g", "h"); !cmp.Equal(got, []string{"a", "h"}) {
		t.Errorf("written: %v, want a and h", got)
	}
	if told[0] != nil || told[7] != nil {
		t.Errorf("the good ones were told %v and %v", told[0], told[7])
	}
	if !errors.Is(told[1], errOwn) {
		t.Errorf("b was told %v", told[1])
	}
	// Callers compare: what they returned comes back as it is.
	if told[2] != errOwn || told[3] != error(refusal) {
		t.Errorf("c and d were told %#v and %#v, want their own errors", told[2], told[3])
	}
	if told[4] == nil || !strings.Contains(told[4].Error(), "at the disco") || problem.As(told[4]) != nil {
		t.Errorf("e was told %v, want its panic, which no page shows", told[4])
	}
	wantProblem(t, told[5], problem.Unavailable)
	wantProblem(t, told[6], problem.Unavailable)
}

func TestTx_RunsInTheOrderOfArrival(t *testing.T) {
	t.Parallel()
	db := open(t)
	var order []int
	var fns []func(*Tx) error
	for i := range 40 {
		fns = append(fns, func(tx *Tx) error {
			order = append(order, i)
			value, err := tx.Meta("last")
			if err == nil && i > 0 && value != fmt.Sprint(i-1) {
				err = fmt.Errorf("%d saw %q", i, value)
			}
			return errors.Join(err, tx.SetMeta("last", fmt.Sprint(i)))
		})
	}
	for i, err := range db.together(t, fns...) {
		if err != nil || order[i] != i {
			t.Errorf("%d: ran at place %d, %v", order[i], i, err)
		}
	}
}

// TestTx_SharesOneCommit counts commits by the counter that every reader sees
// change once for each of them.
func TestTx_SharesOneCommit(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	db := open(t)
	conn := db.raw(t)
	version := func() (n int64) {
		if err := conn.QueryRowContext(t.Context(), "PRAGMA data_version").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	var before []string
	first := version()
	told := db.together(t, setMeta("a"), setMeta("b"), func(tx *Tx) error {
		before = db.metas(t, "a", "b") // by a reader, while the writer is in the middle
		return nil
	}, setMeta("c"))
	if err := errors.Join(told...); err != nil {
		t.Fatal(err)
	}
	if before != nil {
		t.Errorf("readers saw %v before the commit", before)
	}
	if got := db.metas(t, "a", "b", "c"); len(got) != 3 {
		t.Errorf("written: %v", got)
	}
	if version() == first {
		t.Error("another connection noticed no commit")
	}
}

func TestTx_PanicWhileReadingLeavesNothingOpen(t *testing.T) {
	t.Parallel()
	db := open(t)
	db.must(t, func(tx *Tx) error { return errors.Join(tx.Audit(note("a")), tx.Audit(note("b"))) })
	err := db.Tx(t.Context(), func(tx *Tx) error {
		rows, err := tx.q.query(t.Context(), `SELECT seq FROM audit_log`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			panic("in the middle of the rows")
		}
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "in the middle of the rows") {
		t.Errorf("told %v", err)
	}
	if !db.writer.conn.ended() {
		t.Error("a transaction is still open")
	}
	db.must(t, setMeta("a"))
}

func TestTx_ContextThatIsOverStopsItBeforeItStarts(t *testing.T) {
	t.Parallel()
	db := open(t)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := db.Tx(over, setMeta("a")); err != context.Canceled {
		t.Errorf("told %v, want context.Canceled", err)
	}
	during, cancel := context.WithCancel(t.Context())
	if err := db.Tx(during, func(tx *Tx) error { cancel(); return tx.SetMeta("b", "set") }); err != nil {
		t.Errorf("told %v although it had started", err)
	}
	if got := db.metas(t, "a", "b"); !cmp.Equal(got, []string{"b"}) {
		t.Errorf("written: %v, want b", got)
	}
}
