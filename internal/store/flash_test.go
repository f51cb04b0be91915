package store

import (
	"testing"
	"time"
)

func TestFlashAndNewCodesBelongToOneSession(t *testing.T) {
	t.Parallel()
	db := open(t)
	id := db.add(t, "anna")
	db.must(t, func(tx *Tx) error {
		return firstOf(tx.AddSession(session(id, "a")), tx.AddSession(session(id, "b")), tx.SetFlash(id, "id-a", "sealed"),
			tx.SetNewCodes("id-a", "first", start(), start().Add(time.Minute)), tx.SetNewCodes("id-a", "second", start(), start().Add(time.Minute)))
	})
	for name, flash := range map[string]string{"a": "sealed", "b": ""} {
		if s, _, _, err := db.SessionByHash("hash-"+name, start()); s.Flash != flash || err != nil {
			t.Errorf("flash of %s: %q, %v", name, s.Flash, err)
		}
	}
	codes := func(id string, after time.Duration) string {
		s, ok, err := db.NewCodesOf(id, start().Add(after))
		if err != nil || ok != (s.Sealed != "") || ok && !s.Made.Equal(start()) {
			t.Errorf("codes of %s: %+v, %v, %v", id, s, ok, err)
		}
		return s.Sealed
	}
	if a, b, late := codes("id-a", 0), codes("id-b", 0), codes("id-a", time.Minute); a != "second" || b != "" || late != "" {
		t.Errorf("sheets %q, %q and later %q", a, b, late)
	}
	db.must(t, func(tx *Tx) error { return tx.DropNewCodes("id-a") })
	if got := codes("id-a", 0); got != "" {
		t.Errorf("codes that were dropped: %q", got)
	}
	db.must(t, func(tx *Tx) error {
		if err := tx.SetNewCodes("id-b", "x", start(), start().Add(time.Minute)); err != nil {
			return err
		}
		_, err := tx.EndSession(id, "id-b")
		return err
	})
	if n := db.number(t, `SELECT count(*) FROM recovery_sheets`); n != 0 {
		t.Errorf("%d sheets outlived their sessions", n)
	}
}
