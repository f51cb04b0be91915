package stream_test

import (
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/stream"
	"latchkey/internal/stream/delivery"
	"latchkey/internal/stream/eventhubstest"
)

// TestEventHubs_ThereAndBack sends to a hub that fails in many ways meanwhile, reads it back and
// compares: nothing is missing, out of order or altered, and only what was on its way when a
// connection was cut is there twice.
func TestEventHubs_ThereAndBack(t *testing.T) {
	t.Parallel()
	h := eventhubstest.Start(t, eventhubstest.Options{Partitions: 4})
	a := apptest.Start(t, apptest.Options{})
	id, _ := add(t, a, stream.Wish{Kind: stream.EventHubs, Name: "Azure", Connection: h.Connection()})
	findings := func() stream.Findings {
		f, err := stream.Check(t.Context(), a.Site.Instance, now(a, id), earliest(), 1<<20, nil)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	log(a, 300, 7)
	run(t, a, caughtUp(a, id))
	if f := findings(); !f.OK() || f.Arrived != 301 || f.Expected != 301 { // with the row that says it was added
		t.Errorf("without a fault: %+v", f)
	}
	h.Cut(1)
	log(a, 300, 7)
	run(t, a, caughtUp(a, id))
	for _, fault := range []func(){
		h.Drop, func() { h.Detach(eventhubstest.Detached) }, func() { h.Refuse(2, eventhubstest.Busy) },
		func() {
			h.Stop()
			run(t, a, func() bool { return now(a, id).Failures > 0 })
			if err := h.Restart(); err != nil {
				t.Error(err)
			}
		},
	} {
		log(a, 300, 7)
		fault()
		run(t, a, func() bool {
			if now(a, id).Failures > 0 {
				a.Clock.Add(time.Minute)
			}
			return caughtUp(a, id)()
		})
	}
	f := findings()
	twice := f.Counts[stream.Doubled]
	if len(f.Counts) > 1 || twice < 1 || f.Expected != 301+5*300 || f.Arrived != f.Expected+twice {
		t.Errorf("with faults: %+v", f)
	}
	held := 0
	for p := range 4 {
		held += len(h.Stored(p))
	}
	if int64(held) != f.Arrived {
		t.Errorf("the hub holds %d, and %d arrived", held, f.Arrived)
	}
}

// TestEventHubs_CheckOfAnHour: what happened in an hour is looked for in every partition, also before
// the last of them has its first event, and the newest that arrived are first, whichever partition has them.
func TestEventHubs_CheckOfAnHour(t *testing.T) {
	t.Parallel()
	h := eventhubstest.Start(t, eventhubstest.Options{Partitions: 4})
	a := apptest.Start(t, apptest.Options{})
	id, _ := add(t, a, stream.Wish{Kind: stream.EventHubs, Name: "Azure", Connection: h.Connection()})
	a.Clock.Add(3 * time.Hour)
	log(a, 10, 1)
	run(t, a, caughtUp(a, id))
	log(a, 8, 8)
	run(t, a, caughtUp(a, id))
	f, err := stream.Check(t.Context(), a.Site.Instance, now(a, id), delivery.Query{From: stream.Since(a.Clock.Now(), time.Hour)}, 0, nil)
	if err != nil || !f.OK() || f.Expected != 18 {
		t.Errorf("%d expected, %v, %v", f.Expected, f.Counts, err)
	}
	for i, l := range f.Last {
		if i > 0 && l.Enqueued.After(f.Last[i-1].Enqueued) {
			t.Errorf("event %d arrived after the one before it in the list", l.Event.Data.Seq)
		}
	}
}

// TestEventHubs_WhatTheHubRemovedIsNotMissing: a hub keeps events for some days. Those that it has removed
// since are not missing, and the check says that they are gone.
func TestEventHubs_WhatTheHubRemovedIsNotMissing(t *testing.T) {
	t.Parallel()
	h := eventhubstest.Start(t, eventhubstest.Options{Partitions: 2})
	a := apptest.Start(t, apptest.Options{})
	id, _ := add(t, a, stream.Wish{Kind: stream.EventHubs, Name: "Azure", Connection: h.Connection()})
	log(a, 40, 8)
	run(t, a, caughtUp(a, id))
	for p := range 2 {
		h.Trim(p, 3)
	}
	f, err := stream.Check(t.Context(), a.Site.Instance, now(a, id), earliest(), 0, nil)
	if err != nil || !f.OK() || f.Arrived != 6 || f.Expected == 0 || !f.LaterThanAsked {
		t.Errorf("%d arrived, %d expected, %v, later %v, %v", f.Arrived, f.Expected, f.Counts, f.LaterThanAsked, err)
	}
}

// TestEventHubs_SaysWhatIsWrong: a test event waits for the answer and shows it, without the key.
func TestEventHubs_SaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	h := eventhubstest.Start(t, eventhubstest.Options{})
	a := apptest.Start(t, apptest.Options{})
	name := "Azure"
	for connection, want := range map[string]string{
		h.Connection():                                              "",
		h.ConnectionOf("audit", "aK7+hidden"):                       "refuses the policy “send”",
		h.ConnectionOf("other", "secret"):                           "has no event hub other",
		strings.Replace(h.Connection(), "127.0.0.1", "10.0.0.1", 1): "--stream-networks",
	} {
		name += " again"
		id, _ := add(t, a, stream.Wish{Kind: stream.EventHubs, Name: name, Connection: connection, Partition: "0"})
		got, err := stream.SendTest(t.Context(), a.Site.Instance, id)
		if err != nil || got.Accepted != (want == "") || !strings.Contains(got.Said, want) || strings.Contains(got.Said, "hidden") {
			t.Errorf("%q: %+v, %v", want, got, err)
		}
	}
}
