package store

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"latchkey/internal/user"
)

// TestUsersAreTheSameEitherWay compares the page found by each index that could be begun
// with, and the one met along the list, with what Go finds among all users, in every
// order and from both sides.
func TestUsersAreTheSameEitherWay(t *testing.T) {
	t.Parallel()
	db := open(t)
	crowd(t, db, 30)
	for i, set := range []string{"disabled = TRUE", "deleted_at = 5", "password_hash = NULL", "role = 'admin'", "authenticators = 1", "locked_until = 5000000000000",
		"name = '10%_off', sort_key = '10%_off'", "must_enrol = TRUE", "email = '', email_key = NULL", "last_sign_in_at = 0", "invited_until = 5000000000000"} {
		db.sql(t, `UPDATE users SET `+set+fmt.Sprintf(` WHERE num %% 7 = %d OR num %% 11 = %[1]d`, i))
	}
	var all []user.User
	for _, s := range []Status{"", StatusDeleted} {
		some, err := db.Users(t.Context(), UserFilter{Status: s, Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, some...)
	}
	for _, u := range all {
		db.sql(t, `UPDATE users SET search_text = $1 WHERE id = $2`, user.SearchText(u.Username, u.Name, u.Email), u.ID)
	}
	for i, f := range filters() {
		if onPostgres && i%6 != 0 { // for which each is another statement, and has to be planned
			continue
		}
		var want []user.User
		for _, u := range all {
			if matches(f, u) {
				want = append(want, u)
			}
		}
		inOrderOf(f, want)
		if i%2 == 0 && len(want) > 3 {
			f.After, want = want[2].ID, want[3:]
		} else if i%3 == 0 && len(want) > 6 {
			f.Before, want = want[6].ID, want[1:6]
		}
		sameEitherWay(t, db, f, names(want[:min(len(want), f.Limit)]))
	}
}

func sameEitherWay(t *testing.T, db testDB, f UserFilter, want string) {
	t.Helper()
	list, err := db.ListUsers(t.Context(), f)
	users, err2 := db.Users(t.Context(), f)
	if names(list.Users) != want || names(users) != want || list.Over || firstOf(err, err2) != nil {
		t.Errorf("%+v: %s and %s, %v, %v; want %s", f, names(list.Users), names(users), err, err2, want)
	}
	p, err := db.pageOf(f)
	if err != nil || !f.sparse() {
		return
	}
	for first := -1; first < len(f.parts()); first++ {
		s := selection{filter: f, order: p.order, parts: f.parts(), first: first}
		for _, c := range []clause{s.sorted(p.from, f.Limit, ""), s.walk(p.from, f.Limit)} {
			if got, err := db.usersOf(t.Context(), p, c); names(got) != want || err != nil {
				t.Errorf("%+v from index %d: %s, %v; want %s", f, first, names(got), err, want)
			}
		}
		if n, err := db.Reader.number(t.Context(), s.count(100)); n != list.Total || err != nil {
			t.Errorf("%+v from index %d: %d, %v; want %d", f, first, n, err, list.Total)
		}
	}
}

// filters are some of all combinations, the same at each run.
func filters() (all []UserFilter) {
	d := rand.New(rand.NewPCG(1, 2))
	for range 600 {
		f := UserFilter{Limit: 5, Now: start(), Down: d.IntN(2) == 0}
		f.Status = pickOne(d, "", "", StatusActive, StatusInvited, StatusExpired, StatusLocked, StatusDisabled, StatusDeleted)
		f.TwoStep = pickOne(d, "", "", "", "on", "off", "due")
		f.DueAdmins, f.DueAll = d.IntN(3) == 0, d.IntN(6) == 0
		f.Role = pickOne(d, "", "", user.RoleAdmin, user.RoleUser)
		f.Text = pickOne(d, "", "", "user1", "10%_", "group 1", "us%r", "us_r", "1", "p 2", "0 user", "r1", "%")
		f.Inactive = pickOne(d, 0, 0, 0, time.Hour, 1)
		f.Never, f.NoAddress = d.IntN(5) == 0, d.IntN(5) == 0
		f.Sort = pickOne(d, SortName, SortUsername, SortCreated, SortLastSignIn, SortRole, SortStatus, SortTwoStep)
		all = append(all, f)
	}
	return all
}

func pickOne[T any](d *rand.Rand, all ...T) T { return all[d.IntN(len(all))] }

func matches(f UserFilter, u user.User) bool {
	is := StatusOf(u, f.Now)
	here := is != StatusDeleted
	invited := here && !u.Disabled && !u.HasPassword
	status := map[Status]bool{
		"": here, StatusActive: is == StatusActive, StatusDeleted: !here, StatusInvited: invited, StatusExpired: invited && !u.InvitedUntil.After(f.Now),
		StatusLocked: here && u.LockedUntil.After(f.Now), StatusDisabled: here && u.Disabled,
	}[f.Status]
	for _, w := range strings.Fields(f.Text) {
		status = status && strings.Contains(user.SearchText(u.Username, u.Name, u.Email), w)
	}
	on := u.Authenticators > 0
	due := !on && (u.MustEnrol || f.DueAll || f.DueAdmins && u.Role == user.RoleAdmin)
	return status && map[string]bool{"": true, "on": on, "off": !on, "due": due}[f.TwoStep] && (f.Role == "" || f.Role == u.Role) &&
		(f.Inactive == 0 || u.LastSignIn.Before(f.Now.Add(-f.Inactive))) && (!f.Never || u.LastSignIn.IsZero()) && (!f.NoAddress || u.Email == "")
}

// inOrderOf sorts users as the list does; in this test their ids are in the order of
// their numbers where everything else is the same.
func inOrderOf(f UserFilter, users []user.User) {
	rank := func(u user.User) int {
		switch f.Sort {
		case SortRole:
			return map[user.Role]int{user.RoleAdmin: 0, user.RoleUser: 1}[u.Role]
		case SortTwoStep:
			return min(u.Authenticators, 1)
		case SortStatus:
			return slices.Index([]Status{StatusActive, StatusInvited, StatusLocked, StatusDisabled, StatusDeleted}, StatusOf(u, f.Now))
		}
		return 0
	}
	place := func(a, b user.User) int {
		switch f.Sort {
		case SortUsername:
			return strings.Compare(a.Username, b.Username)
		case SortCreated:
			return a.Created.Compare(b.Created)
		case SortLastSignIn:
			return a.LastSignIn.Compare(b.LastSignIn)
		}
		return strings.Compare(user.SortKey(a.Name, a.Username), user.SortKey(b.Name, b.Username))
	}
	number := func(u user.User) int { // crowd adds user (7i mod 30) as number i
		n, _ := strconv.Atoi(strings.TrimPrefix(u.Username, "user"))
		return n * 13 % 30
	}
	slices.SortFunc(users, func(a, b user.User) int {
		first, then := rank(a)-rank(b), cmp.Or(place(a, b), number(a)-number(b))
		if f.Down {
			first = -first
		}
		if f.Down && !f.order().ranked() {
			then = -then
		}
		return cmp.Or(first, then)
	})
}
