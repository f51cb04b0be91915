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
	for _, b := range []bounds{
		usual, {set: 100, members: 100, texts: 100, rows: 100, chunk: [2]int{64, 64}, counted: 100, worth: 100}, {chunk: [2]int{64, 64}, counted: 100},
	} {
		l, err := db.listFound(t.Context(), f, b)
		if err != nil || len(l.Users) != 2 || l.Total != 2 || l.Over {
			t.Errorf("by %+v: %d users of %d, %v", b, len(l.Users), l.Total, err)
		}
		for _, u := range l.Users {
			if !want[u.Username] {
				t.Errorf("by %+v: %s", b, u.Username)
			}
		}
	}
}
