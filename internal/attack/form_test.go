package attack

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/factor"
	"latchkey/internal/store"
)

// form is a form of the program, filled in rightly.
type form struct {
	path    string
	browser *apptest.Browser
	fields  []string // names and values by turns
	free    []string // the fields that may be empty or missing
	auth    bool     // proves who somebody is
}

// desk is a program with somebody in front of each of its forms.
type desk struct {
	*apptest.App
	setup *apptest.App // one without an administrator
	forms []form
}

// sitDown returns a desk; no form changes what another needs as long as each is
// refused.
func sitDown(t *testing.T) *desk {
	t.Helper()
	d := &desk{App: apptest.Start(t, apptest.Options{}), setup: apptest.Start(t, apptest.Options{Empty: true})}
	alice, bob, nell := d.AddUser("alice"), d.AddUser("bob"), d.AddUser("nell", apptest.NoPhone)
	dave, dora, ivan := d.AddUser("dave", apptest.Disabled), d.AddUser("dora"), d.AddUser("ivan", apptest.Invited)
	d.Tx(func(tx *store.Tx) error { _, err := tx.Delete(true, dora.ID, d.Clock.Now()); return err })
	nobody, user, admin, enrolling, invited, reset := d.Browser(), d.Browser(), d.Browser(), d.Browser(), d.Browser(), d.Browser()
	admin.SignIn(d.Admin)
	user.SignIn(alice)
	d.Clock.Add(30 * time.Second)
	half := halves(d.App, bob, 1)[0]
	enrolling.Password(nell)
	key, enrollment := enrolment(t, enrolling)
	invited.Get(ivan.Link(store.PurposeInvite))
	reset.Get(bob.Link(store.PurposePassword))
	mine, err := d.DB.Authenticators(alice.ID)
	if err != nil {
		t.Fatal(err)
	}
	one := "/security/authenticators/" + mine[0].ID
	const fresh = "seven lamps on a pier"
	d.forms = []form{
		{"/setup", d.setup.Browser(), []string{"setup_code", d.setup.SetupCode(), "username", "ann", "name", "Ann", "email", "ann@example.org", "new_password", fresh}, []string{"name", "email"}, true},
		{"/login", nobody, []string{"username", "alice", "password", alice.Password, "next", "/security"}, []string{"next"}, true},
		{"/login/code", half, []string{"code", bob.Code(), "remember", ""}, []string{"remember"}, true},
		{"/login/recovery", half, []string{"recovery_code", bob.Codes[0]}, nil, true},
		{"/login/cancel", nobody, nil, nil, false},
		{"/logout", nobody, nil, nil, false},
		{"/invite", invited, []string{"new_password", fresh}, nil, true},
		{"/reset", reset, []string{"new_password", fresh}, nil, true},
		{"/profile/edit", user, []string{"name", "Alicia", "email", "alicia@example.org"}, []string{"name", "email"}, false},
		{"/confirm", user, []string{"password", alice.Password, "code", alice.Code(), "next", "/security"}, []string{"next"}, true},
		{"/security/password", user, []string{"current_password", alice.Password, "new_password", fresh}, nil, true},
		{"/security/authenticators/new", enrolling, []string{"enrollment", enrollment, "label", "Phone", "code", d.CodeFor(key)}, nil, true},
		{one + "/rename", user, []string{"label", "Tablet"}, nil, false},
		{one + "/remove", user, nil, nil, false},
		{"/security/recovery-codes", user, []string{"saved", "1"}, []string{"saved"}, false},
		{"/security/recovery-codes/new", user, nil, nil, false},
		{"/security/sessions/end-others", user, nil, nil, false},
		{"/security/sessions/" + alice.ID + "/end", user, nil, nil, false},
		{"/admin/users/new", admin, []string{"username", "carl", "name", "Carl", "email", "carl@example.org", "role", "user", "first_sign_in", "link"}, []string{"name", "email"}, false},
		{"/admin/users/" + bob.ID + "/edit", admin, []string{"username", "robert", "name", "Robert", "email", "robert@example.org", "role", "admin", "version", fmt.Sprint(bob.Now().Version)}, []string{"name", "email"}, false},
		{"/admin/users/" + bob.ID + "/disable", admin, []string{"reason", "left"}, []string{"reason"}, false},
		{"/admin/users/" + dave.ID + "/enable", admin, []string{"reason", "back"}, []string{"reason"}, false},
		{"/admin/users/" + bob.ID + "/delete", admin, []string{"reason", "left", "confirm_username", "bob"}, []string{"reason"}, false},
		{"/admin/users/" + dora.ID + "/restore", admin, []string{"reason", "back"}, []string{"reason"}, false},
		{"/admin/users/" + bob.ID + "/unlock", admin, []string{"reason", "called"}, []string{"reason"}, false},
		{"/admin/users/" + bob.ID + "/sign-out", admin, []string{"reason", "lost laptop"}, []string{"reason"}, false},
		{"/admin/users/" + bob.ID + "/reset-two-step", admin, []string{"reason", "lost phone"}, nil, false},
		{"/admin/users/" + bob.ID + "/password-link", admin, []string{"reason", "forgot"}, []string{"reason"}, false},
		{"/admin/settings/general", admin, []string{"instance_name", "Home", "audit_keep_days", "100"}, nil, false},
		{"/admin/settings/sign-in", admin, []string{"two_step", "administrators", "password_min", "20", "session_idle", "10", "session_max", "20"}, nil, false},
	}
	return d
}

// values is what the form sends if one field is changed.
func (f form) values(change func(url.Values)) url.Values {
	values := url.Values{}
	for i := 0; i+1 < len(f.fields); i += 2 {
		values.Set(f.fields[i], f.fields[i+1])
	}
	change(values)
	return values
}

// send sends the form and forgets that it was a try.
func (d *desk) send(t *testing.T, f form, values url.Values) *apptest.Page {
	t.Helper()
	b := f.browser.Clone()
	p := b.Send(b.Request(http.MethodPost, f.path, values))
	forgive(t, d.app(f))
	return p
}

func (d *desk) app(f form) *apptest.App {
	if f.path == "/setup" {
		return d.setup
	}
	return d.App
}

// state is everything stored that a form could change, except what is counted and
// written down about tries.
func (d *desk) state(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, a := range []*apptest.App{d.App, d.setup} {
		db := open(t, a)
		for _, table := range []string{
			"users", "authenticators", "pending_authenticators", "recovery_codes", "recovery_sheets", "sessions", "pending_sign_ins",
			"links", "browsers", "settings", "setup_code",
		} {
			found, err := db.Query(`SELECT * FROM ` + table + ` ORDER BY 1, 2`)
			if err != nil {
				t.Fatal(err)
			}
			columns, err := found.Columns()
			if err != nil {
				t.Fatal(err)
			}
			for found.Next() {
				row := make([]any, len(columns))
				for i := range row {
					row[i] = new(any)
				}
				if err := found.Scan(row...); err != nil {
					t.Fatal(err)
				}
				for i, name := range columns {
					fmt.Fprintf(&all, "%s.%s=%v ", table, name, *row[i].(*any))
				}
				all.WriteByte('\n')
			}
			found.Close()
		}
	}
	return all.String()
}

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
		if r.Method == http.MethodPost && !known {
			t.Errorf("add the form of %s to sitDown", r.Path)
		}
	}
}

// matches reports whether a path is of this route.
func matches(route, path string) bool {
	want, got := strings.Split(route, "/"), strings.Split(path, "/")
	return len(want) == len(got) && !slices.ContainsFunc(slices.Collect(zip(want, got)), func(p [2]string) bool {
		return p[0] != p[1] && !strings.HasPrefix(p[0], ":")
	})
}

func zip(a, b []string) func(func([2]string) bool) {
	return func(yield func([2]string) bool) {
		for i := range a {
			if !yield([2]string{a[i], b[i]}) {
				return
			}
		}
	}
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
			strange["double "+name] = func(v url.Values) { v.Add(name, value) }
			strange["second "+name] = func(v url.Values) { v.Add(name, "other") }
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
			r.Body, r.ContentLength = body_(body), int64(len(body))
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
			if slices.Contains(f.free, name) {
				continue
			}
			for what, change := range map[string]func(url.Values){
				"absent": func(v url.Values) { v.Del(name) },
				"empty":  func(v url.Values) { v.Set(name, "") },
				"space":  func(v url.Values) { v.Set(name, " ") },
				"null":   func(v url.Values) { v.Set(name, "null") },
				"true":   func(v url.Values) { v.Set(name, "true") },
				"zero":   func(v url.Values) { v.Set(name, "0") },
				"cut":    func(v url.Values) { v.Set(name, v.Get(name)[:1]) },
			} {
				if name == "label" && (what == "null" || what == "true" || what == "zero" || what == "cut") {
					continue // any name will do for an app
				}
				if (name == "username" && f.path == "/setup") && (what == "null" || what == "true") {
					continue // or for a user
				}
				p := d.send(t, f, f.values(change))
				if p.Status != http.StatusUnprocessableEntity && p.Status != http.StatusSeeOther || grants(p) {
					t.Errorf("%s with %s %s: %d", f.path, what, name, p.Status)
				}
			}
		}
		p := d.send(t, f, url.Values{})
		if p.Status != http.StatusUnprocessableEntity && name(f) != "/security/authenticators/new" {
			t.Errorf("%s with nothing at all: %d, want 422", f.path, p.Status)
		}
	}
	if after := d.state(t); after != before {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
}

func name(f form) string { return f.path }

// TestAU14_StepsRunInOrder sends every form of signing in from every other step.
func TestAU14_StepsRunInOrder(t *testing.T) {
	t.Parallel()
	d := sitDown(t)
	before := d.state(t)
	for _, f := range d.forms {
		if !f.auth || f.path == "/setup" || f.path == "/login" {
			continue
		}
		for _, other := range d.forms {
			if other.path == "/setup" || other.browser == f.browser {
				continue
			}
			b := other.browser.Clone()
			p := b.Send(b.Request(http.MethodPost, f.path, f.values(func(url.Values) {})))
			forgive(t, d.App)
			if p.Status != http.StatusSeeOther && p.Status != http.StatusUnprocessableEntity && p.Status != http.StatusGone || grants(p) {
				t.Errorf("%s from the place of %s: %d %s", f.path, other.path, p.Status, p.Header.Get("Location"))
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
				p := d.send(t, f, f.values(func(v url.Values) { v.Set(name, text) }))
				lost := name == "enrollment" && p.Status == http.StatusSeeOther
				line := name == "reason" && what == "header" // a reason may have lines; they become one
				if p.Status != http.StatusBadRequest && p.Status != http.StatusUnprocessableEntity && !lost && !line {
					t.Errorf("%s, %s with %s: %d", f.path, name, what, p.Status)
				}
				if line {
					d = sitDownAgain(t, d, &before, &f)
				}
			}
			long := strings.Repeat("é", 30<<10)
			if p := d.send(t, f, f.values(func(v url.Values) { v.Set(name, long) })); p.Status != 413 {
				t.Errorf("%s, %s with 60 KB, as 180 KB on the way: %d", f.path, name, p.Status)
			}
			long = strings.Repeat("x", 60<<10)
			p := d.send(t, f, f.values(func(v url.Values) { v.Set(name, long) }))
			if p.Status != 422 && p.Status != 400 && !(name == "enrollment" && p.Status == 303) {
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
	for _, text := range append([]string{"../../etc/passwd", "' OR 1=1 --", "%s%n", "9223372036854775808", "-1", "1e9", "0x1", strings.Repeat("9", 400)}, values(evil)...) {
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

func values(m map[string]string) (all []string) {
	for _, v := range m {
		all = append(all, v)
	}
	return all
}

// TestWE10_TheFormsWorkAsTheyAre proves that the tests above refuse what would
// have worked.
func TestWE10_TheFormsWorkAsTheyAre(t *testing.T) {
	t.Parallel()
	d := sitDown(t)
	for i := range d.forms {
		fresh := d
		if i > 0 {
			fresh = nil
		}
		_ = fresh
		f := d.forms[i]
		if strings.HasPrefix(f.path, "/security/sessions/") && strings.HasSuffix(f.path, "/end") {
			continue // of another user's session
		}
		before := d.state(t)
		p := d.send(t, f, f.values(func(url.Values) {}))
		p.Is(http.StatusSeeOther)
		if quiet := []string{"/logout", "/login/cancel", "/security/recovery-codes", "/admin/users/"}; d.state(t) == before &&
			!slices.ContainsFunc(quiet, func(prefix string) bool { return strings.HasPrefix(f.path, prefix) }) {
			t.Errorf("%s changes nothing", f.path)
		}
		d = sitDown(t)
	}
	_ = factor.Period
}
