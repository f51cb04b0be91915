package store

import (
	"context"
	"database/sql/driver"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/mattn/go-sqlite3"
)

// TestNoStatementIsPlannedAgain runs every statement of the store twice, each time with other values, and holds that
// SQLite plans it once: it asks the authorizer while it does. A plain parameter behind LIMIT, or one that is compared
// with a column of a partial index, is looked at by the planner, and the statement planned anew for each value.
func TestNoStatementIsPlannedAgain(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	db := openDoor(t)
	conn := db.raw(t)
	execRaw(t, conn, "ANALYZE")
	texts := everyMethod(t)
	for _, text := range parseSources(t).constants() {
		texts = append(texts, text)
	}
	texts = append(texts, everyFilter()...)
	slices.Sort(texts)
	ran := 0
	err := conn.Raw(func(c any) error {
		driver := c.(*sqlite3.SQLiteConn)
		var planned atomic.Int64
		driver.RegisterAuthorizer(func(int, string, string, string) int { planned.Add(1); return sqlite3.SQLITE_OK })
		for _, text := range slices.Compact(texts) {
			again, ok := plannedAgain(driver, text, &planned)
			if again {
				t.Errorf("this is planned again when its parameters have other values:\n%s", sqlite.text(text))
			}
			if ok {
				ran++
			}
		}
		return nil
	})
	if err != nil || ran < 1200 {
		t.Errorf("only %d statements ran: this test looked past them; %v", ran, err)
	}
}

// plannedAgain runs a statement twice and undoes it; ok is false for one without parameters, and for a piece of one.
func plannedAgain(c *sqlite3.SQLiteConn, text string, planned *atomic.Int64) (again, ok bool) {
	if _, err := c.Exec("BEGIN", nil); err != nil {
		return false, false
	}
	defer c.Exec("ROLLBACK", nil)
	stmt, err := c.Prepare(sqlite.text(text))
	if err != nil {
		return false, false
	}
	defer stmt.Close()
	// One without values, a piece of one, and a PRAGMA that is read like a table, which plans itself each time.
	if stmt.NumInput() == 0 || strings.Contains(text, "?") || strings.Contains(text, "pragma_") {
		return false, false
	}
	run := func(value int64) {
		args := make([]driver.NamedValue, stmt.NumInput())
		for i := range args {
			args[i] = driver.NamedValue{Ordinal: i + 1, Value: value + int64(i)}
		}
		rows, err := stmt.(driver.StmtQueryContext).QueryContext(context.Background(), args) // one that writes runs as well
		if err != nil {
			return // what it writes is refused, after it was planned
		}
		for row := make([]driver.Value, len(rows.Columns())); rows.Next(row) == nil; {
		}
		rows.Close()
	}
	run(1)
	before := planned.Load()
	run(2)
	return planned.Load() != before, true
}
