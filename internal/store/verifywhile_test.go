package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestVerifyAuditTakesHeadsOnlyOfRowsThatAreThere(t *testing.T) {
	t.Parallel()
	db := open(t)
	db.logDays(t, 5)
	heads := map[int64]string{}
	entries, err := db.AuditEntries(t.Context(), AuditFilter{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		heads[e.Seq] = fmt.Sprintf("%d:%s", e.Seq, e.MAC)
	}
	if _, _, err := db.remove(t, day(2), 100); err != nil {
		t.Fatal(err)
	}
	for seq, head := range heads {
		_, _, err := db.VerifyAudit(t.Context(), db.ring, head)
		if _, broken := errors.AsType[*BrokenChain](err); (err == nil) != (seq >= 6) || broken {
			t.Errorf("head of row %d: %v", seq, err)
		}
	}
	db.wantBroken(t, "6:forged", 6)
}

// TestLO03_VerifyWhileTheLogGrowsAndShrinks: neither what is written nor what
// retention removes during a check looks like tampering.
func TestLO03_VerifyWhileTheLogGrowsAndShrinks(t *testing.T) {
	t.Parallel()
	db := open(t)
	db.logDays(t, 60)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 2)
	go func() {
		for ctx.Err() == nil {
			if err := db.Tx(context.Background(), func(tx *Tx) error { return tx.Audit(note("anna")) }); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	go func() {
		for more := true; more; {
			err := db.Tx(context.Background(), func(tx *Tx) (err error) { _, more, err = tx.RemoveAudit(day(100), day(55), 3); return err })
			if err != nil {
				done <- err
				return
			}
		}
		cancel()
		done <- nil
	}()
	for ctx.Err() == nil {
		if _, _, err := db.VerifyAudit(t.Context(), db.ring, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(<-done, <-done); err != nil {
		t.Error(err)
	}
	if d, err := db.AuditRemoved(); d.LastSeq != 165 || err != nil {
		t.Errorf("removed up to %d, %v", d.LastSeq, err)
	}
}

// TestLO03_PiecesAreChecked looks for every row at the seams between the pieces
// that are checked at the same time.
func TestLO03_PiecesAreChecked(t *testing.T) {
	t.Parallel()
	db := open(t)
	const n = 2*piece + 10
	db.must(t, func(tx *Tx) error {
		for range n {
			if err := tx.Audit(note("anna")); err != nil {
				return err
			}
		}
		return nil
	})
	if seq, _, err := db.VerifyAudit(t.Context(), db.ring, ""); seq != n || err != nil {
		t.Fatal(seq, err)
	}
	for _, seq := range []int64{1, piece - 1, piece, piece + 1, 2 * piece, 2*piece + 1, n - 1, n} {
		for _, change := range []string{`UPDATE audit_log SET ip = ip || 'x'`, `UPDATE audit_log SET mac = 'x' || mac`} {
			undo := strings.NewReplacer("ip || 'x'", "substr(ip, 1, length(ip) - 1)", "'x' || mac", "substr(mac, 2)").Replace(change)
			where := fmt.Sprint(" WHERE seq = ", seq)
			db.tamper(t, change+where)
			db.wantBroken(t, "", seq)
			db.tamper(t, undo+where)
		}
	}
	db.tamper(t, fmt.Sprint(`DELETE FROM audit_log WHERE seq = `, piece+1))
	db.wantBroken(t, "", piece+1)
}
