package attack

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/store"
	"latchkey/internal/stream"
)

// receiver is the other side of a webhook.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []string
	status int
	answer string
}

func receive(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{status: http.StatusOK}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.bodies = append(r.bodies, string(body))
		w.WriteHeader(r.status)
		io.WriteString(w, r.answer)
	}))
	t.Cleanup(r.Close)
	return r
}

// says decides what is answered from now on.
func (r *receiver) says(status int, answer string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status, r.answer = status, answer
}

func (r *receiver) got() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.bodies)
}

// aside sets the newest events of the log aside, and returns their numbers.
func aside(t *testing.T, a *apptest.App, id string, n int) (all []int64) {
	t.Helper()
	head, _, err := a.DB.AuditHead()
	if err != nil {
		t.Fatal(err)
	}
	a.Tx(func(tx *store.Tx) error {
		for i := range int64(n) {
			if err := tx.AddDeadLetter(id, head-i, "400 Bad Request “<b>no</b>”", a.Clock.Now()); err != nil {
				return err
			}
			all = append(all, head-i)
		}
		return nil
	})
	return all
}

// TestST03_SecretsAreShownNowhere gives a stream of each kind secrets, does everything that can be
// done with it, and looks for them in every page, every export, the log and the disk.
func TestST03_SecretsAreShownNowhere(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	r := receive(t)
	r.says(http.StatusForbidden, "no")
	b := administratorAt(a)
	secrets := []string{"c2lnbmluZy1rZXkt", "url-canary", "path-canary", "Y29ubmVjdGlvbi1jYW5hcnk"}
	clean := func(where, text string) {
		t.Helper()
		for _, s := range secrets {
			if strings.Contains(text, s) {
				t.Errorf("%s tells %s", where, s)
			}
		}
	}
	hook := r.URL + "/path-canary?token=url-canary"
	b.Post("/admin/streams/new", "kind", "webhook", "name", "hook", "url", hook, "secret", streamKey, "content", "full").Is(http.StatusSeeOther)
	one := b.Header.Get("Location")
	b.Post("/admin/streams/new", "kind", "eventhubs", "name", "hub", "connection", streamConnection, "content", "full").Is(http.StatusSeeOther)
	two := b.Header.Get("Location")
	b.Post(one + "/test").Redirects(one)
	clean("test", b.Open(one).Sees("did not accept the test event: 403 Forbidden").Body)
	b.Post(one+"/edit", "name", "hook too", "url", hook+"2", "secret", "", "content", "lean", "version", "1").Redirects(one)
	b.Post(one+"/edit", "name", "", "url", hook+"2", "secret", streamKey, "content", "lean", "version", "2").Is(http.StatusUnprocessableEntity)
	if strings.Contains(b.Body, secrets[0]) {
		t.Error("a key comes back with a mistake")
	}
	b.Post(one + "/pause").Redirects(one)
	for _, path := range []string{"/admin", "/admin/streams", "/admin/streams/new", "/admin/audit", "/admin/audit?event=stream.changed", "/profile/data.json", "/admin/audit.csv", "/admin/audit.jsonl",
		"/admin/users.csv", one, one + "/edit", one + "/pause", one + "/resume", one + "/delete", one + "/new-key", one + "/dead", two, two + "/edit", two + "/check"} {
		clean(path, b.Get(path).Is(http.StatusOK).Body)
	}
	change(t, a, `UPDATE streams SET sent = 1`) // so that there is something to read back
	for _, path := range []string{two + "/check", two + "/check?from=sequence&sequence=0"} {
		clean(path, b.Get(path).Is(http.StatusOK).Sees("could not be read back").Body)
	}
	b.Post(two + "/test").Redirects(two)
	clean("the test of a hub", b.Open(two).Sees("did not accept the test event").Body)
	clean("the log", a.Log.String())
	clean("the disk", a.Files())
	b.Open(one).Sees(strings.TrimPrefix(r.URL, "http://"), "Only the host is shown")
	b.Post(one + "/delete").Redirects("/admin/streams")
	clean("the disk afterwards", a.Files())
}

// TestST03_ANewKeyIsShownOnce after it was made, and after it was replaced; the old one signs beside
// it for a day.
func TestST03_ANewKeyIsShownOnce(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := administratorAt(a)
	b.Open("/admin/streams/new?kind=webhook")
	b.Submit("Add stream", "Name", "hook", "URL", "https://siem.example.com/in")
	key := func() string {
		t.Helper()
		b.Sees("This key is shown only once.", "siem.example.com")
		if b.Header.Get("Cache-Control") != "no-store" || b.Cookies[a.CookieName("latchkey-shown")] == "" {
			t.Error("nothing will keep this page from coming back")
		}
		return strings.TrimSpace(b.Doc().Find("#key").Text())
	}
	first := key()
	path := b.Request(http.MethodGet, "/", nil).Referer()
	streams, err := a.DB.Streams()
	if err != nil || len(streams) != 1 || !strings.HasPrefix(first, "whsec_") {
		t.Fatalf("key %q, %d streams, %v, %s", first, len(streams), err, path)
	}
	one := "/admin/streams/" + streams[0].ID
	b.Open(one).SeesNot(first, "shown only once").Sees("Running and up to date", "Key "+streams[0].KeyMark)
	b.Open(one + "/new-key")
	b.Submit("Make a new key").Sees("The key before it signs as well until")
	if second := key(); second == first {
		t.Error("the new key is the old one")
	}
	b.Open(one).Sees("The key before it signs as well until 3 Mar 2026")
	b.Open(one + "/new-key").Sees("Two keys are in use already.")
	a.Clock.Add(25 * time.Hour)
	b = administratorAt(a)
	b.Open(one).SeesNot("The key before it")
	if strings.Contains(a.Log.String()+a.Files(), first) {
		t.Error("the key is in the log or on the disk")
	}
}

// TestStreams_MistakesAreToldAtOnce, and nothing is added.
func TestStreams_MistakesAreToldAtOnce(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := administratorAt(a)
	new := "/admin/streams/new"
	addStream(t, a, stream.Wish{Kind: stream.File, Name: "taken"})
	for _, c := range []struct {
		form []string
		sees []string
	}{
		{nil, []string{"Choose where the events go"}},
		{[]string{"kind", "carrier-pigeon", "name", ""}, []string{"Choose where the events go"}},
		{[]string{"kind", "webhook"}, []string{"Enter a name", "Enter a URL", "Choose what an event holds"}},
		{[]string{"kind", "webhook", "name", "taken", "url", "http://evil.example/", "secret", "x", "content", "half"}, []string{"There is a stream of this name already", "The URL must begin with https://", "A signing key begins with whsec_", "Choose what an event holds"}},
		{[]string{"kind", "webhook", "name", "x", "url", "javascript:alert(1)", "content", "full"}, []string{"Enter a URL"}},
		{[]string{"kind", "webhook", "name", "x", "url", `https://a.example/"><script>alert(1)</script> x`, "content", "full"}, []string{"Enter a URL"}},
		{[]string{"kind", "webhook", "name", "x", "url", "https://ada:pw@a.example/", "content", "full"}, []string{"Leave the user name and password out of the URL"}},
		{[]string{"kind", "file", "name", "../../etc/passwd", "content", "full"}, []string{"begins with a letter or a digit"}},
		{[]string{"kind", "file", "name", "a/b", "content", "full"}, []string{"begins with a letter or a digit"}},
		{[]string{"kind", "file", "name", "taken", "content", "full"}, []string{"There is a stream of this name already"}},
		{[]string{"kind", "eventhubs", "name", "x", "connection", "Endpoint=sb://x", "partition", "first", "content", "full", "events", "no.such"}, []string{"partition", "There is no event called"}},
	} {
		b.Post(new, c.form...).Is(http.StatusUnprocessableEntity).Sees(c.sees...)
		if strings.Contains(b.Body, "<script>alert") {
			t.Errorf("%v: markup", c.form)
		}
	}
	b.Post(new, "kind", "file", "name", "x", "content", "full", "folder", "/tmp").Is(http.StatusBadRequest)
	everything := url.Values{"kind": {"file"}, "name": {"everything"}, "content": {"full"}}
	for _, e := range audit.Events() {
		everything.Add("events", string(e))
	}
	b.Send(b.Request(http.MethodPost, new, everything)).Is(http.StatusSeeOther)
	b.Get(new + "?kind=carrier-pigeon").Is(http.StatusBadRequest)
	if all, err := a.DB.Streams(); err != nil || len(all) != 2 {
		t.Errorf("%d streams, %v", len(all), err)
	}
	if files, _ := filepath.Glob(filepath.Join(a.Folder, "streams", "*")); len(files) != 0 {
		t.Errorf("files: %v", files)
	}
}

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
	b.Post(one+"/edit", "name", "again", "content", "lean").Is(http.StatusConflict)
	b.Post(one + "/pause").Redirects(one)
	c.Post(one + "/pause").Redirects(one)
	c.Open(one).Sees("does not run at the moment", "Paused by")
	c.Post(one + "/delete").Redirects("/admin/streams")
	b.Post(one + "/delete").Is(http.StatusNotFound)
	b.Get(one).Is(http.StatusNotFound)
	for event, n := range map[audit.Event]int{audit.StreamAdded: 1, audit.StreamChanged: 2, audit.StreamPaused: 1, audit.StreamDeleted: 1} {
		if got := number(t, a, `SELECT count(*) FROM audit_log WHERE event = ?`, string(event)); got != n {
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
	b.Submit("Send a test event").At(one).Sees("The other side accepted the test event in ")
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
	b.Open(check).Sees("Everything arrived as it was sent.", "As sent", "Settings changed", "Line ")
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
