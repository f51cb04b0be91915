package seed

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/audit"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

var start = time.UnixMilli(1_900_000_000_000).UTC()

// TestFill_LikeGrown fills a database and holds it against one that grew: the same
// schema, sound, and with everything that triggers keep.
func TestFill_LikeGrown(t *testing.T) {
	t.Parallel()
	path, ring := filepath.Join(t.TempDir(), "latchkey.db"), secret.NewRing()
	db, err := store.Open(t.Context(), path, ring, true)
	if err != nil {
		t.Fatal(err)
	}
	grown := schema(t, path)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	const users, entries = 2*perStatement + 7, 2*perStatement + 3
	if err := fill(t.Context(), path, ring, func(f *filler) error { return fillUp(t, f, users, entries) }); err != nil {
		t.Fatal(err)
	}
	if db, err = store.Open(t.Context(), path, ring, false); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if diff := cmp.Diff(grown, schema(t, path)); diff != "" {
		t.Errorf("the schema (-grown +filled):\n%s", diff)
	}
	if got := texts(t, path, `PRAGMA integrity_check`); !slices.Equal(got, []string{"ok"}) {
		t.Errorf("integrity: %v", got)
	}
	if got := texts(t, path, `SELECT "table" FROM pragma_foreign_key_check`); len(got) > 0 {
		t.Errorf("rows without their user: %v", got)
	}
	if seq, _, err := db.VerifyAudit(t.Context(), ring, ""); err != nil || seq != entries {
		t.Errorf("the chain: %d entries, %v", seq, err)
	}
	n, err := db.CountUsers(t.Context(), store.UserFilter{Text: "grace", TwoStep: "on", Now: start})
	if err != nil || n != users-1 { // the first has no authenticator
		t.Errorf("%d found with two-step verification, %v; want %d", n, err, users-1)
	}
}

// TestFill_WithoutAudit fills a database whose audit log stays empty and sealed as such.
func TestFill_WithoutAudit(t *testing.T) {
	t.Parallel()
	path, ring := filepath.Join(t.TempDir(), "latchkey.db"), secret.NewRing()
	db, err := store.Open(t.Context(), path, ring, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := fill(t.Context(), path, ring, func(f *filler) error { return fillUp(t, f, 2, 0) }); err != nil {
		t.Fatal(err)
	}
	if db, err = store.Open(t.Context(), path, ring, false); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if seq, _, err := db.VerifyAudit(t.Context(), ring, ""); err != nil || seq != 0 {
		t.Errorf("the chain: %d entries, %v", seq, err)
	}
}

func fillUp(t *testing.T, f *filler, users, entries int) error {
	for i := range users {
		name := fmt.Sprint("user-", i)
		u := filledUser{NewUser: store.NewUser{ID: name, Username: name, Name: "Grace", Role: user.RoleUser, Hash: "x", CreatedAt: start, ChangedAt: start}}
		if i > 0 {
			u.authenticator = store.Authenticator{ID: fmt.Sprint("app-", i), Label: "Phone", Sealed: "s", Created: start}
		}
		if err := f.user(u); err != nil {
			return err
		}
	}
	if err := f.flush(); err != nil {
		return err
	}
	return f.log(t.Context(), func(yield func(audit.Entry) bool) {
		for range entries {
			if !yield(audit.Entry{At: start, Event: audit.Logout, Result: audit.ResultOK, ActorID: "user-1"}) {
				return
			}
		}
	})
}

func schema(t *testing.T, path string) []string {
	return texts(t, path, `SELECT type || ' ' || name || ': ' || coalesce(sql, '') FROM sqlite_schema ORDER BY 1`)
}

func texts(t *testing.T, path, text string) []string {
	t.Helper()
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	all, err := collect(rows, func(one *string) []any { return []any{one} })
	if err != nil {
		t.Fatal(err)
	}
	return all
}
