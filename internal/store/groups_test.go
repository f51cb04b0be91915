package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/problem"
	"latchkey/internal/user"
)

// addGroup adds a group with members.
func (db testDB) addGroup(t testing.TB, name, label string, userIDs ...string) {
	t.Helper()
	db.must(t, func(tx *Tx) error {
		if added, err := tx.AddGroup(Group{Name: name, Label: label, Created: start()}); err != nil || !added {
			return fmt.Errorf("adding %s: %v, %v", name, added, err)
		}
		for _, id := range userIDs {
			if done, err := tx.AddMember(name, id, "ada", start()); err != nil || !done {
				return fmt.Errorf("putting %s into %s: %v, %v", id, name, done, err)
			}
		}
		return nil
	})
}

func (db testDB) group(t testing.TB, name string) Group {
	t.Helper()
	g, err := db.Group(name)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestGroups_TheSecondCallerLoses(t *testing.T) {
	t.Parallel()
	db := open(t)
	id := db.add(t, "grace")
	db.addGroup(t, "support", "Support")
	did := func(want bool, do func(tx *Tx) (bool, error)) {
		t.Helper()
		db.must(t, func(tx *Tx) error {
			if done, err := do(tx); err != nil || done != want {
				return fmt.Errorf("%v, %v, want %v", done, err, want)
			}
			return nil
		})
	}
	did(false, func(tx *Tx) (bool, error) { return tx.AddGroup(Group{Name: "support", Created: start()}) })
	edit := func(tx *Tx) (bool, error) {
		return tx.EditGroup(Group{Name: "support", Label: "Help desk", Version: 1}, start())
	}
	did(true, edit)
	did(false, edit)
	join := func(tx *Tx) (bool, error) { return tx.AddMember("support", id, "ada", start()) }
	did(true, join)
	did(false, join)
	if g := db.group(t, "support"); g.Members != 1 || g.Label != "Help desk" || g.Version != 2 {
		t.Errorf("%+v", g)
	}
	leave := func(tx *Tx) (bool, error) { return tx.DropMember("support", id) }
	did(true, leave)
	did(false, leave)
	did(false, func(tx *Tx) (bool, error) { return tx.DropGroup("support", 1) })
	did(true, func(tx *Tx) (bool, error) { return tx.DropGroup("support", 2) })
	if _, err := db.Group("support"); !problem.Is(err, problem.NotFound) {
		t.Error(err)
	}
	did(false, join)
}

// TestGroups_MembersAreCounted: who is in the recycle bin is none, and comes back with the
// user.
func TestGroups_MembersAreCounted(t *testing.T) {
	t.Parallel()
	db := open(t)
	ada, grace := db.add(t, "ada"), db.add(t, "grace")
	db.addGroup(t, "support", "", ada, grace)
	db.addGroup(t, "on-call", "", grace)
	members := func(want ...int) {
		t.Helper()
		if got := []int{db.group(t, "support").Members, db.group(t, "on-call").Members}; !slices.Equal(got, want) {
			t.Errorf("%d members, want %d", got, want)
		}
	}
	members(2, 1)
	db.must(t, func(tx *Tx) error { _, err := tx.Delete(false, grace, start()); return err })
	members(1, 0)
	db.must(t, func(tx *Tx) error {
		if done, err := tx.AddMember("on-call", grace, "", start()); err != nil || done {
			return fmt.Errorf("somebody in the recycle bin was added: %v, %v", done, err)
		}
		return nil
	})
	db.must(t, func(tx *Tx) error { _, err := tx.Restore(grace); return err })
	members(2, 1)
	db.must(t, func(tx *Tx) error { _, err := tx.Delete(false, grace, start()); return err })
	db.must(t, func(tx *Tx) error { _, err := tx.PurgeDeleted(start().Add(time.Hour)); return err })
	members(1, 0)
	db.must(t, func(tx *Tx) error { _, err := tx.DropGroup("support", 1); return err })
	if all, err := db.GroupsOf(ada); err != nil || len(all) != 0 {
		t.Errorf("%v, %v", all, err)
	}
}

func TestGroups_OneUserIsInABoundedNumber(t *testing.T) {
	t.Parallel()
	db := open(t)
	id := db.add(t, "grace")
	for i := range MaxGroupsOf {
		db.addGroup(t, fmt.Sprint("g", i), "", id)
	}
	db.addGroup(t, "more", "")
	db.must(t, func(tx *Tx) error {
		if done, err := tx.AddMember("more", id, "", start()); err != nil || done {
			return fmt.Errorf("%v, %v", done, err)
		}
		full, err := tx.FullOfGroups(id)
		if err == nil && !full {
			err = fmt.Errorf("full: %v", full)
		}
		return err
	})
	all, err := db.GroupsOfAll(t.Context(), []string{id, "nobody"})
	if err != nil || len(all[id]) != MaxGroupsOf || all[id][0].By != "ada" {
		t.Errorf("%d groups, %v", len(all[id]), err)
	}
}

// TestGroups_Pages goes through the list forwards and backwards in each order.
func TestGroups_Pages(t *testing.T) {
	t.Parallel()
	db := open(t)
	ada, grace := db.add(t, "ada"), db.add(t, "grace")
	db.addGroup(t, "zebra", "Animals", ada)
	db.addGroup(t, "beta", "")
	db.addGroup(t, "alpha", "", ada, grace)
	db.addGroup(t, "b2", "Beta")
	for sort, want := range map[GroupSort]string{GroupsByName: "alpha zebra b2 beta", GroupsByMembers: "b2 beta zebra alpha", GroupsByAdded: "alpha b2 beta zebra"} {
		for _, down := range []bool{false, true} {
			order := strings.Fields(want)
			if down {
				slices.Reverse(order)
			}
			var seen []string
			f := GroupFilter{Sort: sort, Down: down, Limit: 1}
			for range order {
				page, err := db.Groups(t.Context(), f)
				if err != nil || len(page) != 1 {
					t.Fatalf("%+v: %v, %v", f, page, err)
				}
				seen, f.After = append(seen, page[0].Name), page[0].Name
			}
			f.After, f.Before, f.Limit = "", order[3], 2
			back, err := db.Groups(t.Context(), f)
			if err != nil || !slices.Equal(seen, order) || len(back) != 2 || back[0].Name != order[1] || back[1].Name != order[2] {
				t.Errorf("%s, down %v: %v and back %v, %v, want %v", sort, down, seen, back, err, order)
			}
		}
	}
	for text, want := range map[string]int{"": 4, "BETA": 2, "animals zeb": 1, "%": 0, "b2": 1} {
		if n, err := db.CountGroups(t.Context(), GroupFilter{Text: text}); err != nil || n != want {
			t.Errorf("%q: %d, %v, want %d", text, n, err, want)
		}
	}
	if page, err := db.Groups(t.Context(), GroupFilter{After: "gone", Limit: 9}); err != nil || len(page) != 4 {
		t.Errorf("behind a group that is gone: %v, %v", page, err)
	}
}

// TestGroups_UsersAreFoundByThem: the filter finds the same people whatever stands beside it.
func TestGroups_UsersAreFoundByThem(t *testing.T) {
	t.Parallel()
	db := open(t)
	var in []string
	for i := range 30 {
		if id := db.add(t, fmt.Sprintf("user%02d", i)); i%3 == 0 {
			in = append(in, id)
		}
	}
	db.addGroup(t, "support", "", in...)
	db.must(t, func(tx *Tx) error { _, err := tx.Delete(false, in[0], start()); return err })
	for _, c := range []struct {
		f    UserFilter
		want int
	}{
		{UserFilter{}, 9}, {UserFilter{Status: StatusDeleted}, 1}, {UserFilter{Text: "user0"}, 3}, {UserFilter{NoAddress: true}, 0},
		{UserFilter{Role: user.RoleAdmin}, 0}, {UserFilter{Sort: SortLastSignIn, Down: true}, 9}, {UserFilter{Sort: SortStatus}, 9},
	} {
		c.f.Group, c.f.Limit, c.f.Now = "support", 4, start()
		l, err := db.ListUsers(t.Context(), c.f)
		if err != nil || l.Total != c.want || len(l.Users) != min(c.want, 4) {
			t.Errorf("%+v: %d of %d, %v, want %d", c.f, len(l.Users), l.Total, err, c.want)
		}
		read, err := ReadFilter(c.f.Stored())
		if err != nil || read.Group != "support" || !strings.Contains(c.f.Query(), "group=support") {
			t.Errorf("stored: %+v, %v", read, err)
		}
	}
	if n, err := db.CountUsers(t.Context(), UserFilter{Group: "none", Now: start()}); err != nil || n != 0 {
		t.Errorf("%d in no group, %v", n, err)
	}
}

// TestGroups_ListsReadIndexes: what a page costs depends on the page and the group, and on
// nobody else.
func TestGroups_ListsReadIndexes(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	db := open(t)
	f := UserFilter{Group: "g", Now: start()}
	s := someOf(f)
	count, _ := f.members().statement()
	members, memberArgs := inOneText(first(inGroup("g").nums, 25), "").statement()
	page, args := s.counted(f.order(), nil, 25).statement()
	walk, walkArgs := f.byNumber(0, 0, 25).statement()
	looked, lookedArgs := lookingAt([]int64{1}, s.rest).statement()
	groups, groupArgs, _ := GroupFilter{Sort: GroupsByMembers, After: "g", Limit: 25}.page()
	for _, c := range []struct {
		text, want string
		args       []any
	}{
		{count, "SEARCH g USING PRIMARY KEY (name=?)", []any{"g"}},
		{looked, "SEARCH gm EXISTS USING PRIMARY KEY (group_name=? AND user_num=?)", lookedArgs},
		{members, "SEARCH gm USING PRIMARY KEY (group_name=?)", memberArgs},
		{page, "users_narrow_name", args},
		{walk, "SEARCH gm USING PRIMARY KEY (group_name=? AND user_num>? AND user_num<?)", walkArgs},
		{groups, "user_groups_by_members", groupArgs},
	} {
		if plan := db.plan(t, c.text, c.args...); !strings.Contains(plan, c.want) || strings.Contains(plan, "SCAN u ") {
			t.Errorf("%s\n%s, want %s", c.text, plan, c.want)
		}
	}
}
