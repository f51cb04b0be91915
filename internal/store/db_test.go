package store

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/auth"
	"latchkey/internal/problem"
	"latchkey/internal/secret"
)

func TestAV05_OpenMakesNoDatabaseUnasked(t *testing.T) {
	t.Parallel()
	path := nowhere(t)
	for range 2 { // the second time what the first one may have left would be there
		if db, err := Open(t.Context(), path, secret.NewRing(), false); err == nil {
			db.Close()
			t.Error("Open of a missing database succeeded")
		}
	}
	if onPostgres {
		return
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the file: %v, want none", err)
	}
	if db, err := Open(t.Context(), filepath.Join(path, "no", "folder"), secret.NewRing(), true); err == nil {
		db.Close()
		t.Error("Open in a missing folder succeeded")
	}
}

func TestOpenRefusesWhatIsNotADatabase(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	path := filepath.Join(t.TempDir(), "latchkey.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if db, err := Open(t.Context(), path, secret.NewRing(), false); err == nil {
		db.Close()
		t.Error("Open of a text file succeeded")
	}
}

func TestCR06_WrongKeyIsRefused(t *testing.T) {
	t.Parallel()
	path := nowhere(t)
	ring := secret.NewRing()
	for range 2 { // the second time the check value is there
		db, err := Open(t.Context(), path, ring, true)
		if err != nil {
			t.Fatal(err)
		}
		db.Close()
	}
	if db, err := Open(t.Context(), path, secret.NewRing(), false); err == nil || !strings.Contains(err.Error(), "latchkey.key") {
		t.Errorf("Open with another key = %v, %v; want a refusal that names the key file", db, err)
	}
	db, err := Open(t.Context(), path, ring.Add(), false)
	if err != nil {
		t.Fatalf("Open with a key added to the ring: %v", err)
	}
	db.Close()
}

func TestMigrationsAreAppliedOnce(t *testing.T) {
	t.Parallel()
	db := open(t)
	schema := func() []string {
		rows, err := db.q.query(t.Context(), either(`SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY name`,
			`SELECT table_name || '.' || column_name || ' ' || data_type FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY 1`))
		if err != nil {
			t.Fatal(err)
		}
		all, err := collect(rows, func(row scanner) (text string, err error) { return text, row.Scan(&text) })
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	instance, err := db.Meta("instance")
	if err != nil || instance == "" {
		t.Fatalf("instance %q, %v", instance, err)
	}
	db.add(t, "anna")
	before := schema()
	again, err := Open(t.Context(), db.path, db.ring, false)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if diff := cmp.Diff(before, schema()); diff != "" {
		t.Errorf("schema after opening again (-before +after):\n%s", diff)
	}
	if got, err := again.Meta("instance"); got != instance || err != nil {
		t.Errorf("instance %q, %v; want %q", got, err, instance)
	}
	if _, err := again.User("id-anna"); err != nil {
		t.Error(err)
	}
}

func TestClosedDatabaseDenies(t *testing.T) {
	t.Parallel()
	db, err := Open(t.Context(), nowhere(t), secret.NewRing(), true)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	ran := false
	err = db.Tx(t.Context(), func(*Tx) error { ran = true; return nil })
	wantProblem(t, err, problem.Unavailable)
	if ran {
		t.Error("a function ran on a closed database")
	}
	wantProblem(t, db.Healthy(t.Context()), problem.Unavailable)
	_, _, ok, err := db.SessionByHash("x", start())
	wantProblem(t, err, problem.Unavailable)
	if ok {
		t.Error("a closed database knew a session")
	}
	_, err = db.Users(t.Context(), UserFilter{Limit: 1})
	wantProblem(t, err, problem.Unavailable)
	if err := db.Close(); err == nil {
		t.Error("closing twice said nothing")
	}
}

func TestCloseLeavesOneFileWithEverything(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "latchkey.db")
	ring := secret.NewRing()
	db, err := Open(t.Context(), path, ring, true)
	if err != nil {
		t.Fatal(err)
	}
	race(20, func(i int) {
		db.Tx(context.Background(), func(tx *Tx) error { return tx.SetMeta("x", "y") })
	})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() != "latchkey.db" }) {
		t.Errorf("files %v, %v; want the database alone", entries, err)
	}
	if db, err = Open(t.Context(), path, ring, false); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if value, err := db.Meta("x"); value != "y" || err != nil {
		t.Errorf("meta %q, %v", value, err)
	}
}

func TestMetaAndSettings(t *testing.T) {
	t.Parallel()
	db := open(t)
	if value, err := db.Meta("base_url"); value != "" || err != nil {
		t.Errorf("Meta of nothing = %q, %v", value, err)
	}
	for _, value := range []string{"one", "two"} {
		db.must(t, func(tx *Tx) error {
			if err := tx.SetMeta("base_url", value); err != nil {
				return err
			}
			return tx.SetSetting("instance_name", value)
		})
		if got, err := db.Meta("base_url"); got != value || err != nil {
			t.Errorf("Meta = %q, %v; want %q", got, err, value)
		}
		got, err := db.storedSettings()
		if diff := cmp.Diff(map[string]string{"instance_name": value}, got); diff != "" || err != nil {
			t.Errorf("Settings: %v\n%s", err, diff)
		}
	}
	err := db.Tx(t.Context(), func(tx *Tx) error { return tx.SetSetting("instance_name", strings.Repeat("x", 10001)) })
	wantProblem(t, err, problem.Unavailable)
}

// Settings that only another program can have written stop what asks for them; they are
// not taken for the defaults.
func TestSettings(t *testing.T) {
	t.Parallel()
	db := open(t)
	if got, err := db.Settings(); err != nil || got != auth.DefaultSettings() {
		t.Errorf("of a new database: %+v, %v", got, err)
	}
	db.must(t, func(tx *Tx) error { return tx.SetSetting("two_step", "everyone") })
	if got, err := db.Settings(); err != nil || got.TwoStep != auth.TwoStepEveryone {
		t.Errorf("two_step = %q, %v", got.TwoStep, err)
	}
	db.must(t, func(tx *Tx) error { return tx.SetSetting("two_step", "perhaps") })
	if got, err := db.Settings(); err == nil {
		t.Errorf("a setting that is none gave %+v", got)
	}
}
