package apptest

import (
	"encoding/csv"
	"strings"
	"testing"

	"latchkey/internal/audit"
	"latchkey/internal/store"
)

// Newest is the newest row of the audit log.
func (a *App) Newest() audit.Entry {
	a.TB.Helper()
	all, err := a.DB.AuditEntries(a.TB.Context(), store.AuditFilter{Limit: 1})
	if err != nil || len(all) != 1 {
		a.TB.Fatal(all, err)
	}
	return all[0]
}

// Head is the number of that row.
func (a *App) Head() int64 {
	a.TB.Helper()
	seq, _, err := a.DB.AuditHead()
	a.must(err)
	return seq
}

// Details are the details of an audit row on one line: "name:before>after".
func Details(details []audit.Detail) string {
	all := make([]string, len(details))
	for i, d := range details {
		all[i] = d.Name + ":" + d.Before + ">" + d.After
	}
	return strings.Join(all, " ")
}

// Table reads a CSV file by the names of its columns.
func Table(t testing.TB, text string) (rows []map[string]string) {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
	if err != nil || len(all) == 0 {
		t.Fatalf("%d rows, %v", len(all), err)
	}
	for _, cells := range all[1:] {
		row := map[string]string{}
		for i, cell := range cells {
			row[all[0][i]] = cell
		}
		rows = append(rows, row)
	}
	return rows
}

// Column is one value of each row of a Table.
func Column(rows []map[string]string, name string) string {
	var all []string
	for _, r := range rows {
		all = append(all, r[name])
	}
	return strings.Join(all, " ")
}
