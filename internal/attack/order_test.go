package attack

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// nothings are what stands for nothing, or for yes, in one language or another.
var nothings = map[string]func(url.Values, string){
	"absent": func(v url.Values, name string) { v.Del(name) },
	"empty":  func(v url.Values, name string) { v.Set(name, "") },
	"space":  func(v url.Values, name string) { v.Set(name, " ") },
	"null":   func(v url.Values, name string) { v.Set(name, "null") },
	"true":   func(v url.Values, name string) { v.Set(name, "true") },
	"zero":   func(v url.Values, name string) { v.Set(name, "0") },
	"cut":    func(v url.Values, name string) { v.Set(name, v.Get(name)[:1]) },
}

// TestAU15_EveryFieldIsNeeded leaves out and empties each field that proves
// something.
func TestAU15_EveryFieldIsNeeded(t *testing.T) {
	t.Parallel()
	d := sitDown(t)
	before := d.state(t)
	for _, f := range d.forms {
		if !f.auth {
			continue
		}
		for i := 0; i < len(f.fields); i += 2 {
			name := f.fields[i]
			for what, change := range nothings {
				names := name == "label" || name == "username" && f.path == "/setup" // any word will do
				if slices.Contains(f.free, name) || names && what != "absent" && what != "empty" && what != "space" {
					continue
				}
				p := d.send(t, f, f.values(func(v url.Values) { change(v, name) }))
				if p.Status != http.StatusUnprocessableEntity && p.Status != http.StatusSeeOther || grants(p) {
					t.Errorf("%s with %s %s: %d", f.path, what, name, p.Status)
				}
			}
		}
		p := d.send(t, f, url.Values{})
		if p.Status != http.StatusUnprocessableEntity && f.path != "/security/authenticators/new" {
			t.Errorf("%s with nothing at all: %d, want 422", f.path, p.Status)
		}
	}
	if after := d.state(t); after != before {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
}

// TestAU14_StepsRunInOrder sends every form of signing in from every other step.
func TestAU14_StepsRunInOrder(t *testing.T) {
	t.Parallel()
	d := sitDown(t)
	before := d.state(t)
	for _, f := range d.forms {
		if !f.auth || f.path == "/setup" || f.path == "/login" || f.path == "/login/with-code" {
			continue // these are no steps: each asks for all that there is
		}
		for _, other := range d.forms {
			if other.browser == f.browser || d.app(other) != d.app(f) {
				continue
			}
			if f.path == "/security/password" && (strings.HasPrefix(other.path, "/admin/") || other.path == "/viewing/end") {
				continue // an administrator has a password, too
			}
			b := other.browser.Clone()
			p := b.Send(b.Request(http.MethodPost, f.path, f.values(func(url.Values) {})))
			forgive(t, d.app(f))
			if p.Status != http.StatusSeeOther && p.Status != http.StatusUnprocessableEntity && p.Status != http.StatusGone || grants(p) {
				t.Errorf("%s from the place of %s: %d %s", f.path, other.path, p.Status, p.Header.Get("Location"))
			}
		}
	}
	if after := d.state(t); after != before {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
}
