package store

import (
	"testing"
	"time"
)

func TestSetupCodeIsTakenOnce(t *testing.T) {
	t.Parallel()
	db := open(t)
	living := func() (hash string) {
		db.must(t, func(tx *Tx) (err error) { hash, err = tx.SetupCode(start(), time.Hour); return err })
		return hash
	}
	if got := living(); got != "" {
		t.Errorf("%q is there before any was made", got)
	}
	for _, hash := range []string{"h1", "h2"} {
		db.must(t, func(tx *Tx) error { return tx.SetSetupCode(hash, start().Add(time.Minute)) })
		if got := living(); got != hash {
			t.Errorf("%q is there, want %q", got, hash)
		}
	}
	if db.once(t, func(tx *Tx) (bool, error) { return tx.TakeSetupCode("h1") }) {
		t.Error("a replaced code was taken")
	}
	if db.once(t, func(tx *Tx) (bool, error) { return tx.TakeSetupCode("") }) {
		t.Error("an empty code was taken")
	}
	if won := db.winners(t, 50, func(tx *Tx, _ int) (bool, error) { return tx.TakeSetupCode("h2") }); won != 1 {
		t.Errorf("%d callers took one code", won)
	}
	db.must(t, func(tx *Tx) error { return tx.SetSetupCode("h2", start().Add(2*time.Hour)) })
	if got := living(); got != "" {
		t.Errorf("%q works for longer than any code does: its clock was ahead", got)
	}
	db.must(t, func(tx *Tx) error { return tx.SetSetupCode("h2", start()) })
	if got := living(); got != "" {
		t.Errorf("%q is there after its end", got)
	}
}
