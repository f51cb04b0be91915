package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/user"
)

// TestPostgresFindsTheSameTexts asks both databases for the same words: in each an index
// of text finds who has them, whatever the words mean to LIKE or to a full-text query.
func TestPostgresFindsTheSameTexts(t *testing.T) {
	t.Parallel()
	s, db := postgresOrSkip(t), open(t)
	tx, err := s.schema.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	for name, shown := range map[string]string{
		"anna": "Anna Ångström", "ben": `Ben "The Bug" O'Neill`, "cleo": "100% Cleo_x", "dora": "Дора Петрова", "emil": "李小龍", "gus": `Straße (NEAR) ^col:x \ *`,
	} {
		db.add(t, name, func(n *NewUser) { n.Name = shown })
		n := person(name)
		_, err := tx.ExecContext(t.Context(), `INSERT INTO users (id, username, name, sort_key, search_text, email, role, created_at) VALUES ($1, $2, $3, $2, $4, $5, 'user', 1)`,
			n.ID, name, shown, user.SearchText(name, shown, n.Email), n.Email)
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := tx.ExecContext(t.Context(), `SET LOCAL enable_seqscan = off`); err != nil { // of six rows no index is needed
		t.Fatal(err)
	}
	postgres := func(ctx context.Context, text string, args ...any) (rows, error) {
		return tx.QueryContext(ctx, postgres.text(text), args...)
	}
	read := func(query func(context.Context, string, ...any) (rows, error), text string, args []any) []string {
		rows, err := query(t.Context(), text, args...)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		all, err := collect(rows, func(row scanner) (one string, err error) { return one, row.Scan(&one) })
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	found := 0
	for _, typed := range []string{
		"nna", "ANNA", "ångs", "дор", "李小龍", "strasse", "example ben", `the "bug"`, "o'n", "100%", "%", "_", "cleo_x", `"`, `""`, `\`, `\\`, "a", "nn", "李", "小", "ss", "an na", "zz", "*", "ann*",
	} {
		for _, p := range (UserFilter{Text: typed}).textParts() {
			text, args := sqlText(`SELECT u.username FROM ` + p.from + ` WHERE `).then(p.find).add(` ORDER BY u.username`).statement()
			want, is := read(db.q.query, text, args), read(postgres, text, args)
			if diff := cmp.Diff(want, is); diff != "" {
				t.Errorf("%q (-SQLite +PostgreSQL):\n%s", typed, diff)
			}
			if plan := strings.Join(read(postgres, explain+text, args), "\n"); !strings.Contains(plan, "on "+p.count) {
				t.Errorf("%q is not looked for in %s:\n%s", typed, p.count, plan)
			}
			text, args = sqlText(`SELECT CAST(count(*) AS TEXT) FROM (`).then(p.many).add(`) c`).statement()
			many := slices.Concat(read(db.q.query, text, args), read(postgres, text, args))
			if n := fmt.Sprint(len(is)); !slices.Equal(many, []string{n, n}) {
				t.Errorf("%q: where many are awaited SQLite and PostgreSQL find %q, want %s", typed, many, n)
			}
			found += len(is)
		}
	}
	if names := slices.Sorted(slices.Values(read(postgres, `SELECT username FROM users WHERE list_class = 4`, nil))); found < 20 || len(names) != 6 {
		t.Errorf("found %d words; of the class of six without a password are %q", found, names)
	}
}
