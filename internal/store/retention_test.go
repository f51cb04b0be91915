package store

import (
	"errors"
	"fmt"
	"regexp"
	"testing"
	"time"
)

// day is noon of a day of these tests; the log below has three rows of each day.
func day(n int) time.Time {
	return start().Truncate(24*time.Hour).AddDate(0, 0, n).Add(12 * time.Hour)
}

// logDays writes three rows of each of so many days.
func (db testDB) logDays(t *testing.T, days int) {
	t.Helper()
	db.must(t, func(tx *Tx) error {
		for i := range 3 * days {
			e := note(fmt.Sprint("n", i+1))
			e.At = day(i / 3).Add(time.Duration(i%3) * time.Hour)
			if err := tx.Audit(e); err != nil {
				return err
			}
		}
		return nil
	})
}

// remove removes what is older than a day, and returns how many rows that were.
func (db testDB) remove(t *testing.T, before time.Time, most int) (n int, more bool, err error) {
	t.Helper()
	err = db.Tx(t.Context(), func(tx *Tx) (err error) {
		n, more, err = tx.RemoveAudit(day(100), before, most)
		return err
	})
	return n, more, err
}

func TestLO03_RetentionRemovesAPrefixAndTheChainHolds(t *testing.T) {
	t.Parallel()
	db := open(t)
	db.logDays(t, 10)
	_, first, err := db.VerifyAudit(t.Context(), db.ring, "")
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		before time.Time
		most   int
		n      int
		more   bool
		last   int64
	}{
		{day(0), 100, 0, false, 0}, {day(2), 4, 4, true, 4}, {day(2), 2, 2, false, 6}, {day(2), 4, 0, false, 6},
		{day(3).Add(time.Hour), 4, 4, false, 10}, {day(99), 100, 19, false, 29}, {day(99), 100, 0, false, 29},
	} {
		n, more, err := db.remove(t, c.before, c.most)
		if n != c.n || more != c.more || err != nil {
			t.Errorf("step %d: %d rows, more %v, %v; want %d, %v", i, n, more, err, c.n, c.more)
		}
		d, err := db.AuditRemoved()
		if d.LastSeq != c.last || err != nil {
			t.Errorf("step %d: removed up to %d, %v; want %d", i, d.LastSeq, err, c.last)
		}
		seq, mac, err := db.VerifyAudit(t.Context(), db.ring, "")
		if seq != 30 || mac != first || err != nil {
			t.Errorf("step %d: verify gives %d:%s, %v", i, seq, mac, err)
		}
		if rows := db.number(t, `SELECT count(*) FROM audit_log`); rows != 30-c.last {
			t.Errorf("step %d: %d rows are left", i, rows)
		}
	}
	d, err := db.AuditRemoved()
	if err != nil || !d.FirstAt.Equal(day(0)) || d.FirstMAC == "" || !d.LastAt.Equal(day(9).Add(time.Hour)) || !d.At.Equal(day(100)) {
		t.Errorf("%+v, %v", d, err)
	}
	db.log(t, 3)
	if seq, _, err := db.VerifyAudit(t.Context(), db.ring, fmt.Sprint("30:", first)); seq != 33 || err != nil {
		t.Errorf("after more rows: %d, %v", seq, err)
	}
}

// TestLO03_RetentionStopsAtTheFirstYoungRow, even where older ones follow because
// the clock stepped: a prefix goes, nothing out of the middle.
func TestLO03_RetentionStopsAtTheFirstYoungRow(t *testing.T) {
	t.Parallel()
	db := open(t)
	for _, d := range []int{0, 1, 50, 2, 3, 60} {
		e := note("anna")
		e.At = day(d)
		db.must(t, func(tx *Tx) error { return tx.Audit(e) })
	}
	if n, more, err := db.remove(t, day(10), 100); n != 2 || more || err != nil {
		t.Errorf("%d, %v, %v", n, more, err)
	}
}

// TestLO03_NothingYoungerThanThirtyDaysGoes, whatever the program asks for.
func TestLO03_NothingYoungerThanThirtyDaysGoes(t *testing.T) {
	t.Parallel()
	db := open(t)
	db.logDays(t, 80)
	if _, _, err := db.remove(t, day(71), 1000); err == nil {
		t.Error("rows of 29 days were removed")
	}
	if n, _, err := db.remove(t, day(70), 1000); n != 210 || err != nil {
		t.Errorf("%d rows of 30 days were removed, %v", n, err)
	}
}

func TestLO03_RetentionKeepsTheEvidence(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		statement string
		broken    int64
	}{
		"changed":         {`UPDATE audit_log SET event = 'logout' WHERE seq = 5`, 5},
		"removed":         {`DELETE FROM audit_log WHERE seq = 4`, 4},
		"first removed":   {`DELETE FROM audit_log WHERE seq = 3`, 3},
		"made older":      {`UPDATE audit_log SET at = 1 WHERE seq = 10`, 10},
		"summary changed": {`UPDATE audit_removed SET last_at = last_at - 1`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			db.logDays(t, 5)
			if _, _, err := db.remove(t, day(1), 2); err != nil {
				t.Fatal(err)
			}
			db.tamper(t, c.statement)
			_, _, err := db.remove(t, day(4), 100)
			if b, ok := errors.AsType[*BrokenChain](err); !ok || b.Seq != c.broken {
				t.Errorf("told %v, want a chain broken at row %d", err, c.broken)
			}
			if d, err := db.AuditRemoved(); err != nil || d.LastSeq != 2 {
				t.Errorf("removed up to %d, %v", d.LastSeq, err)
			}
		})
	}
}

// TestLO03_WhatRetentionRemovedCannotBeForged: somebody who can write the file,
// but has no key, hides rows behind what looks like retention.
func TestLO03_WhatRetentionRemovedCannotBeForged(t *testing.T) {
	t.Parallel()
	const summary = `INSERT INTO audit_removed SELECT 1, 3, (SELECT at FROM audit_log WHERE seq = 1), (SELECT mac FROM audit_log WHERE seq = 1),
		at, mac, at + 9000000000, 'x.y' FROM audit_log WHERE seq = 3`
	for name, c := range map[string]struct {
		removed    bool // by retention before, up to row 3
		statements []string
		broken     int64
	}{
		"invented":         {false, []string{summary, `DELETE FROM audit_log WHERE seq <= 3`}, 1},
		"without one":      {false, []string{`DELETE FROM audit_log WHERE seq <= 3`}, 1},
		"taken further":    {true, []string{`UPDATE audit_removed SET last_seq = 6, last_mac = (SELECT mac FROM audit_log WHERE seq = 6)`, `DELETE FROM audit_log WHERE seq <= 6`}, 1},
		"more rows gone":   {true, []string{`DELETE FROM audit_log WHERE seq <= 6`}, 4},
		"gone itself":      {true, []string{`DELETE FROM audit_removed`}, 1},
		"told of less":     {true, []string{`UPDATE audit_removed SET last_seq = 2`}, 1},
		"other time":       {true, []string{`UPDATE audit_removed SET removed_at = removed_at + 1`}, 1},
		"other first time": {true, []string{`UPDATE audit_removed SET first_at = first_at - 1`}, 1},
		"other first mac":  {true, []string{`UPDATE audit_removed SET first_mac = 'x'`}, 1},
		"other last time":  {true, []string{`UPDATE audit_removed SET last_at = last_at - 1`}, 1},
		"other mac":        {true, []string{`UPDATE audit_removed SET mac = last_mac`}, 1},
		"row put back":     {true, []string{`INSERT INTO audit_log SELECT 3, at, event, result, actor_id, actor_name, subject_id, subject_name, ip, user_agent, request_id, details, mac FROM audit_log WHERE seq = 4`}, 4},
		"all gone":         {true, []string{`DELETE FROM audit_log`}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			db.logDays(t, 5)
			if c.removed {
				if n, _, err := db.remove(t, day(1), 100); n != 3 || err != nil {
					t.Fatal(n, err)
				}
			}
			db.tamper(t, c.statements...)
			db.wantBroken(t, "", c.broken)
		})
	}
}

// TestLO03_OlderSummaryDoesNotFit: what stood there before retention went on is
// genuine, but the rows it ends with are gone.
func TestLO03_OlderSummaryDoesNotFit(t *testing.T) {
	t.Parallel()
	db := open(t)
	db.logDays(t, 5)
	for _, d := range []int{1, 2} {
		db.tamper(t, `CREATE TABLE IF NOT EXISTS kept AS SELECT * FROM audit_removed`)
		if _, _, err := db.remove(t, day(d), 100); err != nil {
			t.Fatal(err)
		}
		db.tamper(t, `INSERT INTO kept SELECT * FROM audit_removed`)
	}
	db.tamper(t, `DELETE FROM audit_removed`, `INSERT INTO audit_removed SELECT * FROM kept ORDER BY last_seq LIMIT 1`)
	db.wantBroken(t, "", 4)
}

// TestLO03_TriggersGuardRetention: without dropping them, no statement deletes what
// the signed row does not tell of, nor makes that row tell of anything else.
func TestLO03_TriggersGuardRetention(t *testing.T) {
	t.Parallel()
	db := open(t)
	db.logDays(t, 5)
	conn := db.raw(t)
	refusal := regexp.MustCompile("(?i)append-only|check constraint")
	refused := func(statements ...string) {
		t.Helper()
		for _, text := range statements {
			if _, err := conn.ExecContext(t.Context(), inRaw(text)); err == nil || !refusal.MatchString(err.Error()) {
				t.Errorf("%s: %v, want a refusal", text, err)
			}
		}
	}
	row := func(last int, firstAt, firstMAC string, later, seq int, after ...int64) string {
		return orReplace("audit_removed", fmt.Sprintf(` SELECT 1, %d, %s, %s, at + %d, mac, at + %d, 'x.y' FROM audit_log WHERE seq = %d`,
			last, firstAt, firstMAC, later, append(after, 9000000000)[0], seq), `"only"`)
	}
	one, first := `(SELECT at FROM audit_log WHERE seq = 1)`, `(SELECT mac FROM audit_log WHERE seq = 1)`
	refused(`DELETE FROM audit_log WHERE seq = 1`, `DELETE FROM audit_log`,
		row(99, one, first, 0, 3), row(15, one, first, 0, 15), row(4, one, first, 0, 3),
		row(3, one, `'x'`, 0, 3), row(3, one, first, 1, 3), row(3, one, first, 0, 3, 2000000000))
	if n, _, err := db.remove(t, day(1), 100); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	refused(`DELETE FROM audit_removed`, `UPDATE audit_removed SET last_seq = 2`, `UPDATE audit_removed SET last_seq = 99`, `UPDATE audit_removed SET first_mac = 'x'`,
		`UPDATE audit_removed SET last_seq = 5`, `UPDATE audit_removed SET removed_at = 1`,
		`UPDATE audit_removed SET (last_seq, last_at, last_mac) = (SELECT seq, at, mac FROM audit_log WHERE seq = 15)`,
		row(5, one, first, 0, 5), `DELETE FROM audit_log WHERE seq = 4`, `DELETE FROM audit_log WHERE seq = 15`, `UPDATE audit_log SET seq = 2 WHERE seq = 4`,
		`INSERT INTO audit_log SELECT 3, at, event, result, actor_id, actor_name, subject_id, subject_name, ip, user_agent, request_id, details, mac FROM audit_log WHERE seq = 4`)
	if seq, _, err := db.VerifyAudit(t.Context(), db.ring, ""); seq != 15 || err != nil {
		t.Errorf("after all of it: %d, %v", seq, err)
	}
}
