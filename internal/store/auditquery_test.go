package store

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/internal/audit"
)

// auditFilters are all combinations of filters, read from either end.
func auditFilters() (all []AuditFilter) {
	set := []func(*AuditFilter){
		func(f *AuditFilter) { f.About = "x" }, func(f *AuditFilter) { f.IP = "i" },
		func(f *AuditFilter) { f.Actor = "a" }, func(f *AuditFilter) { f.Subject = "s" },
		func(f *AuditFilter) { f.ActorName = "n" }, func(f *AuditFilter) { f.SubjectName = "m" },
		func(f *AuditFilter) { f.Event = audit.Logout }, func(f *AuditFilter) { f.Result = audit.ResultOK },
		func(f *AuditFilter) { f.From = start().AddDate(-1, 0, 0) }, func(f *AuditFilter) { f.To = start() },
		func(f *AuditFilter) { f.After = 100 },
	}
	for bits := range 1 << len(set) {
		f := AuditFilter{Limit: 51}
		for i, do := range set {
			if bits>>i&1 == 1 {
				do(&f)
			}
		}
		all = append(all, f)
	}
	return all
}

// TestAuditPagesComeFromAnIndex: no combination of filters goes through the table
// or sorts, whichever of its conditions is the rarest.
func TestAuditPagesComeFromAnIndex(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	db := open(t)
	seen := map[string]bool{}
	for _, f := range auditFilters() {
		s := auditSelection{first: 1, last: 9, lists: f.lists(), from: f.From, to: f.To}
		for i := range max(1, len(s.lists)) {
			if i > 0 {
				s.lists[0], s.lists[i] = s.lists[i], s.lists[0]
			}
			want, sorted := "SEARCH audit_log USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)", false
			if len(s.lists) > 0 {
				want = indexOf(s.lists[0].text)
				sorted = strings.Contains(s.lists[0].text, "OR")
			}
			text, args := s.page(f.After > 0, f.Limit)
			if seen[text] {
				continue
			}
			seen[text] = true
			if plan := db.plan(t, text, args...); !strings.Contains(plan, want) || strings.Contains(plan, "TEMP B-TREE") && !sorted {
				t.Errorf("%s: %s, want %s", text, plan, want)
			}
		}
	}
	if len(seen) < 1000 {
		t.Errorf("only %d statements looked at", len(seen))
	}
}

// indexOf is how the plan names the index that a condition should come from.
func indexOf(condition string) string {
	switch columns := strings.NewReplacer(aside, "", " = ?", "", "(", "", ")", "").Replace(condition); columns {
	case "actor_id OR subject_id":
		return "MULTI-INDEX OR"
	case "event || ' ' || result":
		return "USING INDEX audit_by_event_result (<expr>=? AND "
	default:
		return "USING INDEX audit_by_" + strings.TrimSuffix(columns, "_id") + " (" + columns + "=? AND "
	}
}

// TestAuditFilterLooksUpTheRarestCondition, which is not always the same one.
func TestAuditFilterLooksUpTheRarestCondition(t *testing.T) {
	t.Parallel()
	db := open(t)
	db.must(t, func(tx *Tx) error {
		for i := range 4 * reach {
			e := note(fmt.Sprint("user-", i%2))
			e.Event, e.IP = audit.Logout, "192.0.2.1"
			if i%100 == 0 {
				e.Event = audit.UserDeleted
			}
			if i >= 2*reach && i%3 == 0 || i%400 == 1 {
				e.IP = "192.0.2.9"
			}
			if err := tx.Audit(e); err != nil {
				return err
			}
		}
		return nil
	})
	for _, c := range []struct {
		f    AuditFilter
		want string
	}{
		{AuditFilter{IP: "192.0.2.1", Event: audit.UserDeleted}, "event"},
		{AuditFilter{IP: "192.0.2.9", Event: audit.Logout}, "ip"},
		{AuditFilter{IP: "192.0.2.9", Event: audit.Logout, After: 1}, "ip"},
		{AuditFilter{Actor: "id-user-0", Event: audit.Logout}, "actor_id"},
		{AuditFilter{Actor: "id-user-0", IP: "192.0.2.1"}, "actor_id"},
		{AuditFilter{Actor: "id-user-0", IP: "192.0.2.1", After: 1}, "actor_id"},
		{AuditFilter{Actor: "id-user-1", Event: audit.UserDeleted, Before: 101}, "actor_id"},
	} {
		s, err := db.auditSelection(t.Context(), c.f)
		if err != nil || !strings.HasPrefix(strings.ReplaceAll(s.lists[0].text, aside, "+"), "+"+c.want) {
			t.Errorf("%+v looks up %q first, %v; want %s", c.f, s.lists[0].text, err, c.want)
		}
	}
}

// TestLO07_DaysWhileTheClockSteps compares what a filter of days finds with the
// times themselves, where the clock went back and forth.
func TestLO07_DaysWhileTheClockSteps(t *testing.T) {
	t.Parallel()
	db := open(t)
	midnight := start().Truncate(24 * time.Hour)
	hours := []int{0, 23, 25, 47, 12, 50, 75, -30, 51, 100, 24, 48, 0}
	for _, h := range hours {
		e := note("anna")
		e.At = midnight.Add(time.Duration(h) * time.Hour)
		db.must(t, func(tx *Tx) error { return tx.Audit(e) })
	}
	for from := -3; from < 6; from++ {
		for to := from; to < 7; to++ {
			f := AuditFilter{From: midnight.AddDate(0, 0, from), To: midnight.AddDate(0, 0, to), Limit: 50}
			var want []int64
			for i, h := range hours {
				if h >= 24*from && h < 24*to {
					want = append([]int64{int64(i + 1)}, want...)
				}
			}
			for _, event := range []audit.Event{"", note("").Event} {
				f.Event = event
				entries, err := db.AuditEntries(t.Context(), f)
				var got []int64
				for _, e := range entries {
					got = append(got, e.Seq)
				}
				if fmt.Sprint(got) != fmt.Sprint(want) || err != nil {
					t.Errorf("days %d to %d, event %q: %v, %v; want %v", from, to, event, got, err, want)
				}
			}
		}
	}
}
