package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/secret"
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
		`UPDATE audit_log SET event = 'x' WHERE seq = 2`, `UPDATE audit_log SET seq = 9 WHERE seq = 3`, `UPDATE OR REPLACE audit_log SET seq = 1 WHERE seq = 3`,
		`DELETE FROM audit_log WHERE seq = 3`, `DELETE FROM audit_log`,
		`INSERT OR REPLACE INTO audit_log` + fmt.Sprintf(values, "2"), `INSERT OR REPLACE INTO audit_log` + fmt.Sprintf(values, "3"),
		`REPLACE INTO audit_log` + fmt.Sprintf(values, "1"), `INSERT INTO audit_log` + fmt.Sprintf(values, "5"),
		`INSERT INTO audit_log` + fmt.Sprintf(values, "0"), `INSERT INTO audit_log` + fmt.Sprintf(values, "-1"), `INSERT INTO audit_log` + fmt.Sprintf(values, "NULL"),
		`INSERT INTO audit_log` + fmt.Sprintf(values, "3") + ` ON CONFLICT DO UPDATE SET event = 'x'`,
	} {
		for _, setting := range []string{"ON", "OFF"} {
			execRaw(t, conn, "PRAGMA recursive_triggers = "+setting)
			if _, err := conn.ExecContext(t.Context(), text); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("recursive_triggers %s: %s: %v, want a refusal", setting, text, err)
			}
		}
	}
	if seq, _, err := db.VerifyAudit(t.Context(), db.ring, ""); seq != 3 || err != nil {
		t.Errorf("after all of it: %d rows, %v", seq, err)
	}
}

// tamper opens the log up and runs statements as somebody would who can write the
// file.
func (db testDB) tamper(t *testing.T, statements ...string) {
	t.Helper()
	execRaw(t, db.raw(t), append([]string{
		"DROP TRIGGER IF EXISTS audit_no_update", "DROP TRIGGER IF EXISTS audit_no_delete", "DROP TRIGGER IF EXISTS audit_in_order",
	}, statements...)...)
}

// wantBroken checks that VerifyAudit names this row.
func (db testDB) wantBroken(t *testing.T, head string, seq int64) {
	t.Helper()
	_, _, err := db.VerifyAudit(t.Context(), db.ring, head)
	b, ok := errors.AsType[*BrokenChain](err)
	if !ok || b.Seq != seq {
		t.Errorf("VerifyAudit = %v, want a chain broken at row %d", err, seq)
	} else if !strings.Contains(b.Error(), fmt.Sprint(seq)) {
		t.Errorf("the message %q does not name row %d", b, seq)
	}
}

func TestLO03_EveryColumnIsUnderTheChain(t *testing.T) {
	t.Parallel()
	columns := map[string]string{
		"seq": "99", "at": "at + 1", "event": "'logout'", "result": "'ok'", "actor_id": "actor_id || 'x'", "actor_name": "''",
		"subject_id": "'y'", "subject_name": "upper(subject_name)", "ip": "'192.0.2.2'", "user_agent": "user_agent || ' '",
		"request_id": "''", "details": `'[{"name":"reason","after":"right"}]'`, "mac": "substr(mac, 1, length(mac) - 1) || 'A'",
	}
	for _, column := range strings.Split(auditColumns, ",") {
		column = strings.TrimSpace(column)
		if columns[column] == "" {
			t.Errorf("no change of the column %s: add one", column)
		}
	}
	for column, value := range columns {
		t.Run(column, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			db.log(t, 4)
			db.tamper(t, `UPDATE audit_log SET `+column+` = `+value+` WHERE seq = 2`)
			db.wantBroken(t, "", 2)
		})
	}
}

func TestLO03_WhatCannotBeReadIsNamed(t *testing.T) {
	t.Parallel()
	for _, details := range []string{``, `{`, `{}`, `null`, `[ ]`, `[{"name":"reason","after":"wrong"} ]`, `[{"name":"reason","after":"wrong","x":1}]`} {
		db := open(t)
		db.log(t, 3)
		db.tamper(t, `UPDATE audit_log SET details = '`+details+`' WHERE seq = 2`)
		db.wantBroken(t, "", 2)
	}
}

func TestLO03_RowsThatWereMovedCutOrAdded(t *testing.T) {
	t.Parallel()
	const copy2 = `INSERT INTO audit_log SELECT %s, at, event, result, actor_id, actor_name, subject_id, subject_name, ip, user_agent, request_id, details, mac
		FROM audit_log WHERE seq = 2`
	for name, c := range map[string]struct {
		statements []string
		broken     int64
		head       bool // found only by the head noted before
	}{
		"deleted":           {[]string{`DELETE FROM audit_log WHERE seq = 2`}, 2, false},
		"deleted and moved": {[]string{`DELETE FROM audit_log WHERE seq = 2`, `UPDATE audit_log SET seq = seq - 1 WHERE seq > 2`}, 2, false},
		"first deleted":     {[]string{`DELETE FROM audit_log WHERE seq = 1`}, 1, false},
		"swapped":           {[]string{`UPDATE audit_log SET seq = 0 WHERE seq = 2`, `UPDATE audit_log SET seq = 2 WHERE seq = 3`, `UPDATE audit_log SET seq = 3 WHERE seq = 0`}, 2, false},
		"put before":        {[]string{fmt.Sprintf(copy2, "0")}, 1, false},
		"put far before":    {[]string{fmt.Sprintf(copy2, "-5")}, 1, false},
		"repeated":          {[]string{fmt.Sprintf(copy2, "6")}, 6, false},
		"tail cut":          {[]string{`DELETE FROM audit_log WHERE seq > 3`}, 4, true},
		"all cut":           {[]string{`DELETE FROM audit_log`}, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			db.log(t, 5)
			seq, mac, err := db.VerifyAudit(t.Context(), db.ring, "")
			if err != nil || seq != 5 {
				t.Fatalf("before: %d, %v", seq, err)
			}
			head := fmt.Sprint(seq, ":", mac)
			db.tamper(t, c.statements...)
			db.wantBroken(t, head, c.broken)
			if !c.head {
				db.wantBroken(t, "", c.broken)
			}
		})
	}
}

// TestLO03_TailReplacedByTheProgramItself: the tail is cut, and the running server
// writes on. The chain alone holds then; the head noted before does not fit.
func TestLO03_TailReplacedByTheProgramItself(t *testing.T) {
	t.Parallel()
	db := open(t)
	db.log(t, 5)
	seq, mac, err := db.AuditHead()
	if err != nil {
		t.Fatal(err)
	}
	db.tamper(t, `DELETE FROM audit_log WHERE seq > 3`)
	for i := range 4 {
		db.must(t, func(tx *Tx) error { return tx.Audit(note(fmt.Sprint("new", i))) })
	}
	if _, _, err := db.VerifyAudit(t.Context(), db.ring, ""); err != nil {
		t.Errorf("without a head: %v", err)
	}
	db.wantBroken(t, fmt.Sprint(seq, ":", mac), 5)
}

func TestLO03_TheChainNeedsTheKey(t *testing.T) {
	t.Parallel()
	db := open(t)
	db.log(t, 2)
	_, _, err := db.VerifyAudit(t.Context(), secret.NewRing(), "")
	if b, ok := errors.AsType[*BrokenChain](err); !ok || b.Seq != 1 {
		t.Errorf("under another key: %v", err)
	}
	if seq, _, err := db.VerifyAudit(t.Context(), db.ring.Add(), ""); seq != 2 || err != nil {
		t.Errorf("under a ring with a newer key: %d, %v", seq, err)
	}
}

func TestVerifyAuditReadsItsHead(t *testing.T) {
	t.Parallel()
	db := open(t)
	db.log(t, 2)
	_, mac, err := db.AuditHead()
	if err != nil {
		t.Fatal(err)
	}
	for head, good := range map[string]bool{
		"": true, "2:" + mac: true,
		":": false, "2": false, "2:": false, ":" + mac: false, "x:" + mac: false, "2x:" + mac: false, "-2:" + mac: false, "0:" + mac: false, " 2:" + mac: false,
		"99999999999999999999:" + mac: false,
	} {
		_, _, err := db.VerifyAudit(t.Context(), db.ring, head)
		if (err == nil) != good {
			t.Errorf("head %q: %v", head, err)
		}
		if _, broken := errors.AsType[*BrokenChain](err); broken {
			t.Errorf("head %q: a mistake in the head is no broken chain: %v", head, err)
		}
	}
	empty := open(t)
	if seq, mac, err := empty.VerifyAudit(t.Context(), empty.ring, ""); seq != 0 || mac != "" || err != nil {
		t.Errorf("an empty log: %d, %q, %v", seq, mac, err)
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

func TestAuditTrailStopsWhenAsked(t *testing.T) {
	t.Parallel()
	db := open(t)
	db.log(t, 3)
	seen := 0
	for _, err := range db.AuditTrail(t.Context()) {
		if seen++; err != nil || seen == 2 {
			break
		}
	}
	if n := db.pool.Stats().InUse; seen != 2 || n != 0 {
		t.Errorf("saw %d entries; %d connections still in use", seen, n)
	}
}
