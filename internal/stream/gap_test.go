package stream_test

import (
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/stream"
)

// TestDrain_WhileThePagesAreUsed sends in pieces with gaps between them, and misses nothing at their
// edges.
func TestDrain_WhileThePagesAreUsed(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	id, _ := add(t, a, stream.Wish{Kind: stream.File, Name: "archive"})
	log(a, 1100, 7)
	a.Clock.Add(time.Minute)
	if a.Site.InUse() {
		t.Error("in use, a minute after the last request")
	}
	a.Browser().Get("/login")
	if !a.Site.InUse() {
		t.Error("not in use, while a page is asked for")
	}
	run(t, a, caughtUp(a, id))
	s := now(a, id)
	ordered(t, lines(t, a, "archive"), s.Begins+1, s.Cursor)
}
