package store

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"latchkey/internal/secret"
)

// tamper drops what keeps the log as it is, runs statements as somebody would who can
// write the file, and covers up: the triggers are made again, and the days fit the rows
// that are left unless a statement was about them.
func (db testDB) tamper(t *testing.T, statements ...string) {
	t.Helper()
	raw := db.raw(t)
	back := withoutTriggers(t, raw)
	execRaw(t, raw, statements...)
	if !strings.Contains(strings.Join(statements, " "), "audit_days") {
		execRaw(t, raw, `DELETE FROM audit_days`, `INSERT INTO audit_days SELECT at / 86400000, min(seq), max(seq), max(at) FROM audit_log GROUP BY 1`)
	}
	execRaw(t, raw, back...)
}

// withoutTriggers takes the triggers of the audit log away, and returns the statements that put
// them back.
func withoutTriggers(t *testing.T, raw *sql.Conn) (back []string) {
	t.Helper()
	if onPostgres { // as a replica does, which takes over what the triggers of its origin did
		execRaw(t, raw, `SET session_replication_role = replica`)
		return []string{`RESET session_replication_role`}
	}
	rows, err := raw.QueryContext(t.Context(), `SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name LIKE 'audit%'`)
	if err != nil {
		t.Fatal(err)
	}
	names, err := collect(rows, func(row scanner) (name string, err error) {
		var text string
		err = row.Scan(&name, &text)
		back = append(back, text)
		return name, err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		execRaw(t, raw, `DROP TRIGGER `+name)
	}
	return back
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
		"request_id": "''", "details": `'[{"name":"reason","after":"right"}]'`, "mac": "CASE substr(mac, 1, 1) WHEN 'A' THEN 'B' ELSE 'A' END || substr(mac, 2)",
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
	}{
		"deleted":           {[]string{`DELETE FROM audit_log WHERE seq = 2`}, 2},
		"deleted and moved": {[]string{`DELETE FROM audit_log WHERE seq = 2`, `UPDATE audit_log SET seq = seq - 1 WHERE seq > 2`}, 2},
		"first deleted":     {[]string{`DELETE FROM audit_log WHERE seq = 1`}, 1},
		"swapped":           {[]string{`UPDATE audit_log SET seq = 0 WHERE seq = 2`, `UPDATE audit_log SET seq = 2 WHERE seq = 3`, `UPDATE audit_log SET seq = 3 WHERE seq = 0`}, 2},
		"put before":        {[]string{fmt.Sprintf(copy2, "0")}, 1},
		"put far before":    {[]string{fmt.Sprintf(copy2, "-5")}, 1},
		"repeated":          {[]string{fmt.Sprintf(copy2, "6")}, 6},
		"tail cut":          {[]string{`DELETE FROM audit_log WHERE seq > 3`}, 4},
		"all cut":           {[]string{`DELETE FROM audit_log`}, 1},
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
			db.wantBroken(t, "", c.broken)
		})
	}
}

// TestLO03_TailReplacedByTheProgramItself: the tail is cut, and the running server
// writes on. The chain alone holds then; the sealed head stays where it was for ever.
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
	db.wantBroken(t, "", 6)
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
