package attack

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/stream"
)

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
	b.Submit("Make a new key").Sees("The previous key is used as well until")
	if second := key(); second == first {
		t.Error("the new key is the old one")
	}
	b.Open(one).Sees("The previous key is used as well until 3 Mar 2026")
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
