package server

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/instance"
	"latchkey/internal/program"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

// TestLO03_OldEventsAreRemoved whole days at a time, in several transactions, with
// one row that says so; and not at all where they are kept for ever.
func TestLO03_OldEventsAreRemoved(t *testing.T) {
	t.Parallel()
	ring := secret.NewRing()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "latchkey.db"), ring, true)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const days, perDay = 400, 3
	now := time.Date(2027, 3, 4, 15, 0, 0, 0, time.UTC)
	tx := func(fn func(*store.Tx) error) {
		t.Helper()
		if err := db.Tx(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
	}
	tx(func(tx *store.Tx) error {
		for i := range days * perDay {
			at := now.AddDate(0, 0, i/perDay-days).Add(time.Duration(i%perDay) * time.Minute)
			if err := tx.Audit(audit.Entry{At: at, Event: audit.Logout, Result: audit.ResultOK}); err != nil {
				return err
			}
		}
		return nil
	})
	p := &Server{Program: &program.Program{DB: db}}
	for _, c := range []struct {
		keep string
		now  time.Time
		last int64
		told bool
	}{
		{"0", now, 0, false}, {"3650", now, 0, false}, {"399", now, 3, true}, {"399", now.Add(time.Hour), 3, false}, {"30", now, (days - 30) * perDay, true}, {"30", now.AddDate(0, 0, 1), (days - 29) * perDay, true},
	} {
		tx(func(tx *store.Tx) error { return tx.SetSetting("audit_keep_days", c.keep) })
		before, _, _ := db.AuditHead()
		if err := p.removeOldEvents(context.Background(), c.now); err != nil {
			t.Fatal(err)
		}
		removed, err := db.AuditRemoved()
		if err != nil || removed.LastSeq != c.last {
			t.Errorf("%s days: removed up to %d, %v; want %d", c.keep, removed.LastSeq, err, c.last)
		}
		after, _, err := db.VerifyAudit(t.Context(), ring, "")
		if err != nil || (after == before+1) != c.told || after > before+1 {
			t.Errorf("%s days: %d rows were written, %v", c.keep, after-before, err)
		}
		entries, err := db.AuditEntries(t.Context(), store.AuditFilter{Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		if e := entries[0]; c.told && (e.Event != audit.AuditRemoved || e.ActorName != "server" || e.Details[0].After != fmt.Sprint(c.last)) {
			t.Errorf("%s days: %+v", c.keep, e)
		}
	}
}

// TestSweep_GoesByTheClockOfTheInstance removes what is over by the clock that says of
// everything else whether it is.
func TestSweep_GoesByTheClockOfTheInstance(t *testing.T) {
	t.Parallel()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "latchkey.db"), secret.NewRing(), true)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	now := time.Date(2107, 3, 4, 15, 0, 0, 0, time.UTC)
	s := &Server{Program: &program.Program{DB: db, Instance: &instance.Instance{Config: instance.Config{
		DB: db, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now },
	}}}}
	err = db.Tx(t.Context(), func(tx *store.Tx) error {
		_, _, err := tx.Count(auth.BucketNetwork, "k", auth.Limit{Free: 5, Window: time.Hour}, now)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{1, 0} {
		if err := s.sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if tries, err := db.Tries(auth.BucketNetwork, "k"); tries.Count != want || err != nil {
			t.Errorf("at %s %d tries are remembered, %v; want %d", now, tries.Count, err, want)
		}
		now = now.Add(2 * time.Hour)
	}
}
