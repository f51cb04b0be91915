package health

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"latchkey/internal/instance"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

func TestAsk(t *testing.T) {
	t.Parallel()
	ring := secret.NewRing()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "latchkey.db"), ring, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	i, err := instance.New(instance.Config{DB: db, Ring: ring, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	var key error
	h, now := New(i, func() error { return key }), time.Unix(1_900_000_000, 0)
	asks := func(want string, wantCause error) {
		t.Helper()
		if got, cause := h.Ask(t.Context(), now); got != want || !errors.Is(cause, wantCause) || cause != nil && wantCause == nil {
			t.Errorf("%q, %v, want %q, %v", got, cause, want, wantCause)
		}
	}
	asks("", nil)
	key = errors.New("another file")
	asks("", nil) // the answer of a second ago
	now = now.Add(time.Second)
	asks("the key file was deleted or replaced: see the log", key)
	now, key = now.Add(-time.Hour), nil // the clock was put back
	asks("", nil)
	h.NoteDamaged()
	asks("the database is damaged: restore it from a backup", nil)
	i.Stop()
	asks("stopping", nil)
}
