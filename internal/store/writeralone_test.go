package store

import (
	"context"
	"errors"
	"sync"
	"testing"

	"latchkey/internal/problem"
)

func TestTxAlone_IsWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	db := open(t)
	set := func(tx *Tx, name string) error { return tx.SetMeta(name, "1") }
	mine := errors.New("mine")
	for name, fn := range map[string]func(tx *Tx) error{
		"error": func(tx *Tx) error { return errors.Join(set(tx, "error"), mine) },
		"panic": func(tx *Tx) error { set(tx, "panic"); panic("oh") },
		"storage": func(tx *Tx) error {
			if err := set(tx, "storage"); err != nil {
				return err
			}
			return tx.exec(`INSERT INTO meta (name, value) VALUES ($1, $1), ($1, $1)`, "twice")
		},
	} {
		err := db.TxAlone(t.Context(), fn)
		if err == nil || name == "error" && !errors.Is(err, mine) || name == "storage" && !problem.Is(err, problem.Unavailable) {
			t.Errorf("%s: %v", name, err)
		}
		if value, err := db.Meta(name); value != "" || err != nil {
			t.Errorf("%s left %q, %v", name, value, err)
		}
	}
	if err := db.TxAlone(t.Context(), func(tx *Tx) error { return set(tx, "good") }); err != nil {
		t.Error(err)
	}
	if value, err := db.Meta("good"); value != "1" || err != nil {
		t.Errorf("%q, %v", value, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := db.TxAlone(ended, func(tx *Tx) error { return set(tx, "late") }); !errors.Is(err, context.Canceled) {
		t.Errorf("after its context: %v", err)
	}
}

// TestTxAlone_SharesNoCommit mixes both kinds: an error of the one undoes nothing
// of the others.
func TestTxAlone_SharesNoCommit(t *testing.T) {
	t.Parallel()
	db := open(t)
	mine := errors.New("mine")
	var running sync.WaitGroup
	for i := range 60 {
		name := string(rune('a'+i%26)) + string(rune('a'+i/26))
		running.Go(func() {
			var err error
			if i%3 == 0 {
				err = db.TxAlone(t.Context(), func(tx *Tx) error { return errors.Join(tx.SetMeta(name, "1"), mine) })
			} else {
				err = db.Tx(t.Context(), func(tx *Tx) error { return tx.SetMeta(name, "1") })
			}
			if (i%3 == 0) != errors.Is(err, mine) {
				t.Errorf("%d: %v", i, err)
			}
			if value, err := db.Meta(name); (value == "") != (i%3 == 0) || err != nil {
				t.Errorf("%d left %q, %v", i, value, err)
			}
		})
	}
	running.Wait()
}
