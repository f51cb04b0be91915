package store

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/audit"
	"latchkey/internal/secret"
	"latchkey/internal/user"
)

// TestFill_LikeGrown fills a database and holds it against one that grew: the same
// schema, sound, and with everything that triggers keep.
func TestFill_LikeGrown(t *testing.T) {
	t.Parallel()
	path, ring := filepath.Join(t.TempDir(), "latchkey.db"), secret.NewRing()
	db, err := Open(t.Context(), path, ring, true)
	if err != nil {
		t.Fatal(err)
	}
	grown := schema(t, db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	const users, entries = 2*perStatement + 7, 2*perStatement + 3
	if err := Fill(t.Context(), path, ring, func(f *Filler) error { return fillUp(t, f, users, entries) }); err != nil {
		t.Fatal(err)
	}
	if db, err = Open(t.Context(), path, ring, false); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if diff := cmp.Diff(grown, schema(t, db)); diff != "" {
		t.Errorf("the schema (-grown +filled):\n%s", diff)
	}
	if got := texts(t, db, `PRAGMA integrity_check`); !slices.Equal(got, []string{"ok"}) {
		t.Errorf("integrity: %v", got)
	}
	if got := texts(t, db, `SELECT "table" FROM pragma_foreign_key_check`); len(got) > 0 {
		t.Errorf("rows without their user: %v", got)
	}
	if seq, _, err := db.VerifyAudit(t.Context(), ring, ""); err != nil || seq != entries {
		t.Errorf("the chain: %d entries, %v", seq, err)
	}
	n, err := db.CountUsers(t.Context(), UserFilter{Text: "grace", TwoStep: "on", Now: start()})
	if err != nil || n != users-1 { // the first has no authenticator
		t.Errorf("%d found with two-step verification, %v; want %d", n, err, users-1)
	}
}

// TestFill_WithoutAudit fills a database whose audit log stays empty and sealed as such.
func TestFill_WithoutAudit(t *testing.T) {
	t.Parallel()
	path, ring := filepath.Join(t.TempDir(), "latchkey.db"), secret.NewRing()
	db, err := Open(t.Context(), path, ring, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Fill(t.Context(), path, ring, func(f *Filler) error { return fillUp(t, f, 2, 0) }); err != nil {
		t.Fatal(err)
	}
	if db, err = Open(t.Context(), path, ring, false); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if seq, _, err := db.VerifyAudit(t.Context(), ring, ""); err != nil || seq != 0 {
		t.Errorf("the chain: %d entries, %v", seq, err)
	}
}

func fillUp(t *testing.T, f *Filler, users, entries int) error {
	for i := range users {
		name := fmt.Sprint("user-", i)
		u := FilledUser{NewUser: NewUser{ID: name, Username: name, Name: "Grace", Role: user.RoleUser, Hash: "x", CreatedAt: start(), ChangedAt: start()}}
		if i > 0 {
			u.Authenticator = Authenticator{ID: fmt.Sprint("app-", i), Label: "Phone", Sealed: "s", Created: start()}
		}
		if err := f.User(u); err != nil {
			return err
		}
	}
	if err := f.Flush(); err != nil {
		return err
	}
	return f.Audit(t.Context(), func(yield func(audit.Entry) bool) {
		for range entries {
			if !yield(audit.Entry{At: start(), Event: audit.Logout, Result: audit.ResultOK, ActorID: "user-1"}) {
				return
			}
		}
	})
}

func schema(t *testing.T, db *DB) []string {
	return texts(t, db, `SELECT type || ' ' || name || ': ' || coalesce(sql, '') FROM sqlite_schema ORDER BY 1`)
}

func texts(t *testing.T, db *DB, text string) []string {
	t.Helper()
	rows, err := db.q.query(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	all, err := collect(rows, func(row scanner) (one string, err error) { return one, row.Scan(&one) })
	if err != nil {
		t.Fatal(err)
	}
	return all
}
