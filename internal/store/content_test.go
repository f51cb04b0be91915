package store

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/secret"
)

// over writes the bytes of one file over another in its place, as cp does.
func over(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}

// Nothing is acknowledged in a database that was written over in its place, with or
// without its log.
func TestAV05_WrittenOverInItsPlace(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	for name, lose := range map[string]func(path, old string) error{
		"an older copy":              func(path, old string) error { return over(old, path) },
		"an older copy and no log":   func(path, old string) error { return errors.Join(over(old, path), os.Truncate(path+"-wal", 0)) },
		"the log emptied, then both": func(path, old string) error { return errors.Join(os.Truncate(path+"-wal", 0), over(old, path)) },
		"emptied":                    func(path, _ string) error { return os.Truncate(path, 0) },
		"no database":                func(path, _ string) error { return os.WriteFile(path, make([]byte, 4<<20), 0o600) },
		"the log emptied":            func(path, _ string) error { return os.Truncate(path+"-wal", 0) },
	} {
		for _, audited := range []bool{true, false} {
			t.Run(name+" "+strconv.FormatBool(audited), func(t *testing.T) {
				t.Parallel()
				opened, err := Open(t.Context(), filepath.Join(t.TempDir(), "latchkey.db"), secret.NewRing(), true)
				if err != nil {
					t.Fatal(err)
				}
				defer opened.Close() // what it could not save it says
				db := testDB{opened, opened.Path()}
				entry := func(tx *Tx) error { return tx.Audit(audit.Entry{Event: "login.failed", Result: "failed"}) }
				checkpoint := func() {
					t.Helper()
					if _, err := db.onFile(t).ExecContext(t.Context(), "PRAGMA wal_checkpoint(PASSIVE)"); err != nil {
						t.Fatal(err)
					}
				}
				db.must(t, entry)
				checkpoint()
				old := db.path + "-old"
				if err := copyTo(t.Context(), db.pool, old); err != nil {
					t.Fatal(err)
				}
				db.must(t, entry)
				checkpoint()
				db.must(t, entry)
				if err := lose(db.path, old); err != nil {
					t.Fatal(err)
				}
				fn := setMeta("b")
				if audited {
					fn = entry
				}
				for range 3 {
					if err := db.Tx(t.Context(), fn); !errors.Is(err, problem.ErrLost) {
						t.Fatalf("Tx = %v, want problem.ErrLost", err)
					}
				}
				if !errors.Is(db.Healthy(t.Context()), problem.ErrLost) || !errors.Is(db.Lost(), problem.ErrLost) {
					t.Errorf("Lost = %v", db.Lost())
				}
				t.Log(db.Lost())
			})
		}
	}
}

// Another process that checkpoints and shortens the log, as every command does at its end,
// is no alarm.
func TestAV05_ACheckpointOfACommandIsNoAlarm(t *testing.T) {
	t.Parallel()
	db := open(t)
	for range 5 {
		db.must(t, func(tx *Tx) error { return tx.Audit(audit.Entry{Event: "login.failed", Result: "failed"}) })
		other, err := Open(t.Context(), db.path, db.ring, false)
		if err != nil {
			t.Fatal(err)
		}
		err = errors.Join(other.Tx(t.Context(), func(tx *Tx) error { return tx.Audit(audit.Entry{Event: "login.failed", Result: "failed"}) }), other.Close())
		if err := errors.Join(err, db.CheckFiles(), db.Healthy(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
}

// A checkpoint beside a reader leaves out the pages that were changed since the reader
// began, so that the file alone need not be a whole database until the next one. That is no
// alarm: with people who only read, the next one may be long in coming, and an alarm would
// stop the writes that bring it.
func TestAV05_AFileBetweenTwoCheckpointsIsNoAlarm(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	db := open(t)
	parts := 0
	for range 60 {
		entry := func(tx *Tx) error {
			return tx.Audit(audit.Entry{Event: "login.failed", Result: "failed", ActorName: strconv.Itoa(parts)})
		}
		db.must(t, func(tx *Tx) error {
			return errors.Join(entry(tx), entry(tx), entry(tx), entry(tx))
		})
		reader, err := db.pool.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		var n int
		if err := reader.QueryRowContext(t.Context(), "SELECT count(*) FROM users").Scan(&n); err != nil {
			t.Fatal(err)
		}
		db.must(t, entry)
		if _, err := db.onFile(t).ExecContext(t.Context(), "PRAGMA wal_checkpoint(PASSIVE)"); err != nil {
			t.Fatal(err)
		}
		if _, err := headInFile(db.path); err != nil {
			parts++
		}
		if err := errors.Join(db.CheckFiles(), db.Tx(t.Context(), entry), db.Healthy(t.Context()), reader.Rollback()); err != nil {
			t.Fatal(err)
		}
	}
	if parts == 0 {
		t.Error("the file alone was a whole database each time, so nothing was tried")
	}
}
