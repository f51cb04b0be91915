package store

import (
	"fmt"
	"reflect"
	"testing"
	"time"
)

// TestGroupTitlesAreThoseOfTheGroups: what groups are called, in the order of the list of groups.
func TestGroupTitlesAreThoseOfTheGroups(t *testing.T) {
	t.Parallel()
	db := open(t)
	var ids []string
	for i := range 2*groupsAtOnce + 3 {
		ids = append(ids, db.add(t, fmt.Sprint("user-", i)))
	}
	db.addGroup(t, "a-group", "Zoo, and “more”", ids[0], ids[150])
	db.addGroup(t, "b-group", "", ids[0], ids[1], ids[202])
	db.addGroup(t, "c-group", "Åland", ids[0])
	got, err := db.GroupTitlesOfAll(t.Context(), append(ids, "nobody"))
	if err != nil {
		t.Fatal(err)
	}
	memberships, err := db.GroupsOfAll(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{}
	for id, all := range memberships {
		for _, m := range all {
			want[id] = append(want[id], m.Title())
		}
	}
	if !reflect.DeepEqual(got, want) || len(want) != 4 || len(want[ids[0]]) != 3 {
		t.Errorf("%v, want %v", got, want)
	}
	for most, n := range map[int]int{1: 1, 2: 2, 10: 3} {
		if got, err := db.GroupsUpTo(t.Context(), most); got != n || err != nil {
			t.Errorf("up to %d: %d, %v", most, got, err)
		}
	}
	if got, err := db.GroupTitlesOfAll(t.Context(), nil); len(got) != 0 || err != nil {
		t.Errorf("of nobody: %v, %v", got, err)
	}
}

// TestMembersAreFoundByWhatElseHoldsOfThem: however the members of a group are found who are of a class, or have a
// text, they are the ones of whom both hold.
func TestMembersAreFoundByWhatElseHoldsOfThem(t *testing.T) {
	t.Parallel()
	db := open(t)
	var members []string
	want := map[string]bool{}
	for i := range 60 {
		name := fmt.Sprintf("%s-%02d", []string{"ada", "grace", "linus"}[i%3], i)
		id := db.add(t, name)
		if i%2 == 0 {
			members = append(members, id)
		}
		if i%5 == 0 {
			db.must(t, func(tx *Tx) error { _, err := tx.Disable(true, id); return err })
		}
		want[name] = i%2 == 0 && i%5 == 0 && i%3 == 1
	}
	db.addGroup(t, "team", "", members...)
	f := UserFilter{Group: "team", Text: "grace", Status: StatusDisabled, Limit: 100, Now: start().Add(time.Hour)}
	s, err := db.selected(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	s.order = f.order()
	for first := range s.parts {
		for _, sizes := range [][]int{s.sizes, {atOnce + 1, atOnce + 1}} {
			one := s
			one.first, one.sizes = first, sizes
			users, err := db.usersOf(t.Context(), pageStart{order: s.order}, one.sorted(nil, 100, ""))
			if err != nil || len(users) != 2 {
				t.Errorf("part %d with %v: %d users, %v", first, sizes, len(users), err)
			}
			for _, u := range users {
				if !want[u.Username] {
					t.Errorf("part %d with %v: %s", first, sizes, u.Username)
				}
			}
			if n, err := db.Reader.number(t.Context(), one.count(10)); n != 2 || err != nil {
				t.Errorf("part %d with %v: counted %d, %v", first, sizes, n, err)
			}
		}
	}
}
