package store

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/audit"
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

	db.tamper(t, `DELETE FROM audit_log`)
	if got, err := db.SignInCounts(t.Context(), day(11), day(45)); err != nil || len(got) != 2 {
		t.Errorf("days that are over were not kept: %v, %v", got, err)
	}
}

// TestSignInCountsUseTheirIndex: the log may have a million other rows.
func TestSignInCountsUseTheirIndex(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	db := open(t)
	for _, text := range []string{
		`SELECT at / 86400000, event, result, count(*) FROM audit_log WHERE ` + signIns + `$1 GROUP BY 1, 2, 3`,
		`SELECT count(*) FROM audit_log WHERE ` + signIns + `$1 AND ` + aside + `at >= 1 AND ` + aside + `result = 'failed'`,
	} {
		if plan := db.plan(t, text, 1); !strings.Contains(plan, "audit_sign_ins (<expr>>?)") || strings.Contains(plan, "TEMP") {
			t.Errorf("%s: %s", text, plan)
		}
	}
}

// plan returns how the database runs a statement.
func (db testDB) plan(t *testing.T, text string, args ...any) string {
	t.Helper()
	rows, err := db.q.query(t.Context(), explain+text, args...)
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
	db.sql(t, `UPDATE users SET disabled = TRUE WHERE username = 'disabled'`)
	db.sql(t, `UPDATE users SET deleted_at = 1 WHERE username = 'deleted'`)
	for most, want := range map[int]int{10: 2, 1: 1} {
		if n, err := db.StrandedInvitations(start(), most); n != want || err != nil {
			t.Errorf("%d, %v; want %d", n, err, want)
		}
	}
}
