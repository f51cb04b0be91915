package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestApplications_Pages goes through the list forwards and backwards in each order.
func TestApplications_Pages(t *testing.T) {
	t.Parallel()
	db := open(t)
	db.addGroup(t, "support", "")
	for _, a := range []Application{{Slug: "zebra", Name: "Animals"}, {Slug: "beta", Name: "Notes", Groups: []string{"support"}}, {Slug: "alpha", Name: "Notes"}, {Slug: "b2", Name: "Beta", Disabled: true}} {
		db.addApplication(t, a)
	}
	for sort, want := range map[ApplicationSort]string{ApplicationsByName: "zebra b2 alpha beta", ApplicationsByAdded: "alpha b2 beta zebra"} {
		for _, down := range []bool{false, true} {
			order := strings.Fields(want)
			if down {
				slices.Reverse(order)
			}
			var seen []string
			f := ApplicationFilter{Sort: sort, Down: down, Limit: 1}
			for range order {
				page, err := db.Applications(t.Context(), f)
				if err != nil || len(page) != 1 {
					t.Fatalf("%+v: %v, %v", f, page, err)
				}
				seen, f.After = append(seen, page[0].Slug), page[0].Slug
			}
			f.After, f.Before, f.Limit = "", order[3], 2
			back, err := db.Applications(t.Context(), f)
			if err != nil || !slices.Equal(seen, order) || len(back) != 2 || back[0].Slug != order[1] || back[1].Slug != order[2] {
				t.Errorf("%s, down %v: %v and back %v, %v, want %v", sort, down, seen, back, err, order)
			}
		}
	}
	for f, want := range map[ApplicationFilter]int{{}: 4, {Text: "BETA"}: 2, {Text: "animals zeb"}: 1, {Text: "%"}: 0, {Group: "support"}: 1, {Group: "none"}: 0, {Enabled: true}: 3} {
		if n, err := db.CountApplications(t.Context(), f); err != nil || n != want {
			t.Errorf("%+v: %d, %v, want %d", f, n, err, want)
		}
	}
	if page, err := db.Applications(t.Context(), ApplicationFilter{After: "gone", Limit: 9}); err != nil || len(page) != 4 {
		t.Errorf("behind an application that is gone: %v, %v", page, err)
	}
}

// TestHasApplications_WithoutAsking: a menu knows at once of the first, and of the last.
func TestHasApplications_WithoutAsking(t *testing.T) {
	t.Parallel()
	db := open(t)
	now := func(want bool) {
		t.Helper()
		if db.HasApplications() != want {
			t.Errorf("has applications: %v", !want)
		}
	}
	now(false)
	db.addApplication(t, Application{Slug: "wiki", Name: "Wiki"})
	now(true)
	db.must(t, func(tx *Tx) error { _, err := tx.SetApplicationDisabled("wiki", true, 1, start()); return err })
	now(false)
	db.must(t, func(tx *Tx) error { _, err := tx.SetApplicationDisabled("wiki", false, 2, start()); return err })
	now(true)
	db.must(t, func(tx *Tx) error { _, err := tx.DropApplication("wiki", 3); return err })
	now(false)
}

// TestWho_OfGroupsAndEveryone: who may open what, and why, from both sides.
func TestWho_OfGroupsAndEveryone(t *testing.T) {
	t.Parallel()
	db := open(t)
	ada, grace, bin := db.add(t, "ada"), db.add(t, "grace"), db.add(t, "bin")
	db.addGroup(t, "engineering", "Engineers", ada, bin)
	db.addGroup(t, "support", "", ada, grace)
	db.addGroup(t, "empty", "")
	db.must(t, func(tx *Tx) error { _, err := tx.Delete(false, bin, start()); return err })
	for _, a := range []Application{
		{Slug: "both", Name: "Both", Groups: []string{"engineering", "support"}}, {Slug: "one", Name: "One", Groups: []string{"support"}}, {Slug: "all", Name: "All", Everyone: true},
		{Slug: "none", Name: "None"}, {Slug: "nobody", Name: "Nobody", Groups: []string{"empty"}}, {Slug: "shut", Name: "Shut", Everyone: true, Disabled: true},
	} {
		db.addApplication(t, a)
	}
	for slug, want := range map[string]string{"both": "ada grace ", "one": "ada grace ", "all": "ada grace ", "none": "", "nobody": ""} {
		a, err := db.Application(slug)
		if err != nil {
			t.Fatal(err)
		}
		users, err := db.Openers(t.Context(), a, UserFilter{Limit: 9, Now: start()})
		n, countErr := db.CountOpeners(t.Context(), a)
		if names(users) != want || n.N != len(users) || n.Over || err != nil || countErr != nil {
			t.Errorf("%s: %q, counted %+v, %v, %v; want %q", slug, names(users), n, err, countErr, want)
		}
	}
	for id, want := range map[string]string{ada: "all both one shut", grace: "all both one shut"} {
		all, err := db.Applications(t.Context(), ApplicationFilter{Opens: id, Limit: 9})
		var got []string
		for _, a := range all {
			got = append(got, a.Slug)
		}
		if strings.Join(got, " ") != want || err != nil {
			t.Errorf("%s may open %v, %v, want %s", id, got, err, want)
		}
	}
	// What lists say is what lets somebody in.
	for _, id := range []string{ada, grace} {
		mine, err := db.Applications(t.Context(), ApplicationFilter{Opens: id, Enabled: true, Limit: 9})
		if err != nil {
			t.Fatal(err)
		}
		for _, slug := range []string{"both", "one", "all", "none", "nobody", "shut"} {
			right, err := db.RightTo(slug, "", id)
			listed := slices.ContainsFunc(mine, func(a Application) bool { return a.Slug == slug })
			if err != nil || right.MayOpen() != listed {
				t.Errorf("%s and %s: let in %v, listed %v, %v", id, slug, right.MayOpen(), listed, err)
			}
		}
	}
	why, err := db.ReasonsOf(t.Context(), "both", []string{ada, grace, "nobody"})
	if err != nil || GroupNames(why[ada]) != "engineering,support" || GroupNames(why[grace]) != "support" || len(why) != 2 {
		t.Errorf("why: %v, %v", why, err)
	}
	of, err := db.ReasonsFor(t.Context(), ada, []string{"both", "one", "all"})
	if err != nil || GroupNames(of["both"]) != "engineering,support" || GroupNames(of["one"]) != "support" || len(of["all"]) != 0 {
		t.Errorf("why ada: %v, %v", of, err)
	}
	lists, err := db.ApplicationsOfGroups(t.Context(), []string{"support", "engineering", "empty"}, 1)
	want := map[string]ListedBy{
		"support": {[]NamedApplication{{"both", "Both", false}}, 2}, "engineering": {[]NamedApplication{{"both", "Both", false}}, 1}, "empty": {[]NamedApplication{{"nobody", "Nobody", false}}, 1},
	}
	if diff := cmp.Diff(want, lists); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if n, err := db.OnlyThrough(t.Context(), "support"); n != 1 || err != nil {
		t.Errorf("%d only through it, %v", n, err)
	}
}

// TestFD06_OpenNowIsWhatIsOpen: sessions that ended, people who lost access and applications that are
// disabled have nothing open, whatever row is left.
func TestFD06_OpenNowIsWhatIsOpen(t *testing.T) {
	t.Parallel()
	db := open(t)
	ada, grace := db.add(t, "ada"), db.add(t, "grace")
	db.addGroup(t, "support", "", ada, grace)
	db.addApplication(t, Application{Slug: "wiki", Name: "Wiki", Hosts: []string{"w.example"}, Groups: []string{"support"}})
	db.must(t, func(tx *Tx) error {
		for i, s := range []struct{ user, session string }{{ada, "a1"}, {ada, "a2"}, {grace, "g1"}} {
			if err := tx.AddSession(session(s.user, s.session)); err != nil {
				return err
			}
			for _, tab := range []string{"x", "y"} {
				if err := tx.AddOpened("", s.session+tab+"-hash", s.session+tab, "id-"+s.session, "wiki", "w.example", start().Add(time.Duration(i)*time.Minute)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	check := func(people int, want ...string) {
		t.Helper()
		all, err := db.OpenOf(t.Context(), "wiki", "", 9, start())
		n, countErr := db.CountOpenNow(t.Context(), "wiki", start())
		var got []string
		for _, o := range all {
			got = append(got, o.ID)
		}
		if !slices.Equal(got, want) || n.N != people || err != nil || countErr != nil {
			t.Errorf("open: %v of %d, %v, %v, want %v of %d", got, n.N, err, countErr, want, people)
		}
	}
	check(2, "g1y", "a2y", "a1y")
	if behind, err := db.OpenOf(t.Context(), "wiki", "g1y", 1, start()); err != nil || len(behind) != 1 || behind[0].ID != "a2y" {
		t.Errorf("behind the first: %+v, %v", behind, err)
	}
	if mine, err := db.OpenBy(t.Context(), ada, start()); err != nil || len(mine) != 2 || mine[0].Name != "Wiki" || mine[0].Host != "w.example" {
		t.Errorf("of ada: %+v, %v", mine, err)
	}
	db.must(t, func(tx *Tx) error {
		o, found, err := tx.EndOpen("wiki", "a2y")
		if err == nil && (!found || o.User.ID != ada || o.SessionID != "id-a2") {
			err = fmt.Errorf("ended %+v, %v", o, found)
		}
		if _, again, _ := tx.EndOpen("wiki", "a2y"); again {
			err = fmt.Errorf("ended twice")
		}
		return err
	})
	check(2, "g1y", "a1y")
	db.must(t, func(tx *Tx) error { _, err := tx.DropMember("support", grace); return err })
	check(1, "a1y")
	db.must(t, func(tx *Tx) error { _, err := tx.EndSession(ada, "id-a1"); return err })
	check(0)
}

// manyMembers adds n people, of whom every other one is in g0 and every third in g1, and an application for both.
func manyMembers(t *testing.T, db testDB, n int) Application {
	t.Helper()
	db.sql(t, `WITH RECURSIVE n (i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $1)
		INSERT INTO users (id, username, name, sort_key, search_text, email, role, created_at) SELECT 'id' || i, 'user' || i, '', 'user' || i, 'user' || i, '', 'user', i FROM n`, n)
	for i := range 2 {
		db.addGroup(t, fmt.Sprint("g", i), "")
		const slice = 1000 // PostgreSQL keeps each number of members that a transaction has written, and looks through them
		for first := 0; first < n; first += slice {
			db.sql(t, `INSERT INTO group_members (group_name, user_num, added_at) SELECT $1, num, 1 FROM users WHERE num % $2 = 0 AND num > $3 AND num <= $4`, fmt.Sprint("g", i), i+2, first, first+slice)
		}
	}
	a := Application{Slug: "wiki", Name: "Wiki", Groups: []string{"g0", "g1"}}
	db.addApplication(t, a)
	return a
}

// TestWho_CountsAreExactOrSayThatThereAreMore.
func TestWho_CountsAreExactOrSayThatThereAreMore(t *testing.T) {
	t.Parallel()
	db := open(t)
	a := manyMembers(t, db, 600)
	if n, err := db.CountOpeners(t.Context(), a); n != (People{N: 400}) || err != nil {
		t.Errorf("%+v, %v: people in both groups count once", n, err)
	}
	seen := 0
	for f := (UserFilter{Limit: 100, Now: start()}); ; {
		page, err := db.Openers(t.Context(), a, f)
		if err != nil {
			t.Fatal(err)
		}
		if seen += len(page); len(page) < 100 {
			break
		}
		f.After = page[len(page)-1].ID
	}
	if seen != 400 {
		t.Errorf("%d on the pages", seen)
	}
	big := open(t)
	a = manyMembers(t, big, 2*CountMax+10)
	if n, err := big.CountOpeners(t.Context(), a); n != (People{N: CountMax, Over: true}) || err != nil {
		t.Errorf("%+v, %v", n, err)
	}
	if page, err := big.Openers(t.Context(), a, UserFilter{Limit: 25, Now: start()}); err != nil || len(page) != 25 {
		t.Errorf("%d, %v", len(page), err)
	}
}

// TestWho_ReadsIndexes: what a page costs depends on the application and its groups, and on nobody else.
func TestWho_ReadsIndexes(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	db := open(t)
	f := UserFilter{Application: "a", Now: start()}
	s := someOf(f)
	openOf, openArgs := openNow(`a.id`, openedIn, start()).add(` AND a.slug = ? ORDER BY a.created_at DESC, a.id DESC LIMIT ?`, "a", 5).statement()
	openBy, byArgs := openNow(`a.id`, openedBy, start()).add(` AND s.user_id = ?`, "u").statement()
	for _, c := range []struct {
		clause clause
		want   string
	}{
		{openers("a").nums, "SEARCH gm USING PRIMARY KEY (group_name=?)"}, {countDistinct("a"), "SEARCH gm USING PRIMARY KEY (group_name=?)"},
		{lookingAt([]int64{1}, s.rest), "group_members_of_user"},
	} {
		text, args := c.clause.statement()
		if plan := db.plan(t, text, args...); !strings.Contains(plan, c.want) || strings.Contains(plan, "SCAN u ") {
			t.Errorf("%s\n%s, want %s", text, plan, c.want)
		}
	}
	if plan := db.plan(t, openOf, openArgs...); !strings.Contains(plan, "application_sessions_by_time (slug=?)") || strings.Contains(plan, "TEMP B-TREE") {
		t.Errorf("%s", plan)
	}
	if plan := db.plan(t, openBy, byArgs...); !strings.Contains(plan, "application_sessions_of (session_id=?)") || strings.Contains(plan, "SCAN s") {
		t.Errorf("%s", plan)
	}
	list, args, _ := ApplicationFilter{Opens: "u", Enabled: true, After: "x", Limit: 25}.page()
	if plan := db.plan(t, list, args...); !strings.Contains(plan, "applications_by_name") || !strings.Contains(plan, "SEARCH gm USING PRIMARY KEY (group_name=? AND user_num=?)") {
		t.Errorf("%s", plan)
	}
}
