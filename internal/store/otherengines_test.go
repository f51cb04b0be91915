package store

import (
	"regexp"
	"testing"
)

// lacking is what databases that speak PostgreSQL's protocol, CockroachDB and YugabyteDB among them, lack or
// take for something else. Their documentation says so; none of them can be tried here.
var lacking = map[string]*regexp.Regexp{
	"advisory locks":                    regexp.MustCompile(`(?i)pg_(?:try_)?advisory`),
	"LISTEN and NOTIFY":                 regexp.MustCompile(`(?i)^\s*(?:LISTEN|NOTIFY|UNLISTEN)\s|pg_notify`),
	"deferred constraints":              regexp.MustCompile(`(?i)\bDEFERRABLE\b|\bINITIALLY\s+DEFERRED\b|\bSET\s+CONSTRAINTS\b`),
	"locks of tables":                   regexp.MustCompile(`(?i)\bLOCK\s+TABLE\b|^\s*LOCK\s`),
	"numbers in the order of a SERIAL":  regexp.MustCompile(`(?i)\b(?:SMALL|BIG)?SERIAL\b|\bnextval\(|\bcurrval\(|\blastval\(`),
	"stored generated columns":          regexp.MustCompile(`(?i)\bGENERATED\s+ALWAYS\s+AS\s*\(`),
	"GIN indexes of several columns":    regexp.MustCompile(`(?i)\bUSING\s+gin\s*\((?:[^(),]|\([^()]*\))+,`),
	"row numbers of the server's own":   regexp.MustCompile(`(?i)\bctid\b|\bxmin\b|\btxid_current|pg_current_xact`),
	"temporary tables, unlogged tables": regexp.MustCompile(`(?i)\bTEMP(?:ORARY)?\s+TABLE\b|\bUNLOGGED\b`),
	"locks of rows that others share":   regexp.MustCompile(`(?i)\bFOR\s+(?:SHARE|KEY\s+SHARE|NO\s+KEY\s+UPDATE)\b`),
}

// TestSQL_OtherEnginesCanRunIt reads every string with SQL in it, and the migrations for PostgreSQL.
func TestSQL_OtherEnginesCanRunIt(t *testing.T) {
	t.Parallel()
	texts := map[string]string{}
	for place, text := range parseSources(t).texts() {
		texts[place] = text
	}
	statements := len(texts)
	for i, text := range migrationTexts(postgres) {
		texts["migration "+string(rune('a'+i))] = text
	}
	for place, text := range texts {
		for what, pattern := range lacking {
			if found := pattern.FindString(text); found != "" {
				t.Errorf("%s: %q is one of the %s, which other databases lack", place, found, what)
			}
		}
	}
	if statements < 500 || len(texts)-statements < 5 {
		t.Errorf("%d strings and %d migrations: this test looked past them", statements, len(texts)-statements)
	}
}

// TestSQL_LackingIsFound: each of the patterns finds what it is about.
func TestSQL_LackingIsFound(t *testing.T) {
	t.Parallel()
	for what, text := range map[string]string{
		"advisory locks": `SELECT pg_advisory_xact_lock(1)`, "LISTEN and NOTIFY": `NOTIFY changed`, "deferred constraints": `REFERENCES users (id) DEFERRABLE`,
		"locks of tables": `LOCK TABLE users IN SHARE MODE`, "numbers in the order of a SERIAL": `id BIGSERIAL PRIMARY KEY`, "stored generated columns": `x TEXT GENERATED ALWAYS AS (y) STORED`,
		"GIN indexes of several columns": `CREATE INDEX a ON users USING gin (text_grams(x), name)`, "row numbers of the server's own": `SELECT ctid FROM users`,
		"temporary tables, unlogged tables": `CREATE TEMP TABLE x (y TEXT)`, "locks of rows that others share": `SELECT id FROM users FOR SHARE`,
	} {
		if !lacking[what].MatchString(text) {
			t.Errorf("%s are not found in %s", what, text)
		}
	}
	if lacking["GIN indexes of several columns"].MatchString(`USING gin (text_grams(search_text))`) {
		t.Error("an index of one column is taken for one of several")
	}
}
