package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/audit"
	"latchkey/internal/user"
)

func TestSignInCounts(t *testing.T) {
	t.Parallel()
	db := open(t)
	day := time.Date(2030, 5, 4, 0, 0, 0, 0, time.UTC)
	note := func(at time.Time, event audit.Event, result audit.Result, details ...audit.Detail) {
		db.must(t, func(tx *Tx) error {
			return tx.Audit(audit.Entry{At: at, Event: event, Result: result, Details: details})
		})
	}
	confirming := audit.Detail{Name: "reason", After: "confirming"}
	note(day.Add(-time.Millisecond), audit.LoginCode, audit.ResultOK)
	note(day, audit.LoginCode, audit.ResultOK)
	note(day.Add(time.Hour), audit.LoginCode, audit.ResultOK, confirming)
	note(day.Add(2*time.Hour), audit.LoginPassword, audit.ResultFailed, audit.Detail{Name: "tries", After: "7"})
	note(day.Add(3*time.Hour), audit.LoginCode, audit.ResultFailed, confirming)
	note(day.Add(4*time.Hour), audit.Logout, audit.ResultOK)
	note(day.Add(24*time.Hour), audit.LoginRecovery, audit.ResultFailed)
	note(day.Add(47*time.Hour), audit.LoginRecovery, audit.ResultFailed)
	got, err := db.SignInCounts(t.Context(), day.Add(time.Minute), day.Add(48*time.Hour))
	want := []SignInCount{
		{day, audit.LoginCode, audit.ResultOK, 1}, {day, audit.LoginPassword, audit.ResultFailed, 1},
		{day.AddDate(0, 0, 1), audit.LoginRecovery, audit.ResultFailed, 2},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for since, want := range map[time.Duration]int{0: 3, 2 * time.Hour: 3, 2*time.Hour + 1e6: 2, 24*time.Hour + 1e6: 1, 48 * time.Hour: 0} {
		if n, err := db.FailedSignIns(day.Add(since)); n != want || err != nil {
			t.Errorf("since %v: %d, %v; want %d", since, n, err, want)
		}
	}
}

// Days that are over are not counted again, and whatever was asked for before, the answer
// is what counting all of them says.
func TestSignInCountsKeepDaysThatAreOver(t *testing.T) {
	t.Parallel()
	db := open(t)
	day := func(n int) time.Time { return time.Date(2030, 5, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n) }
	note := func(at time.Time) {
		db.must(t, func(tx *Tx) error {
			return tx.Audit(audit.Entry{At: at, Event: audit.LoginCode, Result: audit.ResultOK})
		})
	}
	ask := func(first int, now time.Time) {
		t.Helper()
		got, err := db.SignInCounts(t.Context(), day(first), now)
		if err != nil {
			t.Fatal(err)
		}
		want, err := db.countSignIns(t.Context(), ms(day(first))/dayLength)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("from day %d at %v: %s", first, now, diff)
		}
	}
	for n := range 12 {
		note(day(n).Add(time.Hour))
		now := day(n).Add(2 * time.Hour)
		for _, first := range []int{n - 3, n - 1, n, n - 7, n - 3, n + 1} {
			ask(first, now)
		}
		note(day(n + 1).Add(-time.Millisecond))
		ask(n-3, day(n+1).Add(time.Minute))
		note(day(n + 1).Add(-time.Millisecond)) // written after midnight
		ask(n-3, day(n+1).Add(2*time.Minute))
	}
	ask(8, day(20)) // the clock is ahead, and then set right
	note(day(12).Add(2 * time.Hour))
	ask(8, day(12).Add(3*time.Hour))
	ask(40, day(45))
	ask(11, day(45))

	db.sql(t, `DROP TRIGGER audit_no_delete`)
	db.sql(t, `DELETE FROM audit_log`)
	if got, err := db.SignInCounts(t.Context(), day(11), day(45)); err != nil || len(got) != 2 {
		t.Errorf("days that are over were not kept: %v, %v", got, err)
	}
}

// TestSignInCountsUseTheirIndex: the log may have a million other rows.
func TestSignInCountsUseTheirIndex(t *testing.T) {
	t.Parallel()
	db := open(t)
	for _, text := range []string{
		`SELECT at / 86400000, event, result, count(*) FROM audit_log WHERE ` + signIns + `$1 GROUP BY 1, 2, 3`,
		`SELECT count(*) FROM audit_log WHERE ` + signIns + `$1 AND +at >= 1 AND +result = 'failed'`,
	} {
		if plan := db.plan(t, text, 1); !strings.Contains(plan, "audit_sign_ins (<expr>>?)") || strings.Contains(plan, "TEMP") {
			t.Errorf("%s: %s", text, plan)
		}
	}
}

// plan returns how the database runs a statement.
func (db testDB) plan(t *testing.T, text string, args ...any) string {
	t.Helper()
	rows, err := db.q.query(t.Context(), `EXPLAIN QUERY PLAN `+text, args...)
	if err != nil {
		t.Fatal(err)
	}
	all, err := collect(rows, func(row scanner) (detail string, err error) {
		var id, parent, unused int
		return detail, row.Scan(&id, &parent, &unused, &detail)
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, "; ")
}

func TestStrandedInvitations(t *testing.T) {
	t.Parallel()
	db := open(t)
	invited := func(n *NewUser) { n.Hash = "" }
	for _, name := range []string{"without", "expired", "living", "disabled", "deleted"} {
		db.add(t, name, invited)
	}
	db.add(t, "member")
	for name, ends := range map[string]time.Time{"expired": start(), "living": start().Add(1e6)} {
		db.must(t, func(tx *Tx) error {
			return tx.AddLink(Link{TokenHash: name, Purpose: PurposeInvite, UserID: "id-" + name, CredVersion: 1, Ends: ends})
		})
	}
	db.sql(t, `UPDATE users SET disabled = 1 WHERE username = 'disabled'`)
	db.sql(t, `UPDATE users SET deleted_at = 1 WHERE username = 'deleted'`)
	for most, want := range map[int]int{10: 2, 1: 1} {
		if n, err := db.StrandedInvitations(start(), most); n != want || err != nil {
			t.Errorf("%d, %v; want %d", n, err, want)
		}
	}
}

// TestUsersAreTheSameEitherWay compares the page read in order, for a text that
// very many users have, with the one found by the search index, and both with what
// Go finds among all users.
func TestUsersAreTheSameEitherWay(t *testing.T) {
	t.Parallel()
	db := open(t)
	crowd(t, db, 30)
	for i, set := range []string{"disabled = 1", "deleted_at = 5", "password_hash = NULL", "role = 'admin'", "authenticators = 1", "locked_until = 5000000000000", "name = '10%_off', sort_key = '10%_off'"} {
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
	for _, f := range filters() {
		want := 0
		for _, u := range all {
			if matches(f, u) {
				want++
			}
		}
		for _, found := range []int{0, few + 1} {
			got, err := db.pageOfUsers(t.Context(), f, found)
			if err != nil || len(got) != min(want, f.Limit) {
				t.Errorf("%+v, of %d: %d, %v; want %d", f, found, len(got), err, want)
			}
			if slices.ContainsFunc(got, func(u user.User) bool { return !matches(f, u) }) {
				t.Errorf("%+v, of %d: somebody does not belong there", f, found)
			}
		}
		walked, err := db.readPage(t.Context(), f, true)
		sorted, err2 := db.readPage(t.Context(), f, false)
		if diff := cmp.Diff(sorted, walked); diff != "" || firstOf(err, err2) != nil {
			t.Errorf("%+v, sorted and walked: %v, %v\n%s", f, err, err2, diff)
		}
		if list, err := db.ListUsers(t.Context(), f); list.Total != want || list.Over || err != nil {
			t.Errorf("%+v: %d users in all, %v; want %d", f, list.Total, err, want)
		}
	}
}

func filters() (all []UserFilter) {
	for _, status := range []Status{"", StatusActive, StatusInvited, StatusLocked, StatusDisabled, StatusDeleted} {
		for _, twoStep := range []string{"", "on", "off"} {
			for _, role := range []user.Role{"", user.RoleAdmin, user.RoleUser} {
				for _, text := range []string{"", "user1", "10%_", "group 1", "us%r", "us_r"} {
					all = append(all, UserFilter{Status: status, TwoStep: twoStep, Role: role, Text: text, Limit: 5, Now: start()})
				}
			}
		}
	}
	return all
}

func matches(f UserFilter, u user.User) bool {
	is := StatusOf(u, f.Now)
	locked := u.LockedUntil.After(f.Now)
	status := map[Status]bool{
		"": is != StatusDeleted, StatusActive: is == StatusActive, StatusDeleted: is == StatusDeleted,
		StatusInvited: is != StatusDeleted && !u.Disabled && !u.HasPassword, StatusLocked: is != StatusDeleted && locked,
		StatusDisabled: is != StatusDeleted && u.Disabled,
	}[f.Status]
	text := strings.Contains(u.Username+" "+user.SortKey(u.Name, u.Username), f.Text)
	return status && text && (f.TwoStep == "" || (f.TwoStep == "on") == (u.Authenticators > 0)) && (f.Role == "" || f.Role == u.Role)
}
