package store

import (
	"errors"
	"fmt"
	"testing"

	"latchkey/internal/secret"
)

// A log that was cut has no head of its own that verifies: only the key makes one.
func TestLO03_ACutLogNeedsTheKey(t *testing.T) {
	t.Parallel()
	forged := func(seq int64, mac string) string {
		return fmt.Sprintf(`UPDATE audit_head SET seq = %d, mac = %s, seal = '%s'`, seq, mac, sealOf(secret.NewRing(), place{seq, "x"}))
	}
	const third = `(SELECT mac FROM audit_log WHERE seq = 3)`
	for name, c := range map[string]struct {
		statements []string
		broken     int64
	}{
		"tail":                     {[]string{`DELETE FROM audit_log WHERE seq > 3`}, 4},
		"newest row":               {[]string{`DELETE FROM audit_log WHERE seq = 5`}, 5},
		"all":                      {[]string{`DELETE FROM audit_log`}, 1},
		"tail and head":            {[]string{`DELETE FROM audit_log WHERE seq > 3`, `DELETE FROM audit_head`}, 3},
		"all and head":             {[]string{`DELETE FROM audit_log`, `DELETE FROM audit_head`}, 0},
		"head alone":               {[]string{`DELETE FROM audit_head`}, 5},
		"tail, number moved":       {[]string{`DELETE FROM audit_log WHERE seq > 3`, `UPDATE audit_head SET seq = 3`}, 3},
		"tail, number and mac":     {[]string{`DELETE FROM audit_log WHERE seq > 3`, `UPDATE audit_head SET seq = 3, mac = ` + third}, 3},
		"tail, another key's seal": {[]string{`DELETE FROM audit_log WHERE seq > 3`, forged(3, third)}, 3},
		"all, another key's seal":  {[]string{`DELETE FROM audit_log`, forged(0, `''`)}, 0},
		"tail, a row's mac":        {[]string{`DELETE FROM audit_log WHERE seq > 3`, `UPDATE audit_head SET seq = 3, mac = ` + third + `, seal = ` + third}, 3},
		"all and retention":        {[]string{`DELETE FROM audit_log`, `INSERT INTO audit_removed VALUES (1, 5, 0, 'x', 0, 'y', 9000000000, 'z')`}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			db.log(t, 5)
			db.tamper(t, c.statements...)
			_, _, err := db.VerifyAudit(t.Context(), db.ring, "")
			if b, ok := errors.AsType[*BrokenChain](err); !ok || b.Seq != c.broken {
				t.Errorf("VerifyAudit = %v, want a chain broken at row %d", err, c.broken)
			}
			// What is written on does not make it whole again.
			db.must(t, func(tx *Tx) error { return tx.Audit(note("later")) })
			db.must(t, func(tx *Tx) error { return tx.Audit(note("later still")) })
			if _, _, err := db.VerifyAudit(t.Context(), db.ring, ""); err == nil {
				t.Error("it verifies again after two more rows")
			}
		})
	}
}

// The head moves with the rows, goes back with a transaction that fails, and only its
// own triggers let it be written.
func TestLO03_TheHeadMovesWithTheRows(t *testing.T) {
	t.Parallel()
	db := open(t)
	for i := range 3 {
		db.must(t, func(tx *Tx) error { return tx.Audit(note(fmt.Sprint(i))) })
		err := db.Tx(t.Context(), func(tx *Tx) error { return errors.Join(tx.Audit(note("undone")), errOwn) })
		if !errors.Is(err, errOwn) {
			t.Fatal(err)
		}
		h, err := db.sealedHead()
		if err != nil || h.seq != int64(i+1) || !h.genuine(db.ring) {
			t.Errorf("after %d rows: %+v, %v", i+1, h, err)
		}
	}
	if _, _, err := db.VerifyAudit(t.Context(), db.ring, ""); err != nil {
		t.Error(err)
	}
	for _, text := range []string{
		`UPDATE audit_head SET seq = 2`, `UPDATE audit_head SET mac = ''`, `DELETE FROM audit_head`, orReplace("audit_head", ` VALUES (1, 9, 'x', 'y')`, `"only"`),
		`INSERT INTO audit_head VALUES (2, 9, 'x', 'y')`, `UPDATE audit_head SET "only" = 2, seq = 9`,
	} {
		if err := db.Tx(t.Context(), func(tx *Tx) error { return tx.exec(text) }); err == nil {
			t.Errorf("%s was done", text)
		}
	}
}

// A log of an earlier version gets its head with the table.
func TestMigrateSealsTheHead(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	path, ring := older(t, 20)
	if _, err := Migrate(t.Context(), path, ring, serverRow()); err != nil {
		t.Fatal(err)
	}
	db, err := Open(t.Context(), path, ring, false)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if h, err := db.sealedHead(); err != nil || h.seq != 1 || !h.genuine(ring) {
		t.Errorf("%+v, %v", h, err)
	}
	if seq, _, err := db.VerifyAudit(t.Context(), ring, ""); seq != 1 || err != nil {
		t.Error(seq, err)
	}
}

// Filtered pages look where the table audit_days sends them, so it is compared with the rows.
func TestLO03_TheDaysAreComparedWithTheRows(t *testing.T) {
	t.Parallel()
	for name, statement := range map[string]string{
		"emptied":     `DELETE FROM audit_days`,
		"one gone":    `DELETE FROM audit_days WHERE day = (SELECT max(day) FROM audit_days)`,
		"shorter":     `UPDATE audit_days SET last_seq = last_seq - 1`,
		"later":       `UPDATE audit_days SET first_seq = first_seq + 1`,
		"time":        `UPDATE audit_days SET last_at = last_at - 1`,
		"another day": `UPDATE audit_days SET day = day + 1 WHERE day = (SELECT max(day) FROM audit_days)`,
		"added":       `INSERT INTO audit_days VALUES (1, 2, 3, 86400001)`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			for i := range 6 {
				e := note(fmt.Sprint(i))
				e.At = start().AddDate(0, 0, i/2)
				db.must(t, func(tx *Tx) error { return tx.Audit(e) })
			}
			if _, _, err := db.VerifyAudit(t.Context(), db.ring, ""); err != nil {
				t.Fatal(err)
			}
			db.tamper(t, statement)
			_, _, err := db.VerifyAudit(t.Context(), db.ring, "")
			if b, ok := errors.AsType[*BrokenChain](err); !ok || b.Seq < 1 || b.Seq > 6 {
				t.Errorf("VerifyAudit = %v", err)
			}
			t.Log(err)
		})
	}
}
