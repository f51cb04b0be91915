package attack

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"latchkey/internal/apptest"
)

// summed returns the fields that the summary of a page leads to, and complains of entries
// that lead nowhere or are not told at their field.
func summed(t *testing.T, p *apptest.Page, where string) map[string]bool {
	t.Helper()
	fields := map[string]bool{}
	p.Doc().Find("#problem li").Each(func(_ int, li *goquery.Selection) {
		href, _ := li.Find("a").Attr("href")
		id, found := strings.CutPrefix(href, "#")
		if !found {
			t.Errorf("%s: %q leads to no field", where, li.Text())
			return
		}
		if p.Doc().Find(`[id="`+id+`"]`).Length() != 1 {
			t.Errorf("%s: %q leads to #%s, which is not there", where, li.Text(), id)
		}
		if p.Doc().Find(`[id="`+id+`-error"]`).Length() == 0 && p.Doc().Find(`[id="`+id+`"][aria-describedby*="-error"]`).Length() == 0 {
			t.Errorf("%s: %q is not told at its field", where, li.Text())
		}
		fields[id] = true
	})
	return fields
}

// TestWE10_AllMistakesAtOnce empties and spoils every field of every form, one by one and
// all together: each mistake that is told alone is told with the others, too, and leads to
// its field.
func TestWE10_AllMistakesAtOnce(t *testing.T) {
	t.Parallel()
	d := sitDown(t)
	for _, f := range d.forms {
		for what, bad := range map[string]string{"empty": "", "control character": "a\x07b", "long": strings.Repeat("x", 600)} {
			alone := map[string]bool{}
			together := f.values(func(url.Values) {})
			for name := range together {
				if slices.Contains([]string{"next", "version", "enrollment", "from", "how", "batch", "import", "notice", "until", "remember", "use", "kind"}, name) {
					continue // no field of the form that somebody sees
				}
				if bad != "" && slices.Contains([]string{"setup_code", "password", "current_password", "recovery_code"}, name) {
					continue // a try: counted, and looked at once the rest is right
				}
				if bad != "" && f.path == "/login/with-code" && name == "username" {
					continue // a try as well, together with the code
				}
				if bad == "" && slices.Contains(f.free, name) {
					continue // no mistake
				}
				p := d.send(t, f, f.values(func(v url.Values) { v.Set(name, bad) }))
				if p.Status == http.StatusUnprocessableEntity {
					maps.Copy(alone, summed(t, p, f.path+" with "+what+" "+name))
					together.Set(name, bad)
				}
			}
			if len(alone) < 2 {
				continue
			}
			p := d.send(t, f, together)
			if p.Status != http.StatusUnprocessableEntity {
				t.Errorf("%s, all %s: %d", f.path, what, p.Status)
				continue
			}
			all := summed(t, p, f.path+", all "+what)
			for name := range alone {
				if !all[name] {
					t.Errorf("%s, all %s: %s is not told with the others", f.path, what, name)
				}
			}
		}
	}
}

// TestUX_TakenNamesAreToldWithTheRest on both pages that have them.
func TestUX_TakenNamesAreToldWithTheRest(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice, bob := a.AddUser("alice"), a.AddUser("bob")
	b := signedInAs(a, a.Admin)
	b.Post("/admin/users/new", "username", "alice", "name", "a\x07", "email", bob.Email, "role", "", "first_sign_in", "link").Is(422).
		Sees("That username is taken", "Another user has this email address", "Name must not contain control characters", "Choose a role")
	edit := "/admin/users/" + alice.ID + "/edit"
	b.Post(edit, "username", "bob", "name", "a\x07", "email", bob.Email, "role", "user", "version", "1").Is(422).
		Sees("That username is taken", "Another user has this email address", "Name must not contain control characters")
	summed(t, b.Page, edit)
	if back := b.Doc().Find(`.intro a`).First().Text(); back != "← alice" {
		t.Errorf("the way back says %q", back)
	}
	b.Post("/admin/users/bulk", "q", "").Is(422).Sees("Select at least one user", "Choose an action")
	summed(t, b.Page, "bulk")
}

// TestUX_DeadEndsLeadOn: every page that refuses says why and leads somewhere useful.
func TestUX_DeadEndsLeadOn(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	nobody, half, user, admin := a.Browser(), a.Browser(), signedInAs(a, alice), signedInAs(a, a.Admin)
	half.Password(alice)
	leads := func(p *apptest.Page, status int, says, words, href string) {
		t.Helper()
		p.Is(status).Sees(says)
		if p.Doc().Find(`main a[href="`+href+`"]`).FilterFunction(func(_ int, s *goquery.Selection) bool { return strings.Contains(s.Text(), words) }).Length() != 1 {
			t.Errorf("%s (%d) has no way %q to %s\n%s", p.Path, status, words, href, p.Text())
		}
	}
	leads(nobody.Get("/no/such/page"), 404, "Page not found", "Sign in", "/login")
	leads(user.Get("/no/such/page"), 404, "Page not found", "Go to your profile", "/profile")
	leads(user.Get("/admin/users"), 404, "Page not found", "Go to your profile", "/profile")
	leads(admin.Get("/no/such/page"), 404, "Page not found", "Go to the overview", "/admin")
	leads(admin.Get("/admin/users/nobody"), 404, "Page not found", "Go to the overview", "/admin")

	leads(nobody.Get("/help"), 200, "I lost my phone", "Sign in", "/login")
	leads(half.Get("/help"), 200, "I lost my phone", "Go on signing in", "/login/code")
	if user.Get("/help").Is(200).Doc().Find(`header a[href="/security"]`).Length() != 1 {
		t.Error("help has no menu for somebody who is signed in")
	}

	for path, says := range map[string]string{
		"/admin/users?status=odd":                    "Status in this page’s address is not one of the choices.",
		"/admin/users?size=7":                        "The number of rows on a page",
		"/admin/users?sort=age":                      "The order of the list",
		"/admin/users?after=a&before=b":              "two places in the list",
		"/admin/users?colour=red":                    "a filter that this page does not know",
		"/admin/users?q=a&q=b":                       "the same filter twice",
		"/admin/users?q=" + strings.Repeat("x", 300): "Search is longer than",
		"/admin/users?q=%ff":                         "text that cannot be read",
		"/admin/users.csv?role=king":                 "Role in this page’s address",
		"/admin/audit?event=odd":                     "Event in this page’s address",
		"/admin/audit?before=x":                      "not a number above 0",
		"/admin/audit.jsonl?from=yesterday":          "From must be a date like 2026-11-23",
		"/admin/requests?show=odd":                   "What is shown in this page’s address is not one of the choices.",
		"/admin/requests?show=waiting&after=7":       "The place in the list in this page’s address does not exist.",
		"/admin/requests?after=7-a":                  "The place in the list in this page’s address does not exist.",
		"/admin?days=5":                              "The chart shows 14 or 30 days.",
	} {
		list := strings.TrimSuffix(strings.TrimSuffix(strings.Split(path, "?")[0], ".csv"), ".jsonl")
		p := admin.Get(path)
		leads(p, p.Status, says, "Clear filters", list)
		if p.Status != 400 && p.Status != 422 {
			t.Errorf("%s: %d", path, p.Status)
		}
	}
	admin.Get("/admin/audit?from=yesterday&to=x&ip=y").Is(422).Sees("From must be a date", "To must be a date", "IP address must look like", "Clear filters")
	summed(t, admin.Page, "the audit log")
	leads(user.Get("/security/activity?before=x"), 400, "not a number above 0", "Clear filters", "/security/activity")

	leads(admin.Upload(importPath, "file", "a.csv", strings.Repeat("x", 17<<20)), 413, "A file can be at most 16 MiB.", "Back to the import", importPath)
	leads(admin.Post("/admin/users/new", "name", strings.Repeat("x", 70<<10)), 413, "A form can hold at most 64 KiB of text.", "Open the page again", "/admin/users/new")
	leads(admin.Post("/admin/users/new", "no_such_field", "1"), 400, "a field that does not belong there", "Open the page again", "/admin/users/new")
	leads(admin.Post("/admin/users/new", "name", "Bob", "name", "Ben"), 400, "the same field more than once", "Open the page again", "/admin/users/new")
	leads(nobody.Send(nobody.Request(http.MethodPut, "/login", nil)), 405, "Open it from a link", "Back to sign in", "/login")
	leads(nobody.Post("/help"), 405, "Open it from a link", "Back to sign in", "/login")
	r := admin.Request(http.MethodPost, "/admin/users/new", nil)
	r.Header.Set("Content-Type", "text/plain")
	leads(admin.Send(r), 415, "does not accept", "Go to the overview", "/admin")
}
