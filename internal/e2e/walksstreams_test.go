package e2e

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
)

// otherSide is a webhook that takes everything, except below /down.
func otherSide(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/down" {
			http.Error(w, "back at ten", http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// theStream is the page of the stream with this name.
func theStream(t *testing.T, a *apptest.App, name string) (id, path string) {
	t.Helper()
	s, ok, err := a.DB.StreamByName(name)
	if err != nil || !ok {
		t.Fatalf("no stream %s: %v", name, err)
	}
	return s.ID, "/admin/streams/" + s.ID
}

// tickEvent ticks the box of a kind of event, whose group may be folded.
func (b *tab) tickEvent(event string) *tab {
	b.t.Helper()
	eval[chromedp.Void](b, "void (document.getElementById("+quote("events-"+event)+").checked = true)")
	return b
}

// walkStreams adds streams of all kinds and looks at them in good and bad days.
func walkStreams(t *testing.T) *tab {
	a := apptest.Start(t, apptest.Options{})
	url := otherSide(t)
	b := signedIn(t, a, a.Admin)
	b.open("/admin/streams").inspect("streams, none")
	b.follow("Add a stream").inspect("add a stream, which kind")
	b.follow("Azure Event Hubs").press("Add stream").inspect("add an event hub, with mistakes")
	b.open("/admin/streams/new?kind=file").inspect("add a file")
	b.fill("Name", "archive").tickEvent("user.created").press("Add stream").inspect("stream, a file")
	b.open("/admin/streams/new?kind=webhook").inspect("add a webhook")
	b.press("Add stream").inspect("add a webhook, with mistakes")
	b.fill("Name", "An-extraordinarily-long-name-without-any-place-to-break-it", "URL", url+"/down").press("Add stream").inspect("signing key")
	b.follow("Done").press("Send a test event").inspect("stream, a test refused")
	id, long := theStream(t, a, "An-extraordinarily-long-name-without-any-place-to-break-it")
	a.Tx(func(tx *store.Tx) error {
		s, err := tx.Stream(id)
		if err != nil {
			return err
		}
		for n := range int64(3) {
			if err := tx.AddDeadLetter(id, n+1, strings.Repeat("aVeryLongAnswer", 15), a.Clock.Now()); err != nil {
				return err
			}
		}
		_, err = tx.StreamFailed(s, "f", strings.Repeat("aVeryLongAnswer", 15), 0, a.Clock.Now(), a.Clock.Now())
		return err
	})
	b.open(long).inspect("stream, failing with refused events")
	b.open(long + "/dead").inspect("refused events")
	b.open("/admin/streams").inspect("streams")
	for _, act := range []string{"edit", "pause", "resume", "delete", "new-key"} {
		b.open(long + "/" + act).inspect("stream, " + act)
	}
	b.open(long + "/pause").press("Pause").inspect("stream, paused")
	a.Tx(func(tx *store.Tx) error {
		_, err := tx.SetStreamState(id, store.StreamFailed, "", a.Clock.Now())
		return err
	})
	b.open(long).inspect("stream, failed")
	b.open("/admin").inspect("overview, a stream has failed")
	file, archive := theStream(t, a, "archive")
	b.open("/admin/users/new").fill("Username", "zoe").press("Add user")
	a.SendEvents(file)
	b.open(archive + "/check").inspect("check, complete")
	rename(t, a)
	b.open(archive + "/check?from=day").inspect("check, altered")
	b.open(archive + "/check?from=sequence").inspect("check, with a mistake")
	return b
}

// rename alters what arrived in the file.
func rename(t *testing.T, a *apptest.App) {
	t.Helper()
	path := filepath.Join(a.Folder, "streams", "archive.jsonl")
	text, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, []byte(strings.ReplaceAll(string(text), "zoe", "someone-else-with-a-very-long-name-indeed")), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestStory_StreamWithoutScript adds a webhook with scripts blocked, tests it, pauses it, replaces its
// key and deletes it.
func TestStory_StreamWithoutScript(t *testing.T) {
	t.Parallel()
	need(t, headless)
	a := apptest.Start(t, apptest.Options{})
	b := signedIn(t, a, a.Admin).noScript()
	b.open("/admin/settings/general").follow("Streams").at("/admin/streams").sees("No streams yet.")
	b.follow("Add stream").follow("Webhook")
	b.fill("Name", "Security monitoring", "URL", otherSide(t)+"/in?token=canary").tickEvent("login.password").press("Add stream").sees("This key is shown only once.", "whsec_")
	_, path := theStream(t, a, "Security monitoring")
	b.follow("Done").at(path).sees("Running and up to date.", "1 of ").seesNot("whsec_", "canary")
	b.press("Send a test event").at(path).sees("The other side accepted the test event")
	b.press("Send a test event").at(path).sees("The other side accepted the test event")
	b.follow("Pause").press("Pause").at(path).sees("Security monitoring has been paused.", "Paused by")
	b.press("Undo").at(path).sees("has been resumed")
	b.follow("Edit").fill("Name", "Watch").press("Save changes").at(path).sees("Watch has been saved.")
	b.follow("Replace the key").press("Make a new key").sees("The previous key is used as well until")
	b.follow("Done").sees("The previous key is used as well until")
	b.follow("Delete").press("Delete stream").at("/admin/streams").sees("The stream Watch has been deleted.", "No streams yet.")
}
