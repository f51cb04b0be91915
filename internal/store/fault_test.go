package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/problem"
)

// TestTx_SavepointThatCannotBeLeft: half a function must not slip into the commit
// of the others.
func TestTx_SavepointThatCannotBeLeft(t *testing.T) {
	t.Parallel()
	db := open(t)
	told := db.together(t, setMeta("a"), func(tx *Tx) error {
		return errors.Join(tx.SetMeta("b", "set"), tx.exec("RELEASE job"))
	}, setMeta("c"))
	for i, err := range told {
		if !problem.Is(err, problem.Unavailable) {
			t.Errorf("%d was told %v", i, err)
		}
	}
	if got := db.metas(t, "a", "b", "c"); got != nil {
		t.Errorf("written: %v, want nothing", got)
	}
	db.must(t, setMeta("d"))
}

// TestAV04_FullDisk: SQLite gives the whole transaction up by itself. Nobody in it
// may be told that their write is there, and nothing may run outside of one.
func TestAV04_FullDisk(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	db := open(t)
	ctx := t.Context()
	if _, err := db.onFile(t).ExecContext(ctx, "PRAGMA max_page_count = 1"); err != nil { // as small as it is now
		t.Fatal(err)
	}
	big := func(tx *Tx) error { return tx.SetMeta("big", strings.Repeat("x", 1<<20)) }
	ran := false
	told := db.together(t, setMeta("a"), func(tx *Tx) error { tx.SetMeta("b", "set"); return errOwn }, big,
		func(*Tx) error { ran = true; return nil })
	for _, i := range []int{0, 2, 3} {
		wantProblem(t, told[i], problem.Unavailable)
	}
	if told[1] != errOwn {
		t.Errorf("the one with a reason of its own was told %v", told[1])
	}
	if ran {
		t.Error("a function ran after the transaction had ended")
	}
	if got := db.metas(t, "a", "b", "big"); got != nil {
		t.Errorf("written: %v, want nothing", got)
	}
	wantProblem(t, db.Tx(ctx, func(tx *Tx) error { big(tx); return nil }), problem.Unavailable) // swallowed by its function
	if _, err := db.Meta("instance"); err != nil {
		t.Errorf("reading while the disk is full: %v", err)
	}
	if _, err := db.onFile(t).ExecContext(ctx, "PRAGMA max_page_count = 1000000"); err != nil {
		t.Fatal(err)
	}
	db.must(t, big)
	if err := db.Healthy(ctx); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

func TestAV05_LockedDatabaseDenies(t *testing.T) {
	t.Parallel()
	db := open(t)
	if c, ok := db.writer.conn.(*postgresConnection); ok {
		c.config.RuntimeParams["lock_timeout"] = "1" // of the next connection
		c.drop()
	} else if _, err := db.onFile(t).ExecContext(t.Context(), "PRAGMA busy_timeout = 0"); err != nil {
		t.Fatal(err)
	}
	conn := db.raw(t)
	execRaw(t, conn, either("BEGIN IMMEDIATE", "BEGIN; SELECT seq FROM audit_head FOR UPDATE"))
	ran := false
	err := db.Tx(t.Context(), func(*Tx) error { ran = true; return nil })
	wantProblem(t, err, problem.Unavailable)
	if ran {
		t.Error("a function ran without the write lock")
	}
	wantProblem(t, db.Healthy(t.Context()), problem.Unavailable)
	execRaw(t, conn, "ROLLBACK")
	db.must(t, setMeta("a"))
}

// TestAV10_FailedCommitStopsWritingUntilAProbe makes COMMIT fail by a foreign key
// that is checked only then, and the probe by a trigger.
func TestAV10_FailedCommitStopsWritingUntilAProbe(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	db := open(t)
	id := db.add(t, "anna")
	conn := db.raw(t)
	const no = `BEFORE %s ON meta WHEN new.name = 'probe' BEGIN SELECT RAISE(ABORT, 'no probe'); END`
	execRaw(t, conn, fmt.Sprintf("CREATE TRIGGER no_insert "+no, "INSERT"), fmt.Sprintf("CREATE TRIGGER no_update "+no, "UPDATE"))
	told := db.together(t, setMeta("a"),
		func(tx *Tx) error {
			return errors.Join(tx.exec(sqliteOnly("PRAGMA defer_foreign_keys = ON")), tx.AddSession(session("nobody", "s")))
		},
		func(*Tx) error { return errOwn },
		setMeta("b"))
	for _, i := range []int{0, 1, 3} {
		wantProblem(t, told[i], problem.Unavailable)
		if told[i] == nil || !strings.Contains(told[i].Error(), "outcome of a commit is unknown") {
			t.Errorf("%d was told %v", i, told[i])
		}
	}
	if told[2] != errOwn {
		t.Errorf("the one with a reason of its own was told %v", told[2])
	}
	ran := false
	for range 3 {
		err := db.Tx(t.Context(), func(tx *Tx) error { ran = true; return tx.SetMeta("c", "set") })
		wantProblem(t, err, problem.Unavailable)
		wantProblem(t, db.Healthy(t.Context()), problem.Unavailable)
	}
	if ran {
		t.Error("a function ran while the outcome of a commit was unknown")
	}
	if !db.writer.conn.ended() {
		t.Error("a transaction is still open")
	}
	if _, err := db.User(id); err != nil {
		t.Errorf("reading meanwhile: %v", err)
	}
	execRaw(t, conn, "DROP TRIGGER no_insert", "DROP TRIGGER no_update")
	db.must(t, setMeta("d"))
	if got := db.metas(t, "a", "b", "c", "d", "probe"); !cmp.Equal(got, []string{"d", "probe"}) {
		t.Errorf("written: %v, want d and the probe that came before it", got)
	}
	if err := db.Healthy(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestHealthyReallyWrites(t *testing.T) {
	t.Parallel()
	db := open(t)
	var seen []string
	for range 3 {
		if err := db.Healthy(t.Context()); err != nil {
			t.Fatal(err)
		}
		value, err := db.Meta("probe")
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, value)
	}
	if seen[0] == seen[1] || seen[1] == seen[2] {
		t.Errorf("the probe left %v: a write of the same value may not reach the disk", seen)
	}
}
