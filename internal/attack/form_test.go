package attack

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"latchkey/internal/apptest"
	"latchkey/internal/web/route"
)

// TestWE10_EveryFormIsInTheTable fails for a form that nobody thought of here.
func TestWE10_EveryFormIsInTheTable(t *testing.T) {
	t.Parallel()
	d := sitDown(t)
	all, err := d.Site.Routes()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		known := slices.ContainsFunc(d.forms, func(f form) bool { return matches(r.Path, f.path) })
		// The form of bulk acts has one field many times; package admin/bulk tries it. That of
		// the logo has nothing but a file; TestWE09_LogoTakesNothingElse tries it.
		// Those on the hosts of applications are tried there, in doorask_test.go.
		if r.Method == http.MethodPost && !known && r.Access != route.ApplicationHost && r.Path != "/admin/users/bulk" && r.Path != logoPath {
			t.Errorf("add the form of %s to sitDown", r.Path)
		}
	}
}

var parameter = regexp.MustCompile(`:[a-z]+`)

// matches reports whether a path is of this route.
func matches(route, path string) bool {
	return regexp.MustCompile("^" + parameter.ReplaceAllString(route, "[^/]+") + "$").MatchString(path)
}

// TestWE10_StrangeFormsAreRefused doubles, adds and moves every field of every
// form.
func TestWE10_StrangeFormsAreRefused(t *testing.T) {
	t.Parallel()
	d := sitDown(t)
	before := d.state(t)
	for _, f := range d.forms {
		strange := map[string]func(url.Values){
			"unknown":   func(v url.Values) { v.Set("no_such_field", "1") },
			"role":      func(v url.Values) { v.Add("role", "admin"); v.Add("role", "admin") },
			"id":        func(v url.Values) { v.Set("id", "1") },
			"user_id":   func(v url.Values) { v.Set("user_id", d.Admin.ID) },
			"disabled":  func(v url.Values) { v.Set("disabled", "0") },
			"empty":     func(v url.Values) { v.Set("", "1") },
			"otp":       func(v url.Values) { v.Set("otp_secret", "x") },
			"prototype": func(v url.Values) { v.Set("__proto__", "1") },
		}
		for i := 0; i < len(f.fields); i += 2 {
			name, value := f.fields[i], f.fields[i+1]
			if name != "events" && name != "user" && name != "group" { // of which each ticked box sends one
				strange["double "+name] = func(v url.Values) { v.Add(name, value) }
				strange["second "+name] = func(v url.Values) { v.Add(name, "other") }
			}
			strange["array "+name] = func(v url.Values) { v.Del(name); v.Set(name+"[]", value) }
			strange["indexed "+name] = func(v url.Values) { v.Del(name); v.Set(name+"[0]", value) }
			strange["capital "+name] = func(v url.Values) { v.Del(name); v.Set(strings.ToUpper(name), value) }
		}
		for what, change := range strange {
			if p := d.send(t, f, f.values(change)); p.Status != http.StatusBadRequest {
				t.Errorf("%s with %s: %d, want 400", f.path, what, p.Status)
			}
		}
		for _, body := range []string{"a=%zz", "a=b;c=d", "%", "=&=&=%"} {
			b := f.browser.Clone()
			r := b.Request(http.MethodPost, f.path, nil)
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
			b.Send(r).Is(http.StatusBadRequest)
		}
	}
	if after := d.state(t); after != before {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
}

// TestWE10_ValuesComeFromTheBody sends every form in the query string.
func TestWE10_ValuesComeFromTheBody(t *testing.T) {
	t.Parallel()
	d := sitDown(t)
	before := d.state(t)
	for _, f := range d.forms {
		if len(f.fields) == len(f.free)*2 {
			continue // nothing in it is needed
		}
		whole := f.values(func(url.Values) {})
		for _, method := range []string{http.MethodPost, http.MethodGet} {
			b := f.browser.Clone()
			r := b.Request(method, f.path+"?"+whole.Encode(), nil)
			p := b.Send(r)
			forgive(t, d.app(f))
			if method == http.MethodPost && p.Status/100 == 2 || grants(p) {
				t.Errorf("%s %s answers %d to values in the query string", method, f.path, p.Status)
			}
		}
	}
	if after := d.state(t); after != before {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
}

// evil are texts that have no place in any field.
var evil = map[string]string{
	"invalid UTF-8":  "a\xff\xfeb",
	"overlong":       "a\xc0\xafb",
	"half a pair":    "a\xed\xa0\x80b",
	"NUL":            "a\x00b",
	"bell":           "a\x07b",
	"escape":         "a\x1b[31mb",
	"delete":         "a\x7fb",
	"C1":             "a\u0085b",
	"right to left":  "a\u202eb",
	"isolate":        "a\u2066b",
	"mark":           "a\u200fb",
	"line separator": "a\u2028b",
	"header":         "a\r\nSet-Cookie: x=y",
}

// TestWE12_TextThatNobodyTypes puts each of them into each field.
func TestWE12_TextThatNobodyTypes(t *testing.T) {
	t.Parallel()
	d := sitDown(t)
	before := d.state(t)
	for _, f := range d.forms {
		for i := 0; i < len(f.fields); i += 2 {
			name := f.fields[i]
			if name == "next" || name == "remember" || name == "saved" {
				continue // never kept or shown; TestWE06 has next
			}
			for what, text := range evil {
				if (name == "reason" || name == "message" || name == "note" || strings.HasSuffix(name, "_text")) && what == "header" {
					continue // these may have lines, which become one
				}
				p := d.send(t, f, f.values(func(v url.Values) { v.Set(name, text) }))
				lost := name == "enrollment" && p.Status == http.StatusSeeOther || name == "notice" && p.Status == http.StatusNotFound
				broken := strings.ContainsRune(text, 0) || !utf8.ValidString(text) // no text at all
				if p.Status != http.StatusBadRequest && (broken || p.Status != http.StatusUnprocessableEntity && !lost) {
					t.Errorf("%s, %s with %s: %d", f.path, name, what, p.Status)
				}
			}
			long := strings.Repeat("é", 30<<10)
			if f.path == "/admin/settings/general" { // it has long texts
				long = strings.Repeat("é", 60<<10)
			}
			if p := d.send(t, f, f.values(func(v url.Values) { v.Set(name, long) })); p.Status != 413 {
				t.Errorf("%s, %s with 60 KB, as 180 KB on the way: %d", f.path, name, p.Status)
			}
			long = strings.Repeat("x", 60<<10)
			p := d.send(t, f, f.values(func(v url.Values) { v.Set(name, long) }))
			if p.Status != 422 && p.Status != 400 && !(name == "enrollment" && p.Status == 303) && !(name == "notice" && p.Status == 404) {
				t.Errorf("%s, %s with 60 KB: %d", f.path, name, p.Status)
			}
		}
	}
	if after := d.state(t); after != before {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
}

// TestWE12_AddressesThatNobodyTypes asks for pages with them.
func TestWE12_AddressesThatNobodyTypes(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := a.Browser()
	b.SignIn(a.Admin)
	before := rows(t, a)
	for _, text := range append([]string{"../../etc/passwd", "' OR 1=1 --", "%s%n", "9223372036854775808", "-1", "1e9", "0x1", strings.Repeat("9", 400)}, slices.Collect(maps.Values(evil))...) {
		escaped := url.QueryEscape(text)
		for _, path := range []string{
			"/login?next=", "/login?notice=", "/setup?code=", "/confirm?next=", "/security/activity?before=", "/admin/users?q=", "/admin/users?sort=",
			"/admin/users?after=", "/admin/users?before=", "/admin/users?status=", "/admin/users?size=", "/admin/audit?actor=", "/admin/audit?ip=",
			"/admin/audit?from=", "/admin/audit?before=", "/admin/audit?event=", "/admin?", "/?", "/profile?x=",
		} {
			if p := b.Clone().Get(path + escaped); p.Status >= 500 || strings.Contains(p.Header.Get("Location"), "\r") {
				t.Errorf("%s%s answers %d", path, escaped, p.Status)
			}
		}
		for _, path := range []string{"/invite/", "/reset/", "/static/", "/admin/users/", "/security/authenticators/%s/rename", "/admin/users/%s/edit"} {
			full := path + url.PathEscape(text)
			if strings.Contains(path, "%s") {
				full = fmt.Sprintf(path, url.PathEscape(text))
			}
			if p := b.Clone().Get(full); p.Status >= 500 {
				t.Errorf("%s answers %d", full, p.Status)
			}
		}
	}
	if after := rows(t, a); after != before {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
}

// TestWE10_TheFormsWorkAsTheyAre proves that the tests above refuse what would
// have worked.
func TestWE10_TheFormsWorkAsTheyAre(t *testing.T) {
	t.Parallel()
	d := sitDown(t)
	for _, f := range d.forms {
		if strings.HasSuffix(f.path, "/remove") && f.path != logoPath+"/remove" {
			f.browser.Post(f.path).Is(http.StatusConflict) // the only app
			continue
		}
		before := d.state(t) + audited(t, d.App)
		f.browser.Send(f.browser.Request(http.MethodPost, f.path, f.values(func(url.Values) {}))).Is(http.StatusSeeOther)
		idle := f.path == "/login/cancel" || matches("/admin/users/bulk/:id/cancel", f.path) || f.path == "/logout" || f.path == "/security/sessions/end-others"
		if d.state(t)+audited(t, d.App) == before && !idle {
			t.Errorf("%s changes nothing", f.path)
		}
	}
}

// audited is the length of the audit log.
func audited(t *testing.T, a *apptest.App) string {
	t.Helper()
	return fmt.Sprint(number(t, a, `SELECT count(*) FROM audit_log`))
}
