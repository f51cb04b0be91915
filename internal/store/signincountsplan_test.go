package store

import (
	"strings"
	"testing"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/user"
)

// TestOverviewCountsReadIndexes: of a million users and messages the overview looks at
// those only that it counts.
func TestOverviewCountsReadIndexes(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	db := open(t)
	now := ms(start())
	noAddress := UserFilter{TwoStep: "off", NoAddress: true}
	count := func(c clause) string { text, _ := c.statement(); return text }
	for _, c := range []struct {
		text  string
		args  []any
		index string
	}{
		{invitationsEnding, []any{now, now, 5}, "links_by_end (ends_at>? AND ends_at<?)"},
		{count(inOneText(first(noAddress.parts()[0].nums, 5), "")), []any{5}, "COVERING INDEX users_no_address (list_class=? AND email_key=?)"},
		{count(UserFilter{TwoStep: "off"}.counting(nil, 5)), []any{5}, "COVERING INDEX users_by_"},
		{count(UserFilter{TwoStep: "off", Role: user.RoleAdmin}.counting(nil, 5)), []any{5}, "COVERING INDEX users_by_"},
		{count(UserFilter{}.counting(nil, 5)), []any{5}, "COVERING INDEX users_by_"},
		{`SELECT count(*) FROM users WHERE password_closed_at > 0 AND deleted_at = 0`, nil, "users_closed"},
		{`SELECT count(*) FROM requests WHERE status = 'open'`, nil, "INDEX requests_"},
		{`SELECT count(*) FROM mails WHERE failed_at > 0`, nil, "INDEX mails_failed"},
		{`SELECT count(*) FROM mails WHERE failed_at = 0`, nil, "INDEX mails_due"},
		{`SELECT count(*) FROM users u WHERE ` + usable("u", true), nil, "users_admin"},
	} {
		if plan := db.plan(t, c.text, c.args...); !strings.Contains(plan, c.index) || strings.Contains(plan, "TEMP") {
			t.Errorf("%s\n%s, want %s", c.text, plan, c.index)
		}
	}
}

func TestInvitationsEnding(t *testing.T) {
	t.Parallel()
	db := open(t)
	for name, l := range map[string]Link{
		"over": {Purpose: PurposeInvite, Ends: start()}, "soon": {Purpose: PurposeInvite, Ends: start().Add(time.Millisecond)},
		"just": {Purpose: PurposeInvite, Ends: start().Add(time.Hour)}, "later": {Purpose: PurposeInvite, Ends: start().Add(time.Hour + time.Millisecond)},
		"other": {Purpose: PurposePassword, Ends: start().Add(time.Minute)},
	} {
		l.TokenHash, l.UserID, l.CredVersion = name, db.add(t, name), 1
		db.must(t, func(tx *Tx) error { return tx.AddLink(l) })
	}
	for most, want := range map[int]int{10: 2, 1: 1} {
		if n, err := db.InvitationsEnding(start(), start().Add(time.Hour), most); n != want || err != nil {
			t.Errorf("at most %d: %d, %v", most, n, err)
		}
	}
}

func TestCountWithoutAddress(t *testing.T) {
	t.Parallel()
	db := open(t)
	none := func(n *NewUser) { n.Email, n.EmailKey = "", "" }
	admin := func(n *NewUser) { n.Role = user.RoleAdmin }
	db.add(t, "with", func(n *NewUser) { n.Email, n.EmailKey = "a@example.org", "a@example.org" })
	db.add(t, "without", none)
	db.add(t, "admin", none, admin)
	db.add(t, "enrolled", none)
	db.add(t, "gone", none)
	db.sql(t, `UPDATE users SET authenticators = 1 WHERE username = 'enrolled'`)
	db.sql(t, `UPDATE users SET deleted_at = 1 WHERE username = 'gone'`)
	for _, c := range []struct {
		filter UserFilter
		want   int
	}{{UserFilter{TwoStep: "off"}, 2}, {UserFilter{TwoStep: "off", Role: user.RoleAdmin}, 1}, {UserFilter{}, 3}} {
		if n, err := db.CountWithoutAddress(t.Context(), c.filter); n != c.want || err != nil {
			t.Errorf("%+v: %d, %v; want %d", c.filter, n, err, c.want)
		}
	}
}

// TestNewestAuditTime finds it whatever way the clock went.
func TestNewestAuditTime(t *testing.T) {
	t.Parallel()
	db := open(t)
	if newest, err := db.NewestAuditTime(); err != nil || !newest.IsZero() {
		t.Errorf("of nothing: %v, %v", newest, err)
	}
	var latest time.Time
	for _, after := range []time.Duration{0, time.Hour, time.Minute, 49 * time.Hour, 48 * time.Hour, -24 * time.Hour, 50 * time.Hour, 49 * time.Hour} {
		at := start().Add(after)
		if at.After(latest) {
			latest = at
		}
		db.must(t, func(tx *Tx) error {
			return tx.Audit(audit.Entry{At: at, Event: audit.Logout, Result: audit.ResultOK})
		})
		if newest, err := db.NewestAuditTime(); err != nil || !newest.Equal(latest) {
			t.Errorf("after one at %v: %v, %v; want %v", at, newest, err, latest)
		}
	}
}
