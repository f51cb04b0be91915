package attack

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"latchkey/internal/apptest"
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

// sitDown returns a desk. No form changes what another needs, and each is about a
// user of its own where it can be.
func sitDown(t *testing.T) *desk {
	t.Helper()
	d := &desk{App: apptest.Start(t, apptest.Options{}), setup: apptest.Start(t, apptest.Options{Empty: true})}
	d.forms = []form{
		{"/setup", d.setup.Browser(), []string{"setup_code", d.setup.SetupCode(), "username", "ann", "name", "Ann", "email", "ann@example.org", "new_password", newPassword}, []string{"name", "email"}, true},
	}
	rest := append(d.inside(t), d.ofAdministrators()...)
	d.forms = append(d.forms, d.atTheDoor(t)...) // made last: signing in moves the clock
	d.forms = append(d.forms, rest...)
	return d
}

const newPassword = "seven lamps on a pier"

// atTheDoor are the forms of people who are not signed in yet.
func (d *desk) atTheDoor(t *testing.T) []form {
	cody, rex, rita := d.AddUser("cody"), d.AddUser("rex"), d.AddUser("rita")
	nell, ivan := d.AddUser("nell", apptest.NoPhone), d.AddUser("ivan", apptest.Invited)
	nobody, enrolling, invited, reset := d.Browser(), d.Browser(), d.Browser(), d.Browser()
	enrolling.Password(nell)
	key, enrollment := enrolment(t, enrolling)
	invited.Get(ivan.Link(store.PurposeInvite))
	reset.Get(rita.Link(store.PurposePassword))
	return []form{
		{"/login", nobody, []string{"username", "cody", "password", cody.Password, "next", "/security"}, []string{"next"}, true},
		{"/login/code", halves(d.App, cody, 1)[0], []string{"code", cody.CodeAt(1), "remember", ""}, []string{"remember"}, true},
		{"/login/recovery", halves(d.App, rex, 1)[0], []string{"recovery_code", rex.Codes[0]}, nil, true},
		{"/login/cancel", d.Browser(), nil, nil, false},
		{"/logout", d.Browser(), nil, nil, false},
		{"/invite", invited, []string{"new_password", newPassword}, nil, true},
		{"/reset", reset, []string{"new_password", newPassword}, nil, true},
		{"/security/authenticators/new", enrolling, []string{"enrollment", enrollment, "label", "Phone", "code", d.CodeFor(key)}, nil, true},
	}
}

// inside are the forms of somebody who is signed in.
func (d *desk) inside(t *testing.T) []form {
	t.Helper()
	alice, b := d.AddUser("alice"), d.Browser()
	b.SignIn(alice)
	mine, err := d.DB.Authenticators(alice.ID)
	if err != nil {
		t.Fatal(err)
	}
	one := "/security/authenticators/" + mine[0].ID
	other, err := d.DB.Sessions(alice.ID, d.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return []form{
		{"/profile/edit", b, []string{"name", "Alicia", "email", "alicia@example.org"}, []string{"name", "email"}, false},
		{one + "/rename", b, []string{"label", "Tablet"}, nil, false},
		{"/security/recovery-codes/new", b, nil, nil, false},
		{"/security/recovery-codes", b, []string{"saved", "1"}, []string{"saved"}, false},
		{"/security/sessions/end-others", b, nil, nil, false},
		{"/confirm", b, []string{"password", alice.Password, "code", alice.CodeAt(1), "next", "/security"}, []string{"next"}, true},
		{"/security/password", b, []string{"current_password", alice.Password, "new_password", newPassword}, nil, true},
		{one + "/remove", b, nil, nil, false},
		{"/security/sessions/" + other[0].ID + "/end", b, nil, nil, false},
	}
}

// ofAdministrators are the forms of the administration.
func (d *desk) ofAdministrators() []form {
	d.TB.Helper()
	b := d.Browser()
	b.SignIn(d.Admin)
	user := func(name string, traits ...apptest.Trait) string {
		return "/admin/users/" + d.AddUser(name, traits...).ID
	}
	edited, deleted := d.AddUser("edith"), d.AddUser("dora")
	d.Tx(func(tx *store.Tx) error { _, err := tx.Delete(true, deleted.ID, d.Clock.Now()); return err })
	why := func(reason string) []string { return []string{"reason", reason} }
	free := []string{"reason"}
	return []form{
		{"/admin/users/new", b, []string{"username", "carl", "name", "Carl", "email", "carl@example.org", "role", "user", "first_sign_in", "link"}, []string{"name", "email"}, false},
		{"/admin/users/" + edited.ID + "/edit", b, []string{"username", "editha", "name", "Editha", "email", "editha@example.org", "role", "admin", "version", fmt.Sprint(edited.Now().Version)}, []string{"name", "email"}, false},
		{user("dina") + "/disable", b, why("left"), free, false},
		{user("dave", apptest.Disabled) + "/enable", b, why("back"), free, false},
		{user("del") + "/delete", b, []string{"reason", "left", "confirm_username", "del"}, free, false},
		{"/admin/users/" + deleted.ID + "/restore", b, why("back"), free, false},
		{user("ulf") + "/unlock", b, why("called"), free, false},
		{user("sam") + "/sign-out", b, why("lost laptop"), free, false},
		{user("rosa") + "/reset-two-step", b, why("lost phone"), nil, false},
		{user("lin") + "/password-link", b, why("forgot"), free, false},
		{"/admin/settings/general", b, []string{"instance_name", "Home", "audit_keep_days", "100"}, nil, false},
		{"/admin/settings/sign-in", b, []string{"two_step", "administrators", "password_min", "20", "session_idle", "10", "session_max", "20"}, nil, false},
	}
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

// send sends the form and forgets that it was a try, if it was one.
func (d *desk) send(t *testing.T, f form, values url.Values) *apptest.Page {
	t.Helper()
	b := f.browser.Clone()
	p := b.Send(b.Request(http.MethodPost, f.path, values))
	if f.auth {
		forgive(t, d.app(f))
	}
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
		if !f.auth || f.path == "/setup" || f.path == "/login" {
			continue
		}
		for _, other := range d.forms {
			if other.path == "/setup" || other.browser == f.browser {
				continue
			}
			if f.path == "/security/password" && strings.HasPrefix(other.path, "/admin/") {
				continue // an administrator has a password, too
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
				if name == "reason" && what == "header" {
					continue // a reason may have lines; they become one
				}
				p := d.send(t, f, f.values(func(v url.Values) { v.Set(name, text) }))
				lost := name == "enrollment" && p.Status == http.StatusSeeOther
				if p.Status != http.StatusBadRequest && p.Status != http.StatusUnprocessableEntity && !lost {
					t.Errorf("%s, %s with %s: %d", f.path, name, what, p.Status)
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
	for _, f := range d.forms {
		if strings.HasSuffix(f.path, "/remove") {
			f.browser.Post(f.path).Is(http.StatusConflict) // the only app
			continue
		}
		before := d.state(t) + audited(t, d.App)
		f.browser.Send(f.browser.Request(http.MethodPost, f.path, f.values(func(url.Values) {}))).Is(http.StatusSeeOther)
		idle := f.path == "/login/cancel" || f.path == "/logout" || f.path == "/security/sessions/end-others"
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
