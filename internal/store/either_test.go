package store

import (
	"cmp"
	"fmt"
	"iter"
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
	in := map[string][]string{}
	for i := range 30 {
		for group := range groupsOf(fmt.Sprintf("user%02d", i)) {
			in[group] = append(in[group], fmt.Sprintf("id-user%02d", i))
		}
	}
	for group, members := range in {
		db.addGroup(t, group, "", members...)
	}
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
		total := len(want)
		if i%2 == 0 && len(want) > 3 {
			f.After, want = want[2].ID, want[3:]
		} else if i%3 == 0 && len(want) > 6 {
			f.Before, want = want[6].ID, want[1:6]
		}
		sameEitherWay(t, db, f, names(want[:min(len(want), f.Limit)]), total)
	}
}

// groupsOf are the groups of somebody: nearly everybody is in the first.
func groupsOf(username string) map[string]bool {
	in := map[string]bool{}
	for group, every := range map[string]int{"most": 30, "some": 3} {
		if n := userNumber(username); (n%every == 0) != (group == "most") {
			in[group] = true
		}
	}
	return in
}

func sameEitherWay(t *testing.T, db testDB, f UserFilter, want string, total int) {
	t.Helper()
	list, err := db.ListUsers(t.Context(), f)
	users, err2 := db.Users(t.Context(), f)
	if names(list.Users) != want || names(users) != want || list.Total != total || list.Over || firstOf(err, err2) != nil {
		t.Errorf("%+v: %s and %s, %d, %v, %v; want %s, %d", f, names(list.Users), names(users), list.Total, err, err2, want, total)
	}
	p, err := db.pageOf(f)
	if err != nil || !f.sparse() {
		return
	}
	for _, b := range []bounds{
		{set: 100, members: 100, texts: 100, rows: 100, chunk: [2]int{1, 100}, counted: 100, worth: 100}, // sets alone
		{rows: 100, chunk: [2]int{2, 3}, counted: 100, worth: 100},                                       // many of each
		{set: 100, members: 100, texts: 100, rows: 5, chunk: [2]int{2, 3}, counted: 100},
		{few: 3, set: 12, members: 12, texts: 12, rows: 5, chunk: [2]int{1, 1}, counted: 1},
		{set: 12, members: 12, chunk: [2]int{2, 9}, counted: 1, worth: -1},
		{set: 100, texts: 100, chunk: [2]int{2, 9}, counted: 1, worth: -1},
	} {
		l, err := db.listFound(t.Context(), f, b)
		if names(l.Users) != want || err != nil || l.Over && (l.Total < b.counted || l.Total >= total) || !l.Over && l.Total != total {
			t.Errorf("%+v by %+v: %s of %d over %v, %v; want %s of %d", f, b, names(l.Users), l.Total, l.Over, err, want, total)
		}
	}
	everyone := &selection{filter: f, bounds: usual, share: 1, rest: f.conditions(), found: setOf(slices.Collect(numberRange(1, 40)))}
	if got, err := db.usersOf(t.Context(), p, everyone.sorted(p.order, p.from, f.Limit, "")); names(got) != want || err != nil {
		t.Errorf("%+v: %s, %v; want %s", f, names(got), err, want)
	}
	if n, err := db.Reader.number(t.Context(), everyone.count(100)); n != total || err != nil {
		t.Errorf("%+v: %d, %v; want %d", f, n, err, total)
	}
}

func numberRange(from, upto int64) iter.Seq[int64] {
	return func(yield func(int64) bool) {
		for num := from; num < upto && yield(num); num++ {
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
		f.Group = pickOne(d, "", "", "", "", "most", "most", "some", "none")
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
	status = status && (f.Group == "" || groupsOf(u.Username)[f.Group])
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
	number := func(u user.User) int { return userNumber(u.Username) * 13 % 30 } // crowd adds user (7i mod 30) as number i
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

func userNumber(username string) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(username, "user"))
	return n
}
