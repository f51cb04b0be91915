package attack

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/store/postgrestest"
)

// breakTable makes one kind of statement on one table fail until the returned
// function is called, as a bad disk would.
func breakTable(t *testing.T, a *apptest.App, table, kind string) (repair func()) {
	t.Helper()
	name := strings.ToLower("broken_" + table + "_" + kind)
	if postgrestest.Wanted() {
		return plant(t, a, "TRIGGER "+name+" BEFORE "+kind+" ON "+table+" FOR EACH ROW EXECUTE FUNCTION broken_disk()", "TRIGGER "+name+" ON "+table)
	}
	return plant(t, a, fmt.Sprintf(`TRIGGER %s BEFORE %s ON %s BEGIN SELECT RAISE(ABORT, 'broken disk'); END`, name, kind, table), "TRIGGER "+name)
}

// plant creates something in the program's database until the returned function is called.
func plant(t *testing.T, a *apptest.App, what, name string) (remove func()) {
	t.Helper()
	if postgrestest.Wanted() {
		change(t, a, `CREATE OR REPLACE FUNCTION broken_disk() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'broken disk'; END $$`)
	}
	change(t, a, `CREATE `+what)
	return func() { t.Helper(); change(t, a, `DROP `+name) }
}

// breakCommit lets every statement succeed and the COMMIT fail after a write to
// one table, as a full disk does.
func breakCommit(t *testing.T, a *apptest.App, table string) (repair func()) {
	t.Helper()
	if postgrestest.Wanted() {
		return plant(t, a, "CONSTRAINT TRIGGER full_disk AFTER INSERT OR UPDATE ON "+table+" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION broken_disk()", "TRIGGER full_disk ON "+table)
	}
	change(t, a, `CREATE TABLE IF NOT EXISTS full_parent (id INTEGER PRIMARY KEY)`)
	change(t, a, `CREATE TABLE IF NOT EXISTS full_disk (id INTEGER REFERENCES full_parent (id) DEFERRABLE INITIALLY DEFERRED)`)
	var repairs []func()
	for _, kind := range []string{"INSERT", "UPDATE"} {
		name := fmt.Sprintf(`TRIGGER full_%s_%s`, table, kind)
		repairs = append(repairs, plant(t, a, fmt.Sprintf(`%s AFTER %s ON %s BEGIN INSERT INTO full_disk VALUES (1); END`, name, kind, table), name))
	}
	return func() {
		t.Helper()
		for _, repair := range repairs {
			repair()
		}
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
