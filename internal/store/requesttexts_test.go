package store

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// TestRequestTextsReadIndexes: of very many requests those only are read that are asked for.
func TestRequestTextsReadIndexes(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	db := open(t)
	now := ms(start())
	for _, c := range []struct {
		text  string
		args  []any
		index []string
	}{
		{requestTextColumns + requestTextPage, []any{now, now, "x", 5}, []string{"requests_by_made (made_at>? AND made_at<?)"}},
		{requestTextColumns + changedRequestText, []any{now}, []string{"requests_by_made (made_at>?)", "requests_by_decided (decided_at>?)", "requests_by_again (again_at>?)"}},
		{`SELECT count(*) FROM requests WHERE made_at >= $1`, []any{now}, []string{"COVERING INDEX requests_by_made (made_at>?)"}},
	} {
		plan := db.plan(t, c.text, c.args...)
		for _, index := range c.index {
			if !strings.Contains(plan, index) || strings.Contains(plan, "SCAN") || strings.Contains(plan, "TEMP") {
				t.Errorf("%s\n%s, want %s", c.text, plan, index)
			}
		}
	}
}

func TestNamesLike(t *testing.T) {
	t.Parallel()
	db := open(t)
	db.add(t, "grace", func(n *NewUser) { n.Name = "Grace Müller" })
	db.add(t, "bob", func(n *NewUser) { n.Name = "李小龍" })
	gone := db.add(t, "gone")
	db.must(t, func(tx *Tx) error { _, err := tx.Delete(true, gone, start()); return err })
	for text, want := range map[string]string{"GRACE": "grace", "muller": "Grace Müller", "müller": "Grace Müller", "小龍": "李小龍", "on": "gone", "nobody": "", "": "", `"`: "", "%": ""} {
		got, err := db.NamesLike(t.Context(), text, 10)
		if err != nil || (want == "") != (len(got) == 0) || want != "" && !slices.Contains(got, want) {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}

func TestRequestTexts(t *testing.T) {
	t.Parallel()
	db := open(t)
	ids := []string{db.add(t, "ann"), db.add(t, "ben"), db.add(t, "cleo")}
	for i, id := range ids {
		at := start().Add(time.Duration(i/2) * time.Hour) // two at the same time
		db.must(t, func(tx *Tx) error {
			_, err := tx.AddRequest(Request{ID: "q" + string(rune('0'+i)), UserID: id, Message: "text", Made: at, Opens: at, Ends: at})
			return err
		})
	}
	place, seen := Place{Made: start().Add(24 * time.Hour)}, ""
	for range 4 {
		page, err := db.RequestTexts(t.Context(), start(), place, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range page {
			seen += q.ID + " "
			place = Place{Made: q.Made, ID: q.ID}
		}
	}
	if seen != "q2 q1 q0 " {
		t.Errorf("read %s", seen)
	}
	later := start().Add(48 * time.Hour)
	db.must(t, func(tx *Tx) error { _, err := tx.AskAgain("q0", Request{Made: later, Message: "again"}); return err })
	db.must(t, func(tx *Tx) error {
		_, err := tx.Decide("q1", RequestRefused, Request{DecidedID: "a", DecidedName: "ada", Decided: later, Reason: "no"})
		return err
	})
	changed, err := db.ChangedRequestTexts(t.Context(), later)
	if err != nil || len(changed) != 2 {
		t.Fatalf("%+v, %v", changed, err)
	}
	for _, q := range changed {
		if q.ID == "q0" && (q.Again != "again" || q.DecidedID != "") || q.ID == "q1" && (q.Reason != "no" || q.DecidedID != "a" || !slices.Contains(q.Names, "ada")) || q.ID == "q2" {
			t.Errorf("%+v", q)
		}
	}
	if n, err := db.CountRequestsSince(start().Add(time.Hour)); err != nil || n != 1 {
		t.Errorf("%d, %v", n, err)
	}
}
