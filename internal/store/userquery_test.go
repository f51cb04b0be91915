package store

import (
	"strings"
	"testing"
	"time"
)

func TestUsersSearch(t *testing.T) {
	t.Parallel()
	db := open(t)
	for name, shown := range map[string]string{
		"anna": "Anna Ångström", "ben": `Ben "The Bug" O'Neill`, "cleo": "100% Cleo_x", "dora": "Дора Петрова",
		"emil": "李小龍", "fritz": "Fritz*fritz AND anna", "gus": "Straße (NEAR) ^col:x",
	} {
		db.add(t, name, func(n *NewUser) { n.Name = shown })
	}
	for typed, want := range map[string]string{
		// any part of username, name or address, in any spelling of the same letters
		"nna": "anna fritz ", "ANNA": "anna fritz ", "  anna ": "anna fritz ", "anna@example": "anna ", "EXAMPLE.ORG": "anna ben cleo dora emil fritz gus ",
		"ångs": "anna ", "ÅNGSTRÖM": "anna ", "angstrom": "anna ", "дор": "dora ", "ПЕТР": "dora ", "李小龍": "emil ", "straße": "gus ", "STRASSE": "gus ", "xyz": "",
		// of one and two characters too
		"a": "anna ben cleo dora emil fritz gus ", "nn": "anna fritz ", "10": "cleo ", "李": "emil ", "小": "emil ", "小龍": "emil ", "龍": "emil ", "ДО": "dora ", "ва": "dora ",
		"zz": "", "z": "fritz ", "ss": "gus ", "ß": "gus ", "": "anna ben cleo dora emil fritz gus ",
		// every word, in any order
		"angstrom anna": "anna ", "anna xyz": "", "an na": "anna fritz ", "fritz and anna": "fritz ", "g c": "cleo gus ", "example f": "fritz ", "龍 em": "emil ",
		// what means something in SQL, in LIKE or in a full-text query means nothing here
		`"`: "ben ", `""`: "", `"""`: "", `"the bug"`: "ben ", `"The`: "ben ", `o'n`: "ben ", `'`: "ben ", `'''`: "", "%": "cleo ", "%%": "", "%%%": "", "100%": "cleo ", "00% c": "cleo ",
		"_": "cleo ", "___": "", "cleo_x": "cleo ", "cl_o": "", "*": "fritz ", "ann*": "", "z*f": "fritz ", "fritz or anna": "fritz ", "fritz AND": "fritz ", "anna OR ben": "", "NOT anna": "",
		"(near)": "gus ", "NEAR(": "gus ", "name:anna": "", "^anna": "", "^col:x": "gus ", "-anna": "", "+ann": "", "{}": "", "\\": "", "a\\b": "", "; DROP TABLE users": "",
		// what cannot be in a name
		"\x00": "", "ann\x00": "", "\x00\x00\x00": "", "anna\x00\"": "", "\xff\xfe\xfd": "", "ann\xff": "", "\U0010FFFF": "", "\U0010FFFF\U0010FFFF\U0010FFFF": "",
		strings.Repeat("anna", 1000): "",
	} {
		f := UserFilter{Text: typed, Sort: SortUsername, Limit: 100}
		got, err := db.Users(t.Context(), f)
		n, err2 := db.CountUsers(t.Context(), f)
		if names(got) != want || n != len(got) || firstOf(err, err2) != nil {
			t.Errorf("%q: %s(%d), %v, %v; want %s", typed, names(got), n, err, err2, want)
		}
	}
}

func TestUsersSearchFollowsEdits(t *testing.T) {
	t.Parallel()
	db := open(t)
	id := db.add(t, "anna")
	found := func(typed string) bool {
		t.Helper()
		got, err := db.Users(t.Context(), UserFilter{Text: typed, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		return len(got) == 1
	}
	db.must(t, func(tx *Tx) error {
		_, err := tx.EditUser(Edit{ID: id, Version: 1, Username: "bertha", Name: "Bertha B", Email: "b@other.example", EmailKey: "b@other.example"})
		return err
	})
	if found("anna") || !found("bertha") || !found("other.example") {
		t.Error("the index still holds what was there before, or not what is there now")
	}
	db.must(t, func(tx *Tx) error { _, err := tx.Delete(true, id, start()); return err })
	db.must(t, func(tx *Tx) error { _, err := tx.PurgeDeleted(start().Add(time.Hour)); return err })
	if n := db.number(t, either(`SELECT count(*) FROM users_search WHERE users_search MATCH 'bertha'`, `SELECT count(*) FROM users WHERE search_text LIKE '%bertha%'`)); n != 0 {
		t.Error("the index still holds a user who was purged")
	}
	db.sql(t, sqliteOnly(`INSERT INTO users_search (users_search, rank) VALUES ('integrity-check', 1)`))
}

func TestCountUsersStopsCounting(t *testing.T) {
	t.Parallel()
	db := open(t)
	db.sql(t, `WITH RECURSIVE n (i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i <= $1)
		INSERT INTO users (id, username, name, sort_key, email, role, created_at)
		SELECT 'id' || i, 'user' || i, '', 'user' || i, '', 'user', i FROM n`, CountMax+10)
	if n, err := db.CountUsers(t.Context(), UserFilter{}); n != CountMax+1 || err != nil {
		t.Errorf("counted %d, %v; want %d", n, err, CountMax+1)
	}
}

// TestListsUseTheirIndexes: no list of a million users may sort or scan them all.
func TestListsUseTheirIndexes(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	db := open(t)
	crowd(t, db, 5)
	for sort, index := range map[Sort]string{
		SortName: "users_by_name (list_class=? AND sort_key>?)", SortUsername: "users_by_username (list_class=? AND username>?)",
		SortCreated: "users_by_created (list_class=? AND created_at>?)", SortLastSignIn: "users_by_last_sign_in (list_class=? AND last_sign_in_at>?)",
		SortRole: "users_by_name (list_class=? AND sort_key>?)", SortTwoStep: "users_by_name (list_class=? AND sort_key>?)", SortStatus: "users_by_name (list_class=? AND sort_key>?)",
	} {
		f := UserFilter{Sort: sort, Now: start()}
		text, args := f.ordered(f.order(), &cursor{key: "x", num: 1}, 10, "").statement()
		text = db.plan(t, text, args...)
		// Those who are locked are few, and are sorted; so are the pages of several ranks,
		// and what becomes of them.
		sorts := strings.Count(text, "TEMP B-TREE") - strings.Count(text, "USING INDEX users_locked")
		if f.order().column == "sort_key" && sort != SortName {
			sorts -= strings.Count(text, "SCAN r;") + 1
		}
		if sorts > 0 || strings.Contains(text, "SCAN u") || !strings.Contains(text, index) {
			t.Errorf("%s: %d sorts: %s", sort, sorts, text)
		}
		// Who is walked past by the thousand is not looked up.
		l := f.listing(f.order(), f.classNumbers())
		for _, rank := range []int{rankActive, rankInvited, rankDisabled} {
			run := l.run(rank, &cursor{rank: rank, key: "x", num: 1}, 10)
			if run.none() {
				continue
			}
			text, args = run.statement()
			if plan := db.plan(t, text, args...); strings.Contains(plan, "TEMP B-TREE") || strings.Count(plan, "SEARCH u ") != strings.Count(plan, "SEARCH u USING COVERING INDEX")+strings.Count(plan, "(username=?)") {
				t.Errorf("%s, rank %d: %s", sort, rank, plan)
			}
		}
	}
}

// TestWalkedTextsFallBack: a text that nobody among the next users of the list has is
// found all the same, in the same order.
func TestWalkedTextsFallBack(t *testing.T) {
	t.Parallel()
	db := open(t)
	db.sql(t, `WITH RECURSIVE n (i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $1)
		INSERT INTO users (id, username, name, sort_key, search_text, email, role, created_at)
		SELECT 'id' || i, 'user' || i, '', key, key, '', 'user', i FROM (SELECT i, CASE WHEN i > $2 THEN 'zoe ' || i ELSE 'anna ' || i END AS key FROM n) t`, usual.rows+usual.texts+20, usual.rows+5)
	list, err := db.ListUsers(t.Context(), UserFilter{Text: "zoe", Limit: 3})
	if err != nil || names(list.Users) != "user10000 user10001 user10002 " || !list.Over || list.Total != CountMax {
		t.Errorf("%s, %d over %v, %v", names(list.Users), list.Total, list.Over, err)
	}
}
