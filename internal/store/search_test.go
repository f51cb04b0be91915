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
		// three characters and more: any part of user name, name or address
		"nna": "anna fritz ", "ANNA": "anna fritz ", "  anna ": "anna fritz ", "anna@example": "anna ", "EXAMPLE.ORG": "anna ben cleo dora emil fritz gus ",
		"ångs": "anna ", "ÅNGSTRÖM": "anna ", "angstrom": "", "дор": "dora ", "ПЕТР": "dora ", "李小龍": "emil ", "straße": "gus ", "xyz": "",
		// two and fewer: how a user name or name begins
		"a": "anna ", "an": "anna ", "b": "ben ", "nn": "", "10": "cleo ", "李": "emil ", "小": "", "ДО": "dora ", "f": "fritz ", "st": "gus ", "": "anna ben cleo dora emil fritz gus ",
		// what means something in SQL, in LIKE or in a full-text query means nothing here
		`"`: "", `""`: "", `"""`: "", `"the bug"`: "ben ", `"The`: "ben ", `o'n`: "ben ", `'`: "", `'''`: "", "%": "", "%%": "", "%%%": "", "100%": "cleo ", "00% c": "cleo ",
		"_": "", "___": "", "cleo_x": "cleo ", "cl_o": "", "*": "", "ann*": "", "z*f": "fritz ", "fritz and anna": "fritz ", "fritz or anna": "", "fritz AND": "fritz ", "anna OR ben": "", "NOT anna": "",
		"(near)": "gus ", "NEAR(": "", "name:anna": "", "^anna": "", "^col:x": "gus ", "-anna": "", "+ann": "", "an na": "", "{}": "", "\\": "", "a\\b": "", "; DROP TABLE users": "",
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
	if n := db.number(t, `SELECT count(*) FROM users_search WHERE users_search MATCH 'bertha'`); n != 0 {
		t.Error("the index still holds a user who was purged")
	}
	db.sql(t, `INSERT INTO users_search (users_search, rank) VALUES ('integrity-check', 1)`)
}

func TestCountUsersStopsCounting(t *testing.T) {
	t.Parallel()
	db := open(t)
	db.sql(t, `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i <= $1)
		INSERT INTO users (id, username, name, sort_key, email, role, created_at)
		SELECT 'id' || i, 'user' || i, '', 'user' || i, '', 'user', i FROM n`, CountMax+10)
	if n, err := db.CountUsers(t.Context(), UserFilter{}); n != CountMax+1 || err != nil {
		t.Errorf("counted %d, %v; want %d", n, err, CountMax+1)
	}
}

// TestListsUseTheirIndexes: no list of a million users may sort or scan them all.
func TestListsUseTheirIndexes(t *testing.T) {
	t.Parallel()
	db := open(t)
	crowd(t, db, 5)
	for sort, column := range sortColumns {
		s := UserFilter{Sort: sort}.selection(false)
		s.beginAfter("x", 1)
		text, args := s.page(10)
		rows, err := db.q.query(t.Context(), `EXPLAIN QUERY PLAN `+text, args...)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := collect(rows, func(row scanner) (detail string, err error) {
			var id, parent, unused int
			return detail, row.Scan(&id, &parent, &unused, &detail)
		})
		text = strings.Join(plan, "; ")
		want := "USING COVERING INDEX users_by_" + string(sort) + " (list_class=? AND " + column + ">?)"
		if err != nil || strings.Contains(text, "TEMP B-TREE") || strings.Contains(text, "SCAN u") || !strings.Contains(text, want) {
			t.Errorf("%s: %s, %v", sort, text, err)
		}
	}
}

// TestWalkedTextsFallBack: a text that nobody among the next users of the list has is
// found all the same, in the same order.
func TestWalkedTextsFallBack(t *testing.T) {
	t.Parallel()
	db := open(t)
	db.sql(t, `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
		INSERT INTO users (id, username, name, sort_key, email, role, created_at)
		SELECT 'id' || i, 'user' || i, '', CASE WHEN i > $2 THEN 'zoe ' || i ELSE 'anna ' || i END, '', 'user', i FROM n`, walked+atOnce+20, walked+5)
	list, err := db.ListUsers(t.Context(), UserFilter{Text: "zoe", Limit: 3})
	if err != nil || names(list.Users) != "user10000 user10001 user10002 " || !list.Over || list.Total != CountMax {
		t.Errorf("%s, %d over %v, %v", names(list.Users), list.Total, list.Over, err)
	}
}
