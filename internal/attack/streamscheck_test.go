package attack

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/auth"
	"latchkey/internal/store"
	"latchkey/internal/stream"
)

// TestStreams_CheckShowsWhatArrived beside what was sent, and what is wrong with it.
func TestStreams_CheckShowsWhatArrived(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := administratorAt(a)
	id := addStream(t, a, stream.Wish{Kind: stream.File, Name: "archive"})
	check := "/admin/streams/" + id + "/check"
	b.Open("/admin/streams/" + id).Sees("Sent and arrived")
	b.Open(check).Sees("Nothing was sent in this time.")
	a.AddUser("alice")
	b.Post("/admin/settings/general", "contact_name", "IT <desk>")
	a.SendEvents(id)
	b.Open(check).Sees("Everything arrived as it was sent.", "As sent", "Line ")
	aside(t, a, id, 1)
	words := func(path string) string {
		b.Open(path)
		return strings.TrimSpace(b.Doc().Find("table").Last().Find("tbody th").First().Contents().First().Text())
	}
	if arrived, refused := words(check), words("/admin/streams/"+id); arrived != refused || !strings.Contains(arrived, "IT <desk>") {
		t.Errorf("the same event is %q where it arrived, and %q where it was refused", arrived, refused)
	}
	b.Open(check + "?from=day").Sees("Everything arrived as it was sent.")
	b.Open(check + "?from=sequence&sequence=1").Sees("Everything arrived as it was sent.")
	b.Get(check + "?from=sequence&sequence=x").Is(http.StatusUnprocessableEntity).Sees("Enter a sequence number")
	b.Get(check + "?from=week").Is(http.StatusBadRequest)
	b.Get(check + "?stream=other").Is(http.StatusBadRequest)
	path := filepath.Join(a.Folder, "streams", "archive.jsonl")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), `"root-admin"`, `"<img src=x onerror=alert(1)>"`, 1)
	if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	b.Open(check).Sees("1 altered", "Altered", "<img src=x onerror=alert(1)>").SeesNot("Everything arrived")
	if b.Doc().Find("img").Length() != 0 {
		t.Error("what arrived is markup")
	}
	for _, g := range glances() {
		if p := g.at(b.Clone(), check); strings.Contains(p.Body, "1 altered") {
			t.Errorf("%s reads the stream", g.name)
		}
	}
	hook := addStream(t, a, stream.Wish{Kind: stream.Webhook, Name: "hook", URL: "https://a.example/"})
	b.Get("/admin/streams/" + hook + "/check").Redirects("/admin/streams/" + hook)
	b.Get("/admin/streams/" + id + "/new-key").Redirects("/admin/streams/" + id)
	b.Post("/admin/streams/" + id + "/new-key").Is(http.StatusNotFound)
}

// TestEX01_ChecksOfStreamsAreLimited, since each asks the other side for thousands of events.
func TestEX01_ChecksOfStreamsAreLimited(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := administratorAt(a)
	check := "/admin/streams/" + addStream(t, a, stream.Wish{Kind: stream.File, Name: "archive"}) + "/check"
	for range auth.ChecksPerHour {
		b.Get(check).Is(http.StatusOK)
	}
	if p := b.Get(check).Is(http.StatusTooManyRequests); p.Header.Get("Retry-After") == "" {
		t.Error("nobody is told when it goes on")
	}
	b.Sees("You have checked an event stream 60 times in the last hour")
	a.Clock.Add(time.Hour)
	b = administratorAt(a)
	b.Get(check).Is(http.StatusOK)
}

// TestStreams_TroubleNeedsAttention on the overview, with a way to the stream.
func TestStreams_TroubleNeedsAttention(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := administratorAt(a)
	id := addStream(t, a, stream.Wish{Kind: stream.Webhook, Name: "warehouse", URL: "https://a.example/"})
	b.Open("/admin").SeesNot("The event stream")
	a.Clock.Add(2 * time.Hour)
	b = administratorAt(a)
	b.Open("/admin").Sees("The event stream warehouse is 2 hours behind.")
	a.Tx(func(tx *store.Tx) error {
		s, err := tx.Stream(id)
		if err != nil {
			return err
		}
		_, err = tx.StreamFailed(s, "f", "no such host", time.Second, a.Clock.Now().Add(time.Minute), a.Clock.Now().Add(-75*time.Minute))
		return err
	})
	b.Open("/admin").Sees("The event stream warehouse has not got through for 75 minutes.")
	b.Open("/admin/streams").Sees("The stream is not getting through.", "Retrying")
	a.Tx(func(tx *store.Tx) error {
		_, err := tx.SetStreamState(id, store.StreamFailed, "", a.Clock.Now())
		return err
	})
	b.Open("/admin").Sees("The event stream warehouse has failed.")
	b.Follow("Open the stream").At("/admin/streams/"+id).Sees("Failed just now.", "The last answer: no such host")
	b.Open("/admin/streams").Sees("The stream has failed.", "warehouse has never delivered anything.")
	b.Open("/admin/streams/" + id)
	b.Submit("Resume").Sees("has been resumed")
	b.Open("/admin").SeesNot("has failed")
}
