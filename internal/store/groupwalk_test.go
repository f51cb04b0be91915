package store

import (
	"fmt"
	"testing"
)

// TestGroups_LargeOnesAreWalked: a group that many are in is read along the list, page by page in
// both directions, and counted by its own number: nobody is missed, met twice or counted who is in
// the recycle bin.
func TestGroups_LargeOnesAreWalked(t *testing.T) {
	t.Parallel()
	db := open(t)
	const users = 2000
	db.addGroup(t, "large", "")
	db.must(t, func(tx *Tx) error {
		for i := range users {
			id := fmt.Sprintf("u%04d", i)
			if err := tx.AddUser(NewUser{ID: id, Username: id, Role: "user", CreatedAt: start()}); err != nil {
				return err
			}
			if i%8 == 0 {
				continue
			}
			if done, err := tx.AddMember("large", id, "ada", start()); err != nil || !done {
				return fmt.Errorf("%v, %w", done, err)
			}
		}
		_, err := tx.Delete(false, "u0001", start())
		return err
	})
	want := users - (users+7)/8 - 1
	for _, sort := range []Sort{SortName, SortCreated} {
		f := UserFilter{Group: "large", Sort: sort, Limit: 400, Now: start()}
		if s, err := db.selected(t.Context(), f, usual); err != nil || !s.wholeGroup() || s.n <= s.bounds.few {
			t.Fatalf("it is not walked: %v", err)
		}
		seen, last := map[string]bool{}, ""
		for {
			l, err := db.ListUsers(t.Context(), f)
			if err != nil || l.Total != want {
				t.Fatalf("%d users, %v, want %d", l.Total, err, want)
			}
			for _, u := range l.Users {
				if seen[u.ID] || u.ID == "u0001" || u.ID == "u0008" || u.ID < last {
					t.Errorf("%s has no place behind %s", u.ID, last)
				}
				seen[u.ID], last = true, u.ID
			}
			if len(l.Users) < f.Limit {
				break
			}
			f.After = last
		}
		if len(seen) != want {
			t.Errorf("%d members on all pages, want %d", len(seen), want)
		}
		back, err := db.Users(t.Context(), UserFilter{Group: "large", Sort: sort, Before: last, Limit: 3, Now: start()})
		if err != nil || len(back) != 3 || back[2].ID >= last || back[0].ID >= back[1].ID {
			t.Errorf("the page before %s: %v, %v", last, back, err)
		}
	}
	for _, f := range []UserFilter{{Group: "large", Status: StatusActive}, {Group: "large", Role: "user"}, {Group: "large", Text: "u00"}, {Group: "large", Status: StatusDeleted}} {
		f.Now = start()
		if s, err := db.selected(t.Context(), f, usual); err != nil || s.wholeGroup() {
			t.Errorf("%+v is taken for the whole group, %v", f, err)
		}
	}
}
