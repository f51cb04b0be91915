package health

import (
	"context"
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
	var key error
	h, now := healthOf(t), time.Unix(1_900_000_000, 0)
	h.keyFile = func() error { return key }
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
	h.instance.Stop()
	asks("stopping", nil)
}

// TestAsk_OneLookAtATime: who asks while a look is under way, at a database that takes long, waits for
// that one, and not for one after the other of all who asked before. Who leaves takes nothing from
// the others.
func TestAsk_OneLookAtATime(t *testing.T) {
	t.Parallel()
	looks, looking, held := 0, make(chan struct{}), make(chan struct{})
	h, now := healthOf(t), time.Unix(1_900_000_000, 0)
	h.keyFile = func() error { looks++; close(looking); <-held; return nil }
	first, leave := context.WithCancel(t.Context())
	go h.Ask(first, now)
	<-looking
	leave()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for n := range 3 {
		if trouble, cause := h.Ask(gone, now.Add(time.Duration(n)*time.Minute)); trouble == "" || cause != nil {
			t.Errorf("somebody who left is told %q, %v", trouble, cause)
		}
	}
	said := make(chan string)
	go func() { trouble, _ := h.Ask(t.Context(), now.Add(time.Millisecond)); said <- trouble }()
	close(held)
	if trouble := <-said; trouble != "" || looks != 1 {
		t.Errorf("told %q after %d looks", trouble, looks)
	}
}

// TestAsk_ALookThatPanicsFindsNothingWell: the panic is for whoever looked, and everybody else is
// told of it until the next look.
func TestAsk_ALookThatPanicsFindsNothingWell(t *testing.T) {
	t.Parallel()
	h, now := healthOf(t), time.Unix(1_900_000_000, 0)
	h.keyFile = func() error { panic("a mistake of ours") }
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was hidden")
			}
		}()
		h.Ask(t.Context(), now)
	}()
	h.keyFile = nil
	for _, want := range []string{"checking the database and the key was interrupted: see the log", ""} {
		if trouble, cause := h.Ask(t.Context(), now); trouble != want || cause != nil {
			t.Errorf("%q, %v, want %q", trouble, cause, want)
		}
		now = now.Add(time.Second)
	}
}

// healthOf is the health of a new instance.
func healthOf(t *testing.T) *Health {
	t.Helper()
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
	return New(i, nil)
}
