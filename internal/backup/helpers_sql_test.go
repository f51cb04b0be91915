package backup

import (
	"database/sql"
	"net/url"
	"testing"
)

// change runs SQL in a database as somebody who can write the file could.
func change(t *testing.T, path, text string) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+(&url.URL{Path: path}).EscapedPath()) // the driver of the store
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(text); err != nil {
		t.Fatal(err)
	}
}
