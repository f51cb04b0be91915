package attack

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"latchkey/internal/apptest"
)

// breakTable makes one kind of statement on one table fail until the returned
// function is called, as a bad disk would.
func breakTable(t *testing.T, a *apptest.App, table, kind string) (repair func()) {
	t.Helper()
	db, name := open(t, a), strings.ToLower("broken_"+table+"_"+kind)
	exec := func(text string) {
		t.Helper()
		if _, err := db.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	exec(fmt.Sprintf(`CREATE TRIGGER %s BEFORE %s ON %s BEGIN SELECT RAISE(ABORT, 'broken disk'); END`, name, kind, table))
	return func() { t.Helper(); exec(`DROP TRIGGER ` + name) }
}

// breakCommit lets every statement succeed and the COMMIT fail after a write to
// one table, as a full disk does.
func breakCommit(t *testing.T, a *apptest.App, table string) (repair func()) {
	t.Helper()
	db := open(t, a)
	exec := func(text string) {
		t.Helper()
		if _, err := db.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	exec(`CREATE TABLE IF NOT EXISTS full_parent (id INTEGER PRIMARY KEY)`)
	exec(`CREATE TABLE IF NOT EXISTS full_disk (id INTEGER REFERENCES full_parent (id) DEFERRABLE INITIALLY DEFERRED)`)
	for _, kind := range []string{"INSERT", "UPDATE"} {
		exec(fmt.Sprintf(`CREATE TRIGGER full_%s_%s AFTER %s ON %s BEGIN INSERT INTO full_disk VALUES (1); END`, table, kind, kind, table))
	}
	return func() {
		t.Helper()
		exec(`DROP TRIGGER full_` + table + `_INSERT`)
		exec(`DROP TRIGGER full_` + table + `_UPDATE`)
	}
}

// denied wants a refusal that says when to come back and gives nothing away.
func denied(t *testing.T, what string, p *apptest.Page) {
	t.Helper()
	if p.Status != http.StatusServiceUnavailable || p.Header.Get("Retry-After") == "" || len(p.Header.Values("Set-Cookie")) > 0 {
		t.Errorf("%s: %d, Retry-After %q, cookies %q", what, p.Status, p.Header.Get("Retry-After"), p.Header.Values("Set-Cookie"))
	}
	if strings.Contains(p.Body, "broken disk") || strings.Contains(p.Body, "SQL") || strings.Contains(p.Body, "constraint") {
		t.Errorf("%s: the page tells what broke", what)
	}
}
