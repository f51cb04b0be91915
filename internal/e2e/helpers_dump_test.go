package e2e

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	_ "github.com/mattn/go-sqlite3"

	"latchkey/internal/apptest"
)

// dump is everything in the database, one line for each row.
func dump(t *testing.T, a *apptest.App) []string {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+a.DatabasePath()+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var lines []string
	for _, table := range column(t, db, "SELECT name FROM sqlite_schema WHERE type='table'") {
		rows := column(t, db, fmt.Sprintf("SELECT quote(json_array(%s)) FROM %q", quoted(column(t, db, fmt.Sprintf("SELECT name FROM pragma_table_info(%q)", table))), table))
		for _, row := range rows {
			lines = append(lines, table+" "+row)
		}
	}
	slices.Sort(lines)
	return lines
}

// quoted makes a list of columns in which no value is a blob.
func quoted(columns []string) string {
	for i, name := range columns {
		columns[i] = fmt.Sprintf("quote(%q)", name)
	}
	return strings.Join(columns, ", ")
}

func column(t *testing.T, db *sql.DB, query string) (all []string) {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	return all
}
