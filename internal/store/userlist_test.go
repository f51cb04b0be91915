package store

import (
	"fmt"
	"testing"
	"time"

	"latchkey/internal/user"
)

// crowd adds users whose names, times and user names tie in several ways.
func crowd(t *testing.T, db testDB, n int) {
	t.Helper()
	for i := range n {
		name := fmt.Sprintf("user%02d", (i*7)%n)
		id := db.add(t, name, func(u *NewUser) {
			u.Name = fmt.Sprint("Group ", i%3)
			u.CreatedAt = start().Add(time.Duration(i%4) * time.Hour)
		})
		db.sql(t, `UPDATE users SET last_sign_in_at = $1 WHERE id = $2`, i%2, id)
	}
}

// TestUsersPagesMeet walks through every order in both directions and back again:
// no user twice, none left out, however many share a key.
func TestUsersPagesMeet(t *testing.T) {
	t.Parallel()
	db := open(t)
	const n = 23
	crowd(t, db, n)
	for _, sort := range []Sort{SortName, SortUsername, SortCreated, SortLastSignIn, "", "nonsense"} {
		for _, down := range []bool{false, true} {
			f := UserFilter{Sort: sort, Down: down, Limit: n + 1}
			whole, err := db.Users(t.Context(), f)
			if err != nil || len(whole) != n {
				t.Fatalf("%s, down %v: %d users, %v", sort, down, len(whole), err)
			}
			for _, size := range []int{1, 4, 7, n, n + 1} {
				f.Limit = size
				if got := forward(t, db, f); got != names(whole) {
					t.Errorf("%s, down %v, pages of %d:\n%s\nwant\n%s", sort, down, size, got, names(whole))
				}
				if got := backward(t, db, f, whole[n-1].ID); got+whole[n-1].Username+" " != names(whole) {
					t.Errorf("%s, down %v, pages of %d backwards:\n%s\nwant\n%s", sort, down, size, got, names(whole))
				}
			}
		}
	}
}

func forward(t *testing.T, db testDB, f UserFilter) (all string) {
	t.Helper()
	for {
		page, err := db.Users(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			return all
		}
		all += names(page)
		f.After = page[len(page)-1].ID
	}
}

func backward(t *testing.T, db testDB, f UserFilter, from string) (all string) {
	t.Helper()
	for f.Before = from; ; {
		page, err := db.Users(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			return all
		}
		all = names(page) + all
		f.Before = page[0].ID
	}
}

func TestUsersAreInOrder(t *testing.T) {
	t.Parallel()
	db := open(t)
	for i, name := range []string{"Zoë", "anna", "", "ÄNNA", "Émile", "Anna"} {
		db.add(t, fmt.Sprint("u", i), func(u *NewUser) { u.Name = name; u.CreatedAt = start().Add(time.Duration(-i) * time.Hour) })
	}
	for sort, want := range map[Sort]string{
		SortName:     "u1 u5 u2 u0 u3 u4 ", // anna, anna, u2, zoë, änna, émile
		SortUsername: "u0 u1 u2 u3 u4 u5 ",
		SortCreated:  "u5 u4 u3 u2 u1 u0 ",
	} {
		got, err := db.Users(t.Context(), UserFilter{Sort: sort, Limit: 10})
		if names(got) != want || err != nil {
			t.Errorf("%s: %s, %v; want %s", sort, names(got), err, want)
		}
	}
}

// TestUsersFromACursorThatIsGone begins at the first page, in both directions.
func TestUsersFromACursorThatIsGone(t *testing.T) {
	t.Parallel()
	db := open(t)
	crowd(t, db, 9)
	for _, down := range []bool{false, true} {
		want, err := db.Users(t.Context(), UserFilter{Sort: SortUsername, Down: down, Limit: 3})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range []UserFilter{{After: "gone"}, {Before: "gone"}, {After: `"' OR 1=1 --`}} {
			f.Sort, f.Down, f.Limit = SortUsername, down, 3
			if got, err := db.Users(t.Context(), f); names(got) != names(want) || err != nil {
				t.Errorf("%+v: %s, %v; want %s", f, names(got), err, names(want))
			}
		}
	}
}

// TestUsersCursorOutsideTheFilter: the user at the edge of the page may have left
// the filter meanwhile; the next page goes on from where it was.
func TestUsersCursorOutsideTheFilter(t *testing.T) {
	t.Parallel()
	db := open(t)
	crowd(t, db, 9)
	edge := db.user(t, "id-user04")
	db.must(t, func(tx *Tx) error { _, err := tx.Delete(true, edge.ID, start()); return err })
	got, err := db.Users(t.Context(), UserFilter{Sort: SortUsername, After: edge.ID, Limit: 2})
	if names(got) != "user05 user06 " || err != nil {
		t.Errorf("after the deleted user: %s, %v", names(got), err)
	}
}

func TestUsersFilters(t *testing.T) {
	t.Parallel()
	db := open(t)
	now := start()
	for _, name := range []string{"active", "locked", "waslocked", "disabled", "deleted", "both"} {
		db.add(t, name)
	}
	db.add(t, "invited", func(n *NewUser) { n.Hash = "" })
	db.add(t, "admin", administrator)
	db.sql(t, `UPDATE users SET locked_until = $1 WHERE username IN ('locked', 'both')`, ms(now)+1)
	db.sql(t, `UPDATE users SET locked_until = $1 WHERE username = 'waslocked'`, ms(now))
	db.sql(t, `UPDATE users SET disabled = TRUE WHERE username IN ('disabled', 'both')`)
	db.sql(t, `UPDATE users SET deleted_at = 1 WHERE username = 'deleted'`)
	db.sql(t, `UPDATE users SET authenticators = 2 WHERE username IN ('admin', 'locked', 'deleted')`)
	for _, c := range []struct {
		f    UserFilter
		want string
	}{
		{UserFilter{}, "active admin both disabled invited locked waslocked "},
		{UserFilter{Status: "nonsense"}, "active admin both disabled invited locked waslocked "},
		{UserFilter{Status: StatusActive}, "active admin waslocked "},
		{UserFilter{Status: StatusInvited}, "invited "},
		{UserFilter{Status: StatusLocked}, "both locked "},
		{UserFilter{Status: StatusDisabled}, "both disabled "},
		{UserFilter{Status: StatusDeleted}, "deleted "},
		{UserFilter{TwoStep: "on"}, "admin locked "},
		{UserFilter{TwoStep: "off"}, "active both disabled invited waslocked "},
		{UserFilter{TwoStep: "on", Status: StatusDeleted}, "deleted "},
		{UserFilter{Role: user.RoleAdmin}, "admin "},
		{UserFilter{Role: user.RoleUser, TwoStep: "on"}, "locked "},
		{UserFilter{Role: "nonsense' OR 1=1 --", Status: StatusInvited}, "invited "},
		{UserFilter{Text: "locked", Status: StatusLocked}, "locked "},
	} {
		c.f.Sort, c.f.Limit, c.f.Now = SortUsername, 100, now
		got, err := db.Users(t.Context(), c.f)
		n, err2 := db.CountUsers(t.Context(), c.f)
		if names(got) != c.want || n != len(got) || firstOf(err, err2) != nil {
			t.Errorf("%+v: %s(%d), %v, %v; want %s", c.f, names(got), n, err, err2, c.want)
		}
	}
}
