package keys_test

import (
	"context"
	"database/sql"
	"log/slog"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	_ "github.com/mattn/go-sqlite3"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/instance"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

// process is another process on the folder of a program that runs, with a ring of its own.
func process(t *testing.T, a *apptest.App) *instance.Instance {
	t.Helper()
	ring, err := secret.LoadRing(filepath.Join(a.Folder, "latchkey.key"))
	must(t, err)
	db, err := store.Open(context.Background(), a.DatabasePath(), ring, false)
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	i, err := instance.New(instance.Config{DB: db, Ring: ring, Folder: a.Folder, Log: slog.New(slog.DiscardHandler), URL: a.Site.URL, Now: a.Clock.Now})
	must(t, err)
	return i
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// entry is what is done by a command.
func entry(a *apptest.App) audit.Entry {
	return audit.Entry{At: a.Clock.Now(), ActorName: "cli:test"}
}

// sealedText is how sealed texts begin: their version and the id of their key.
var sealedText = regexp.MustCompile(`^1\.([0-9a-v]{8})\.[\w-]{40,}$`)

// sealedUnder finds every sealed text in the database, wherever it stands, and counts them by
// "table.column" and by the id of their key.
func sealedUnder(t *testing.T, a *apptest.App) (columns map[string]int, under map[string]int) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+a.DatabasePath()+"?mode=ro")
	must(t, err)
	defer db.Close()
	columns, under = map[string]int{}, map[string]int{}
	for _, table := range texts(t, db, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'users_search%' AND name NOT LIKE 'users_grams%'`) {
		for _, column := range texts(t, db, `SELECT name FROM pragma_table_info('`+table+`')`) {
			for _, text := range texts(t, db, `SELECT CAST("`+column+`" AS TEXT) FROM "`+table+`" WHERE "`+column+`" IS NOT NULL`) {
				if m := sealedText.FindStringSubmatch(text); m != nil {
					columns[table+"."+column]++
					under[m[1]]++
				}
			}
		}
	}
	return columns, under
}

func texts(t *testing.T, db *sql.DB, query string) (all []string) {
	t.Helper()
	rows, err := db.Query(query)
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var text string
		must(t, rows.Scan(&text))
		all = append(all, text)
	}
	must(t, rows.Err())
	return all
}

// verified reports whether the audit log is whole.
func verified(t *testing.T, a *apptest.App) {
	t.Helper()
	if _, _, err := a.DB.VerifyAudit(context.Background(), a.Ring, ""); err != nil {
		t.Errorf("the audit log: %v", err)
	}
}

// events are the sentences of the newest rows with this event.
func events(t *testing.T, a *apptest.App, event audit.Event) string {
	t.Helper()
	rows, err := a.DB.AuditEntries(context.Background(), store.AuditFilter{Event: event, Limit: 10})
	must(t, err)
	var all []string
	for _, e := range rows {
		all = append(all, e.ActorName+": "+audit.Sentence(e))
	}
	return strings.Join(all, "; ")
}
