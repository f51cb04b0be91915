package store

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/audit"
	"latchkey/internal/problem"
)

// log writes so many entries, one commit each.
func (db testDB) log(t *testing.T, n int) {
	t.Helper()
	for i := range n {
		db.must(t, func(tx *Tx) error { return tx.Audit(note(fmt.Sprint("n", i+1))) })
	}
}

func TestAuditIsReadBackWhole(t *testing.T) {
	t.Parallel()
	db := open(t)
	want := note("anna")
	db.must(t, func(tx *Tx) error { return tx.Audit(want) })
	all, err := db.AuditEntries(t.Context(), AuditFilter{Limit: 5})
	if err != nil || len(all) != 1 {
		t.Fatalf("%d entries, %v", len(all), err)
	}
	want.Seq, want.MAC = 1, all[0].MAC
	if diff := cmp.Diff(want, all[0]); diff != "" {
		t.Errorf("entry (-want +got):\n%s", diff)
	}
	seq, mac, err := db.AuditHead()
	if seq != 1 || mac != want.MAC || mac == "" || err != nil {
		t.Errorf("head %d:%s, %v", seq, mac, err)
	}
}

// TestLO05_EntriesAreBounded: what strangers choose is stored cleaned and cut, and
// the chain holds over what is stored.
func TestLO05_EntriesAreBounded(t *testing.T) {
	t.Parallel()
	db := open(t)
	e := note("x")
	e.UserAgent, e.SubjectName = strings.Repeat("é\x00\n", 10_000), "a\nb\x1b[31m\u202e"
	e.Details = []audit.Detail{{Name: "<&>\u2028", Before: "\xff", After: strings.Repeat("x", 10_000)}}
	db.must(t, func(tx *Tx) error { return firstOf(tx.Audit(e), tx.Audit(audit.Entry{Result: audit.ResultOK})) })
	if n := db.number(t, `SELECT max(length(user_agent) + length(details)) FROM audit_log`); n > 3000 {
		t.Errorf("a row of %d characters", n)
	}
	if _, _, err := db.VerifyAudit(t.Context(), db.ring, ""); err != nil {
		t.Error(err)
	}
}

func TestLO02_NoActionWithoutItsRow(t *testing.T) {
	t.Parallel()
	db := open(t)
	id := db.add(t, "anna")
	e := note("anna")
	e.Result = "nonsense" // the table refuses it
	err := db.Tx(t.Context(), func(tx *Tx) error {
		if _, err := tx.Disable(true, id); err != nil {
			return err
		}
		return tx.Audit(e)
	})
	wantProblem(t, err, problem.Unavailable)
	if db.user(t, id).Disabled {
		t.Error("the user was disabled and nothing tells by whom")
	}
}

func TestLO03_LogIsAppendOnly(t *testing.T) {
	t.Parallel()
	db := open(t)
	db.log(t, 3)
	conn := db.raw(t)
	const values = ` (seq, at, event, result, actor_id, actor_name, subject_id, subject_name, ip, user_agent, request_id, details, mac)
		VALUES (%s, 1, 'x', 'ok', '', '', '', '', '', '', '', '[]', 'm')`
	for _, text := range []string{
		`UPDATE audit_log SET event = 'x' WHERE seq = 2`, `UPDATE audit_log SET seq = 9 WHERE seq = 3`, either(`UPDATE OR REPLACE audit_log SET seq = 1 WHERE seq = 3`, `TRUNCATE audit_log`),
		`DELETE FROM audit_log WHERE seq = 3`, `DELETE FROM audit_log`,
		orReplace("audit_log", fmt.Sprintf(values, "2"), "seq"), orReplace("audit_log", fmt.Sprintf(values, "3"), "seq"), orReplace("audit_log", fmt.Sprintf(values, "1"), "seq"), `INSERT INTO audit_log` + fmt.Sprintf(values, "5"),
		`INSERT INTO audit_log` + fmt.Sprintf(values, "0"), `INSERT INTO audit_log` + fmt.Sprintf(values, "-1"), `INSERT INTO audit_log` + fmt.Sprintf(values, "NULL"),
		`INSERT INTO audit_log` + fmt.Sprintf(values, "3") + ` ON CONFLICT (seq) DO UPDATE SET event = 'x'`,
	} {
		for _, setting := range []string{either("PRAGMA recursive_triggers = ON", "SET session_replication_role = origin"), either("PRAGMA recursive_triggers = OFF", "SET session_replication_role = local")} {
			execRaw(t, conn, setting)
			if _, err := conn.ExecContext(t.Context(), inRaw(text)); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %s: %v, want a refusal", setting, text, err)
			}
		}
	}
	if seq, _, err := db.VerifyAudit(t.Context(), db.ring, ""); seq != 3 || err != nil {
		t.Errorf("after all of it: %d rows, %v", seq, err)
	}
}

func TestAuditEntriesFilterAndPage(t *testing.T) {
	t.Parallel()
	db := open(t)
	for i := range 12 {
		e := note([]string{"anna", "ben"}[i%2])
		e.At = start().Add(time.Duration(i) * time.Minute)
		if i%3 == 0 {
			e.Event, e.Result, e.IP = audit.Logout, audit.ResultOK, "2001:db8::1"
			e.SubjectID = "id-cleo"
		}
		db.must(t, func(tx *Tx) error { return tx.Audit(e) })
	}
	for _, c := range []struct {
		name string
		f    AuditFilter
		want string
	}{
		{"all", AuditFilter{}, "[12 11 10 9 8 7 6 5 4 3 2 1]"},
		{"bounded", AuditFilter{Limit: 3}, "[12 11 10]"},
		{"older", AuditFilter{Limit: 3, Before: 10}, "[9 8 7]"},
		{"newer", AuditFilter{Limit: 3, After: 6}, "[9 8 7]"},
		{"newest", AuditFilter{Limit: 3, After: 10}, "[12 11]"},
		{"actor", AuditFilter{Actor: "id-anna"}, "[11 9 7 5 3 1]"},
		{"subject", AuditFilter{Subject: "id-cleo"}, "[10 7 4 1]"},
		{"about", AuditFilter{About: "id-cleo"}, "[10 7 4 1]"},
		{"about, as actor too", AuditFilter{About: "id-ben"}, "[12 10 8 6 4 2]"},
		{"event", AuditFilter{Event: audit.Logout}, "[10 7 4 1]"},
		{"result", AuditFilter{Result: audit.ResultFailed, Limit: 2}, "[12 11]"},
		{"address", AuditFilter{IP: "2001:db8::1", Actor: "id-ben"}, "[10 4]"},
		{"time", AuditFilter{From: start().Add(2 * time.Minute), To: start().Add(5 * time.Minute)}, "[5 4 3]"},
		{"everything at once", AuditFilter{Actor: "id-ben", Subject: "id-cleo", About: "id-ben", Event: audit.Logout, Result: audit.ResultOK,
			IP: "2001:db8::1", From: start(), To: start().Add(time.Hour), Before: 10, After: 1}, "[4]"},
		{"none", AuditFilter{Actor: "' OR 1=1 --"}, "[]"},
	} {
		if c.f.Limit == 0 {
			c.f.Limit = 100
		}
		entries, err := db.AuditEntries(t.Context(), c.f)
		seqs := []int64{}
		for _, e := range entries {
			seqs = append(seqs, e.Seq)
		}
		if fmt.Sprint(seqs) != c.want || err != nil {
			t.Errorf("%s: %v, %v; want %s", c.name, seqs, err, c.want)
		}
	}
}
