package attack

import (
	"net/http"
	"strings"
	"testing"

	"latchkey/internal/apptest"
)

// TestWE04_RefusedFormsAreToldWhy: the sentence about a refused form is true, and names
// what was expected and what came where the browser said so; the log has it too.
func TestWE04_RefusedFormsAreToldWhy(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{HTTPS: true})
	ours := "This site answers at " + a.URL
	port := a.URL[strings.LastIndexByte(a.URL, ':'):]
	long := "https://" + strings.Repeat("a", 300) + ".example"
	const silent, hidden, unclear = "Your browser did not say where the form was sent from.", "Your browser hid where the form was sent from.", "We could not read where your browser says the form was sent from."
	for _, c := range []struct {
		name, site, origin, host string
		want                     []string
	}{
		{"says nothing", "", "", "", []string{silent}},
		{"wrong --url, as modern browsers say it", "same-origin", "http://127.0.0.1:8080", "", []string{ours + ". You are at http://127.0.0.1:8080.", "--url", "Go to " + a.URL}},
		{"wrong --url over plain http", "", "http://192.168.1.5:8080", "192.168.1.5:8080", []string{ours + ". You are at http://192.168.1.5:8080."}},
		{"wrong --url, IPv6", "", "http://[fd00::1]:8080", "[fd00::1]:8080", []string{ours + ". You are at http://[fd00::1]:8080."}},
		{"wrong scheme", "same-origin", "http://127.0.0.1" + port, "", []string{ours + ". You are at http://127.0.0.1" + port + "."}},
		{"another name", "same-origin", "https://login.old.example", "login.old.example", []string{ours + ". You are at https://login.old.example."}},
		{"a proxy that changes Host", "", "https://login.lan", "127.0.0.1:8080", []string{ours, "The form was sent from https://login.lan"}},
		{"hidden", "", "null", "", []string{hidden}},
		{"hidden by a page of ours", "same-origin", "null", "", []string{hidden}},
		{"foreign", "cross-site", "https://shop.example", "", []string{ours, "The form was sent from https://shop.example, which is another site."}},
		{"foreign and hidden", "cross-site", "null", "", []string{ours, "The form was sent from another site."}},
		{"foreign without a name", "cross-site", "", "", []string{ours, "The form was sent from another site."}},
		{"foreign, old browser", "", "https://shop.example", "", []string{ours, "The form was sent from https://shop.example, which is another site."}},
		{"neighbour", "same-site", "https://shop.example.org", "", []string{ours, "The form was sent from https://shop.example.org, which is another site on the same domain."}},
		{"foreign under our name", "cross-site", a.URL, "", []string{"The form was sent from another site."}},
		{"site of no browser", "nonsense", "", "", []string{unclear}},
		{"site of no browser, our origin", "nonsense", a.URL, "", []string{unclear}},
		{"extension", "", "moz-extension://0d1c", "", []string{unclear}},
		{"markup", "same-origin", `https://<script>alert(1)</script>`, "", []string{unclear}},
		{"a sentence", "same-origin", "https://call 555 now", "", []string{unclear}},
		{"with a path", "same-origin", "https://shop.example/x", "", []string{unclear}},
		{"with a user", "same-origin", "https://a@shop.example", "", []string{unclear}},
		{"turned around", "same-origin", "https://\u202eshop.example", "", []string{unclear}},
		{"too long", "same-origin", long, "", []string{unclear}},
		{"markup from a foreign site", "cross-site", `https://<b>x</b>`, "", []string{"The form was sent from another site."}},
	} {
		r := source{c.site, c.origin}.from(a.Browser().Request(http.MethodPost, "/login", nil))
		if c.host != "" {
			r.Host = c.host
		}
		p := a.Browser().Send(r)
		if other := c.host != "" && !strings.HasPrefix(c.host, "127."); p.Status != pick(other, http.StatusMisdirectedRequest, http.StatusForbidden) {
			t.Errorf("%s: answered %d", c.name, p.Status)
			continue
		}
		text := strings.Join(strings.Fields(p.Doc().Find("main").Text()), " ")
		for _, want := range c.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is not in %q", c.name, want, text)
			}
		}
		if strings.Contains(text, silent) != (c.site == "" && c.origin == "") {
			t.Errorf("%s: %q", c.name, text)
		}
		if c.want[0] == unclear && strings.Contains(p.Body, strings.TrimPrefix(c.origin, "https://")) && c.origin != "" && c.origin != a.URL {
			t.Errorf("%s: the page repeats %q", c.name, c.origin)
		}
	}
	log := a.Log.String()
	for _, want := range []string{`"expected":"` + a.URL + `"`, `"origin":"http://127.0.0.1:8080"`, "start with --url http://127.0.0.1:8080"} {
		if !strings.Contains(log, want) {
			t.Errorf("%s is not in the log", want)
		}
	}
	if strings.Contains(log, long) || strings.Contains(log, "\u202e") {
		t.Error("the log has what a stranger wrote, as it came")
	}
}
