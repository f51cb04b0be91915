package store

import (
	"strings"
	"testing"
	"time"
)

// TestPostgresReadsAPageAlongTheOrder: the page of a list is read from the index of its order, however many users there
// are behind it.
func TestPostgresReadsAPageAlongTheOrder(t *testing.T) {
	t.Parallel()
	tx, err := postgresOrSkip(t).schema.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(t.Context(), `INSERT INTO users (id, username, name, sort_key, email, password_hash, role, created_at)
		SELECT 'id' || i, 'user' || i, 'User', 'user', '', 'x', 'user', i FROM generate_series(1, 5000) i; ANALYZE users`); err != nil {
		t.Fatal(err)
	}
	plan := func(f UserFilter, c *cursor) string {
		text, args := f.ordered(f.order(), c, 26, "").statement()
		found, err := tx.QueryContext(t.Context(), postgres.text(`EXPLAIN `+text), args...)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		lines, err := collect(found, func(row scanner) (line string, err error) { return line, row.Scan(&line) })
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(lines, "\n")
	}
	for _, sort := range []Sort{SortName, SortUsername, SortCreated, SortLastSignIn, SortRole, SortStatus, SortTwoStep} {
		for _, down := range []bool{false, true} {
			f := UserFilter{Sort: sort, Down: down, Now: time.Now()}
			var key any = "user"
			if sort == SortCreated || sort == SortLastSignIn {
				key = int64(2500)
			}
			for _, c := range []*cursor{nil, {key: key, num: 2500}} {
				if p := plan(f, c); strings.Contains(p, "Seq Scan") || !strings.Contains(p, "using users_by_") {
					t.Errorf("by %s, down %v, behind %v:\n%s", sort, down, c, p)
				}
			}
		}
	}
}
