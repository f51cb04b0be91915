package stream_test

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/store"
	"latchkey/internal/stream"
	"latchkey/internal/stream/event"
)

// TestPause_HoldsAtOnce has the other side take its time: after a pause it gets no more of the window that
// is under way.
func TestPause_HoldsAtOnce(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	release := make(chan struct{})
	r := receive(t, func(event.Event, http.ResponseWriter) int { <-release; return 0 })
	free := sync.OnceFunc(func() { close(release) })
	t.Cleanup(free)
	id, _ := add(t, a, stream.Wish{Kind: stream.Webhook, Name: "SIEM", URL: r.URL})
	log(a, 200, 11)
	paused := false
	run(t, a, func() bool {
		if r.tries.Load() >= 3 && !paused {
			paused = true
			a.Tx(func(tx *store.Tx) error {
				_, err := stream.Pause(tx, audit.Entry{At: a.Clock.Now(), ActorID: a.Admin.ID}, id, "Ada")
				return err
			})
			time.AfterFunc(2*time.Second, free)
		}
		select {
		case <-release:
			return true
		default:
			return false
		}
	})
	if n := r.tries.Load(); n > 20 {
		t.Errorf("%d events were sent", n)
	}
}

// TestEdit_WhatFailsForTheOldAddressIsNotHeldAgainstTheNewOne changes the address while the old one is
// asked. What that one answers then is about an address that nobody wants any more.
func TestEdit_WhatFailsForTheOldAddressIsNotHeldAgainstTheNewOne(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	asked, changed := make(chan struct{}), make(chan struct{})
	var once atomic.Bool
	old := receive(t, func(event.Event, http.ResponseWriter) int {
		if !once.Swap(true) {
			close(asked)
			<-changed
		}
		return http.StatusGone
	})
	release := sync.OnceFunc(func() { close(changed) })
	t.Cleanup(release)
	next := receive(t, yes)
	id, _ := add(t, a, stream.Wish{Kind: stream.Webhook, Name: "SIEM", URL: old.URL})
	log(a, 1, 1)
	edited := false
	run(t, a, func() bool {
		select {
		case <-asked:
		default:
			return false
		}
		if !edited {
			edited = true
			a.Tx(func(tx *store.Tx) error {
				_, err := stream.Edit(a.Site.Instance, tx, audit.Entry{At: a.Clock.Now(), ActorID: a.Admin.ID}, id,
					stream.Wish{Name: "SIEM", URL: next.URL, Version: now(a, id).Version})
				return err
			})
			release()
		}
		return caughtUp(a, id)()
	})
	if s := now(a, id); s.State != store.StreamRunning || s.Failures != 0 || len(next.got()) == 0 {
		t.Errorf("%s, %d failures, %d events", s.State, s.Failures, len(next.got()))
	}
}
