package store

import (
	"database/sql"
	"go/ast"
	"go/token"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/migrations"
)

// idioms are what SQLite knows and PostgreSQL does not, or takes for something else.
var idioms = regexp.MustCompile(`(?i)\b(INDEXED BY|rowid|MATCH|CROSS JOIN|NOT INDEXED|WITHOUT ROWID|STRICT|json\w*\(|->>?|NOCASE|ILIKE|lower\(|upper\(|INSERT OR|REPLACE INTO|UPDATE OR|PRAGMA|VACUUM|strftime|unixepoch|datetime\(|GLOB|sqlite_\w+|fts5|instr\(|strpos\(|IS NOT DISTINCT|group_concat|AUTOINCREMENT|last_insert_rowid|total_changes|typeof\(|ifnull\(|random\(|now\(|LIMIT max\()`)

// scalarMax is max or min of several values, which PostgreSQL calls greatest and least;
// signs is a plus before a column.
var (
	scalarMax = regexp.MustCompile(`(?i)\b(?:max|min)\([^()]*(?:\([^()]*\)[^()]*)*,`)
	signs     = regexp.MustCompile(`(?:\b(?:AND|OR|WHERE)\s|\()\+[a-z]`)
)

// TestSQL_SharedTextHasNoIdioms reads every string outside the dialect that has SQL in it.
func TestSQL_SharedTextHasNoIdioms(t *testing.T) {
	t.Parallel()
	s := parseSources(t)
	flagged := flagCompared(t)
	found := 0
	for _, f := range s.files {
		if slices.Contains(ofOne, s.set.Position(f.Pos()).Filename) {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			literal, ok := n.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING || !sqlWords.MatchString(literal.Value) {
				return true
			}
			found++
			for _, idiom := range []*regexp.Regexp{idioms, scalarMax, signs, flagged} {
				if word := idiom.FindString(literal.Value); word != "" {
					t.Errorf("%s: %q is a word of one database; it belongs into dialect.go, or is said otherwise (ARCHITECTURE.md, SQL)", s.place(n), word)
				}
			}
			return true
		})
	}
	if found < 200 {
		t.Errorf("only %d strings with SQL found: this test looked past them", found)
	}
}

// flagCompared finds a flag, whose column is a BOOLEAN on PostgreSQL, beside a number.
func flagCompared(t *testing.T) *regexp.Regexp {
	t.Helper()
	text, err := fs.ReadFile(migrations.Postgres(), "0029_first.sql")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^\s+(\w+)\s+BOOLEAN`).FindAllStringSubmatch(string(text), -1) {
		names = append(names, m[1])
	}
	if len(names) < 8 {
		t.Fatalf("flags %q", names)
	}
	return regexp.MustCompile(`\b(?:` + strings.Join(names, "|") + `)\s*(?:=|<>|IS)\s*[01]\b`)
}

// TestMigrationsAreTwins: both databases have the same tables and columns, of the same
// kinds, at the same number.
func TestMigrationsAreTwins(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	s := postgresOrSkip(t)
	db := open(t)
	read := func(q *sql.DB, text string) (all []string) {
		rows, err := q.QueryContext(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		all, err = collect(rows, func(row scanner) (one string, err error) { return one, row.Scan(&one) })
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	lite := read(db.pool, `SELECT t.name || '.' || c.name || ' ' || CASE WHEN t.sql LIKE '%(' || c.name || ' IN (0, 1))%' THEN 'boolean' WHEN c.type = 'INTEGER' THEN 'bigint' ELSE lower(c.type) END
		|| CASE WHEN c."notnull" OR c.pk > 0 THEN ' not null' ELSE '' END
		FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND t.sql LIKE '%STRICT%' ORDER BY 1`)
	pg := read(s.schema, `SELECT table_name || '.' || column_name || ' ' || data_type || CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END COLLATE "C"
		FROM information_schema.columns WHERE table_schema = current_schema() AND table_name NOT LIKE 'goose%' ORDER BY 1`)
	if diff := cmp.Diff(lite, pg); diff != "" {
		t.Errorf("the columns (-SQLite +PostgreSQL):\n%s", diff)
	}
	last := func(q *sql.DB) string {
		return read(q, `SELECT CAST(max(version_id) AS TEXT) FROM goose_db_version`)[0]
	}
	if is, want := last(s.schema), last(db.pool); is != want {
		t.Errorf("PostgreSQL is at migration %s and SQLite at %s", is, want)
	}
}
