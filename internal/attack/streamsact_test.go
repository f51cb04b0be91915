package attack

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/store"
	"latchkey/internal/stream"
)

// TestStreams_TwoAdministratorsAtOnce: who saves last sees what the first one did.
func TestStreams_TwoAdministratorsAtOnce(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	second := a.AddUser("second", apptest.Administrator)
	one := "/admin/streams/" + addStream(t, a, stream.Wish{Kind: stream.Webhook, Name: "hook", URL: "https://a.example/"})
	b, c := administratorAt(a), a.Browser()
	c.SignIn(second)
	b.Open(one + "/edit")
	c.Open(one + "/edit")
	b.Submit("Save changes", "Name", "of the first").Sees("of the first has been saved.")
	c.Post(one+"/edit", "name", "of the second", "content", "lean", "version", "1").Is(http.StatusConflict).Sees("Somebody else changed this stream meanwhile").
		SeesNot("of the second")
	if got := c.Doc().Find("#name").AttrOr("value", ""); got != "of the first" {
		t.Errorf("the form shows %q", got)
	}
	c.Submit("Save changes", "Name", "of the second").Sees("of the second has been saved.")
	b.Post(one+"/edit", "name", "again", "content", "lean").Is(http.StatusBadRequest)
	b.Post(one + "/pause").Redirects(one)
	c.Post(one + "/pause").Redirects(one)
	c.Open(one).Sees("does not run at the moment", "Paused by")
	c.Post(one + "/delete").Redirects("/admin/streams")
	b.Post(one + "/delete").Is(http.StatusNotFound)
	b.Get(one).Is(http.StatusNotFound)
	for event, n := range map[audit.Event]int{audit.StreamAdded: 1, audit.StreamChanged: 2, audit.StreamPaused: 1, audit.StreamDeleted: 1} {
		if got := number(t, a, `SELECT count(*) FROM audit_log WHERE event = $1`, string(event)); got != n {
			t.Errorf("%d rows of %s, want %d", got, event, n)
		}
	}
}

// TestStreams_TestEventShowsTheAnswer in its own words, as text.
func TestStreams_TestEventShowsTheAnswer(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	r := receive(t)
	b := administratorAt(a)
	one := "/admin/streams/" + addStream(t, a, stream.Wish{Kind: stream.Webhook, Name: "hook", URL: r.URL})
	b.Open(one)
	b.Submit("Send a test event").At(one).Sees("The other side accepted the test event in ", "with status 200.")
	if r.got() != 1 || !strings.Contains(r.bodies[0], `"type":"stream.test"`) {
		t.Errorf("got %v", r.bodies)
	}
	r.says(http.StatusBadRequest, "<script>alert(1)</script>"+strings.Repeat("long ", 100_000))
	b.Submit("Send a test event").Sees("did not accept the test event: 400 Bad Request", "<script>alert(1)</script>").SeesNot("<script>alert(1)")
	if len(b.Body) > 100_000 {
		t.Errorf("the page has %d bytes", len(b.Body))
	}
	r.Close()
	b.Submit("Send a test event").Sees("did not accept the test event: ")
	file := "/admin/streams/" + addStream(t, a, stream.Wish{Kind: stream.File, Name: "archive"})
	b.Open(file)
	b.Submit("Send a test event").Sees("The other side accepted the test event")
	text, err := os.ReadFile(filepath.Join(a.Folder, "streams", "archive.jsonl"))
	if err != nil || !strings.Contains(string(text), "stream.test") {
		t.Errorf("%s, %v", text, err)
	}
	a.Clock.Add(11 * time.Minute)
	b.Post(one + "/test").Redirects("/confirm?next=" + url.QueryEscape(one))
}

// TestStreams_RefusedEventsAreSentAgain one by one and all together.
func TestStreams_RefusedEventsAreSentAgain(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	r := receive(t)
	b := administratorAt(a)
	id := addStream(t, a, stream.Wish{Kind: stream.Webhook, Name: "hook", URL: r.URL})
	one := "/admin/streams/" + id
	seqs := aside(t, a, id, 3)
	b.Open("/admin/streams").Sees("hook", "Running")
	b.Open(one).Sees("Three events were refused.", "3 events, newest first", "400 Bad Request “<b>no</b>”", "Send all three again").SeesNot("<b>no</b>\u200b")
	r.says(http.StatusBadRequest, "still no")
	b.Submit(fmt.Sprint("Send again event ", seqs[0])).At(one).Sees("did not accept event "+fmt.Sprint(seqs[0])+": 400 Bad Request “still no”", "Three events were refused.")
	r.says(http.StatusOK, "")
	b.Submit(fmt.Sprint("Send again event ", seqs[0])).Sees("The other side accepted event "+fmt.Sprint(seqs[0]), "Two events were refused.", "Send both again")
	b.Submit("Send both again").Sees("The other side accepted 2 events.", "Running").SeesNot("were refused")
	if r.got() != 4 {
		t.Errorf("%d events arrived, want 4", r.got())
	}
	b.Post(fmt.Sprint(one, "/again/", seqs[0])).Redirects(one)
	b.Open(one).Sees("There is no refused event")
	aside(t, a, id, 2)
	r.says(http.StatusServiceUnavailable, "back at ten")
	b.Open(one + "/dead").Sees("2 events, newest first")
	b.Submit("Send both again").At(one).Sees("accepted none of them. 2 were not tried: 503 Service Unavailable “back at ten”")
	a.Tx(func(tx *store.Tx) error { return tx.AddDeadLetter(id, 99_999, "no", a.Clock.Now()) })
	r.says(http.StatusOK, "")
	b.Open(one).Sees("No longer in the audit log")
	b.Submit("Remove event 99999").Sees("so it has been removed from the list")
	for _, path := range []string{"/again/0", "/again/-1", "/again/x", "/again/99999999999999999999"} {
		if p := b.Post(one + path); p.Status >= 500 {
			t.Errorf("%s: %d", path, p.Status)
		}
	}
}
