package stream_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
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

// add adds a stream.
func add(t *testing.T, a *apptest.App, w stream.Wish) (id, key string) {
	t.Helper()
	a.Tx(func(tx *store.Tx) (err error) {
		id, key, err = stream.Add(a.Site.Instance, tx, audit.Entry{At: a.Clock.Now(), ActorID: a.Admin.ID, ActorName: "root-admin"}, w)
		return err
	})
	return id, key
}

// log writes so many rows about so many users into the audit log.
func log(a *apptest.App, rows, users int) {
	a.TB.Helper()
	err := a.DB.TxAlone(context.Background(), func(tx *store.Tx) error {
		for n := range rows {
			user := fmt.Sprintf("user-%d", n%users)
			e := audit.Entry{At: a.Clock.Now(), Event: audit.LoginCode, Result: audit.ResultOK, ActorID: user, ActorName: user, SubjectID: user, SubjectName: user,
				IP: "192.0.2.1", UserAgent: "<Browser> & \u2028", Details: []audit.Detail{{Name: "n", Before: "<b>", After: fmt.Sprint(n)}}}
			if err := tx.Audit(e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		a.TB.Fatal(err)
	}
}

// run runs a runner until what it should do is done.
func run(t *testing.T, a *apptest.App, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	ended := make(chan error, 1)
	go func() { ended <- stream.NewRunner(a.Site.Instance).Run(ctx) }()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("it took too long")
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}

// caughtUp reports whether a stream has nothing left to send.
func caughtUp(a *apptest.App, id string) func() bool {
	return func() bool {
		rows, _, err := a.DB.LagOf(now(a, id).Cursor)
		return err == nil && rows == 0
	}
}

func now(a *apptest.App, id string) store.Stream {
	a.TB.Helper()
	s, err := a.DB.Stream(id)
	if err != nil {
		a.TB.Fatal(err)
	}
	return s
}

// lines reads the events of a file stream.
func lines(t *testing.T, a *apptest.App, name string) (all []event.Event) {
	t.Helper()
	f, err := os.Open(filepath.Join(a.Folder, "streams", name+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		var e event.Event
		if err := json.Unmarshal(s.Bytes(), &e); err != nil {
			t.Fatalf("%s: %v", s.Text(), err)
		}
		all = append(all, e)
	}
	return all
}

// ordered checks that everything from one number to another is there once, in the order of each user.
func ordered(t *testing.T, got []event.Event, from, to int64) {
	t.Helper()
	last, seen := map[string]int64{}, map[int64]bool{}
	for _, e := range got {
		if e.Data.Seq < last[e.Data.Subject.ID] || seen[e.Data.Seq] {
			t.Errorf("event %d arrived behind %d, seen before: %v", e.Data.Seq, last[e.Data.Subject.ID], seen[e.Data.Seq])
		}
		last[e.Data.Subject.ID], seen[e.Data.Seq] = e.Data.Seq, true
	}
	for n := from; n <= to; n++ {
		if !seen[n] {
			t.Errorf("event %d is missing", n)
		}
	}
}

func TestST01_FileHasEveryRowOnceInOrder(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	id, key := add(t, a, stream.Wish{Kind: stream.File, Name: "archive"})
	if key != "" {
		t.Errorf("a file has the key %s", key)
	}
	log(a, 2500, 7)
	run(t, a, caughtUp(a, id))
	s := now(a, id)
	got := lines(t, a, "archive")
	ordered(t, got, s.Begins+1, s.Cursor)
	if s.Sent != int64(len(got)) || s.Failures != 0 || s.Answer != "Accepted" || len(got) != 2501 { // with the row that says it was added
		t.Errorf("sent %d, lines %d, failures %d", s.Sent, len(got), s.Failures)
	}
	if info, err := os.Stat(filepath.Join(a.Folder, "streams", "archive.jsonl")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	log(a, 3, 2)
	run(t, a, caughtUp(a, id))
	ordered(t, lines(t, a, "archive"), s.Begins+1, now(a, id).Cursor)
}

// receiver is the other side of a webhook, which can be told what to answer.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	events []event.Event
	tries  atomic.Int64
}

// receive starts a receiver; answer decides about each event, 0 for accepted.
func receive(t *testing.T, answer func(e event.Event, w http.ResponseWriter) int) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.tries.Add(1)
		var e event.Event
		if err := json.NewDecoder(q.Body).Decode(&e); err != nil {
			t.Error(err)
		}
		if status := answer(e, w); status != 0 {
			http.Error(w, "unknown field", status)
			return
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.events = append(r.events, e)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) got() []event.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.events)
}

func yes(event.Event, http.ResponseWriter) int { return 0 }

func TestST01_WebhookHasEveryRowInTheOrderOfItsUser(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	r := receive(t, yes)
	id, key := add(t, a, stream.Wish{Kind: stream.Webhook, Name: "SIEM", URL: r.URL + "/hook?token=hidden", Lean: true, Events: []string{"login.code", "login.password"}})
	if !strings.HasPrefix(key, "whsec_") {
		t.Errorf("key %q", key)
	}
	begins := now(a, id).Begins
	log(a, 300, 11)
	run(t, a, caughtUp(a, id))
	got := r.got()
	if len(got) != 300 {
		t.Errorf("%d events arrived", len(got))
	}
	ordered(t, got, begins+2, begins+301) // the row about the stream is not of a kind that it sends
	for _, e := range got {
		if e.Data.IP != nil || e.Data.UserAgent != nil || e.Data.Details != nil {
			t.Fatalf("a lean event has %+v", e.Data)
		}
	}
	if s := now(a, id); strings.Contains(s.Address+s.Sealed, "hidden") || s.Sent != 300 || s.Answer != "Accepted (200)" {
		t.Errorf("address %q, sent %d, answer %q", s.Address, s.Sent, s.Answer)
	}
}

// TestFailure_IsTriedAgain has the other side fail for a while: nothing is lost, and the waits grow.
func TestFailure_IsTriedAgain(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	var down atomic.Bool
	down.Store(true)
	r := receive(t, func(_ event.Event, w http.ResponseWriter) int {
		if !down.Load() {
			return 0
		}
		return http.StatusServiceUnavailable
	})
	id, _ := add(t, a, stream.Wish{Kind: stream.Webhook, Name: "SIEM", URL: r.URL})
	run(t, a, func() bool { return now(a, id).Failures == 1 })
	s := now(a, id)
	if s.Answer != "503 Service Unavailable “unknown field”" || s.Next != a.Clock.Now().Add(time.Second).Truncate(time.Millisecond) {
		t.Errorf("answer %q, next %v at %v", s.Answer, s.Next, a.Clock.Now())
	}
	tries := r.tries.Load()
	log(a, 1, 1)
	run(t, a, func() bool { _, _, err := a.DB.LagOf(0); return err == nil })
	if r.tries.Load() != tries {
		t.Error("it did not wait")
	}
	for n := 2; n < 13; n++ {
		a.Clock.Add(15 * time.Minute)
		run(t, a, func() bool { return now(a, id).Failures == n })
	}
	if s := now(a, id); s.Next.Sub(a.Clock.Now()).Round(time.Second) != 15*time.Minute {
		t.Errorf("after %d failures it waits %v", s.Failures, s.Next.Sub(a.Clock.Now()))
	}
	down.Store(false)
	a.Clock.Add(-2 * time.Hour) // it does not wait until a clock that was ahead would be right
	run(t, a, caughtUp(a, id))
	s = now(a, id)
	ordered(t, r.got(), s.Begins+1, s.Cursor)
	if s.Failures != 0 || s.State != store.StreamRunning {
		t.Errorf("%+v", s)
	}
	if all, err := a.DB.StreamFailures(id); err != nil || len(all) != 12 {
		t.Errorf("%d failures are kept, %v", len(all), err)
	}
}

func TestFailure_ForADayGivesTheStreamUp(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	r := receive(t, func(event.Event, http.ResponseWriter) int { return http.StatusInternalServerError })
	id, _ := add(t, a, stream.Wish{Kind: stream.Webhook, Name: "SIEM", URL: r.URL})
	for n := 1; n <= 22 && now(a, id).State == store.StreamRunning; n++ {
		run(t, a, func() bool { s := now(a, id); return s.Failures == n || s.State == store.StreamFailed })
		a.Clock.Add(90 * time.Minute)
	}
	if s := now(a, id); s.State != store.StreamFailed || s.Failures != 20 {
		t.Fatalf("%s after %d failures", s.State, s.Failures)
	}
	if err := a.Site.SendDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	if all := a.Mail.Messages(); len(all) != 1 || !strings.Contains(all[0].Text, "The event stream “SIEM” could not deliver its events") || !strings.Contains(all[0].Text, "/admin/streams/"+id) {
		t.Errorf("the administrators were told %+v", all)
	}
	tries := r.tries.Load()
	a.Clock.Add(24 * time.Hour)
	log(a, 1, 1)
	by := audit.Entry{At: a.Clock.Now(), ActorID: a.Admin.ID, ActorName: "root-admin"}
	a.Tx(func(tx *store.Tx) error {
		_, err := stream.Resume(a.Site.Instance, tx, by, id, "root-admin")
		return err
	})
	run(t, a, func() bool { return now(a, id).Failures == 1 })
	if r.tries.Load() <= tries {
		t.Error("a stream that is resumed does not try")
	}
}

func TestRefusal_IsSetAsideAndTheRestGoesOn(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	var picky atomic.Bool
	picky.Store(true)
	r := receive(t, func(e event.Event, _ http.ResponseWriter) int {
		if picky.Load() && e.Data.Subject.ID == "user-1" {
			return http.StatusBadRequest
		}
		return 0
	})
	id, _ := add(t, a, stream.Wish{Kind: stream.Webhook, Name: "SIEM", URL: r.URL})
	log(a, 4, 4)
	run(t, a, caughtUp(a, id))
	s := now(a, id)
	set, err := a.DB.DeadLetters(id, 0, 10)
	if err != nil || len(set) != 1 || set[0].Entry.SubjectID != "user-1" || set[0].Answer != "400 Bad Request “unknown field”" || s.Sent != 4 {
		t.Fatalf("%+v, %v; sent %d", set, err, s.Sent)
	}
	if r.tries.Load() != 4+3 {
		t.Errorf("%d tries", r.tries.Load())
	}
	if got, err := stream.SendAgain(t.Context(), a.Site.Instance, id, set[0].Entry.Seq); err != nil || got.Accepted || got.Said != "400 Bad Request “unknown field”" {
		t.Errorf("%+v, %v", got, err)
	}
	picky.Store(false)
	if got, err := stream.SendAgain(t.Context(), a.Site.Instance, id, set[0].Entry.Seq); err != nil || !got.Accepted || got.Status != "200" {
		t.Errorf("%+v, %v", got, err)
	}
	if n, err := a.DB.CountDeadLetters(); err != nil || n[id] != 0 {
		t.Errorf("%v set aside, %v", n, err)
	}
	ordered(t, r.got(), s.Begins+1, s.Cursor)
}

func TestRefusal_IsTheLastAnswer(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	r := receive(t, func(event.Event, http.ResponseWriter) int { return http.StatusBadRequest })
	id, _ := add(t, a, stream.Wish{Kind: stream.Webhook, Name: "SIEM", URL: r.URL})
	run(t, a, caughtUp(a, id))
	if s := now(a, id); s.Answer != "400 Bad Request “unknown field”" || s.Answered.IsZero() || s.Sent != 0 || !s.SentAt.IsZero() {
		t.Errorf("%q at %s, sent %d at %s", s.Answer, s.Answered, s.Sent, s.SentAt)
	}
}

func TestGone_PausesTheStream(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	r := receive(t, func(event.Event, http.ResponseWriter) int { return http.StatusGone })
	id, _ := add(t, a, stream.Wish{Kind: stream.Webhook, Name: "SIEM", URL: r.URL})
	run(t, a, func() bool { return now(a, id).State == store.StreamPaused })
	if r.tries.Load() != 1 {
		t.Errorf("%d tries", r.tries.Load())
	}
}

// TestRetention_NeverWaits removes rows before their turn.
func TestRetention_NeverWaits(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	id, _ := add(t, a, stream.Wish{Kind: stream.File, Name: "archive"})
	by := audit.Entry{At: a.Clock.Now(), ActorID: a.Admin.ID, ActorName: "root-admin"}
	a.Tx(func(tx *store.Tx) error { _, err := stream.Pause(tx, by, id, "root-admin"); return err })
	log(a, 10, 3)
	a.Clock.Add(40 * 24 * time.Hour)
	log(a, 5, 3)
	var gone int
	a.Tx(func(tx *store.Tx) (err error) {
		gone, _, err = tx.RemoveAudit(a.Clock.Now(), a.Clock.Now().Add(-35*24*time.Hour), 1000)
		return err
	})
	removed, err := a.DB.AuditRemoved()
	if err != nil || gone == 0 {
		t.Fatal(gone, err)
	}
	was := now(a, id)
	a.Tx(func(tx *store.Tx) error {
		_, err := stream.Resume(a.Site.Instance, tx, by, id, "root-admin")
		return err
	})
	run(t, a, caughtUp(a, id))
	s := now(a, id)
	if s.Missed != removed.LastSeq-was.Begins {
		t.Errorf("missed %d", s.Missed)
	}
	got := lines(t, a, "archive")
	ordered(t, got, removed.LastSeq+1, s.Cursor)
	if got[0].Data.Previous != removed.LastMAC {
		t.Error("the first event does not continue the chain")
	}
}
