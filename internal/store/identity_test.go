package store

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"latchkey/internal/problem"
	"latchkey/internal/secret"
)

// Nobody is told that something was saved in a file that nobody finds again.
func TestAV05_NothingIsSavedInALostDatabase(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	for name, c := range map[string]struct {
		lose func(path string) error
		back func(path string) error // nil: only a restart helps
	}{
		"moved": {
			func(path string) error { return os.Rename(path, path+"-away") },
			func(path string) error { return os.Rename(path+"-away", path) },
		},
		"deleted":     {os.Remove, nil},
		"log deleted": {func(path string) error { return os.Remove(path + "-wal") }, nil},
		"replaced": {func(path string) error {
			text, err := os.ReadFile(path)
			return errors.Join(err, os.Rename(path, path+"-away"), os.WriteFile(path, text, 0o600))
		}, func(path string) error { return os.Rename(path+"-away", path) }},
		"a link in its place": {
			func(path string) error {
				return errors.Join(os.Rename(path, path+"-away"), os.Symlink(path+"-away", path))
			},
			func(path string) error { return os.Rename(path+"-away", path) },
		},
		"replaced by nothing": {func(path string) error {
			return errors.Join(os.Remove(path), os.WriteFile(path, nil, 0o600))
		}, nil},
		"folder moved": {
			func(path string) error { return os.Rename(filepath.Dir(path), filepath.Dir(path)+"-away") },
			func(path string) error { return os.Rename(filepath.Dir(path)+"-away", filepath.Dir(path)) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			db.must(t, setMeta("a"))
			if err := c.lose(db.path); err != nil {
				t.Fatal(err)
			}
			err := db.Tx(t.Context(), setMeta("b"))
			wantProblem(t, err, problem.Unavailable)
			if !errors.Is(err, problem.ErrLost) || !errors.Is(db.Lost(), problem.ErrLost) || !errors.Is(db.Healthy(t.Context()), problem.ErrLost) {
				t.Errorf("Tx = %v, Lost = %v; want problem.ErrLost", err, db.Lost())
			}
			t.Log(errors.Unwrap(err))
			if c.back == nil {
				return
			}
			if err := c.back(db.path); err != nil {
				t.Fatal(err)
			}
			if err := db.Healthy(t.Context()); err != nil || db.Lost() != nil {
				t.Errorf("with the file back: %v", err)
			}
		})
	}
}

// A commit that is under way while the file goes is not acknowledged either.
func TestAV05_LostDuringTheCommit(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	db := open(t)
	db.must(t, setMeta("a"))
	err := db.Tx(t.Context(), func(tx *Tx) error { return errors.Join(tx.SetMeta("b", "set"), os.Remove(db.path)) })
	if !errors.Is(err, problem.ErrLost) {
		t.Errorf("Tx = %v, want problem.ErrLost", err)
	}
}

// A connection that is opened later must not read the file that took the place.
func TestAV05_NoConnectionToAnotherFile(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	db := open(t)
	db.must(t, setMeta("a"))
	if err := os.Rename(db.path, db.path+"-away"); err != nil {
		t.Fatal(err)
	}
	planted := db.path + "-planted"
	other, err := Open(t.Context(), planted, db.ring, true)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(other.Tx(t.Context(), func(tx *Tx) error { return tx.SetMeta("a", "planted") }), other.Close(), os.Rename(planted, db.path))
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		conn, err := db.pool.Conn(t.Context()) // kept, so that each is another one
		if err != nil {
			if !errors.Is(err, problem.ErrLost) {
				t.Error(err)
			}
			return
		}
		var got string
		if err := conn.QueryRowContext(t.Context(), `SELECT value FROM meta WHERE name = 'a'`).Scan(&got); err != nil || got == "planted" {
			t.Errorf("read %q, %v", got, err)
		}
		defer conn.Close()
		if db.pool.Stats().OpenConnections >= db.pool.Stats().MaxOpenConnections {
			t.Fatal("no connection was refused")
		}
	}
}

// What was saved before the log was deleted is in the database after a stop in good order.
func TestAV05_AStopSavesADeletedLog(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	path, ring := filepath.Join(t.TempDir(), "latchkey.db"), secret.NewRing()
	db, err := Open(t.Context(), path, ring, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Tx(t.Context(), setMeta("a")), os.Remove(path+"-wal"), db.Close()); err != nil {
		t.Fatal(err)
	}
	if db, err = Open(t.Context(), path, ring, false); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if got, err := db.Meta("a"); got == "" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
}
