package attack

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"latchkey/internal/apptest"
	"latchkey/internal/secret"
	"latchkey/internal/web/forms"
	"latchkey/internal/web/route"
)

// TestSE12_EveryFieldIsDecided fails for a field of which nobody has said whether what is
// typed into it waits over a proof.
func TestSE12_EveryFieldIsDecided(t *testing.T) {
	t.Parallel()
	for _, f := range sitDown(t).forms {
		for i := 0; i < len(f.fields); i += 2 {
			if _, known := forms.Waits(f.fields[i]); !known {
				t.Errorf("%s: say in internal/web/forms/kept.go whether %q waits", f.path, f.fields[i])
			}
		}
	}
	read, name := regexp.MustCompile(`v\.Form(?:Many)?\(([^\n]*)\)`), regexp.MustCompile(`"([a-z_]+)"`)
	files, err := filepath.Glob("../*/*.go")
	deeper, _ := filepath.Glob("../*/*/*.go")
	files = append(files, deeper...)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range read.FindAllStringSubmatch(string(text), -1) {
			for _, field := range name.FindAllStringSubmatch(call[1], -1) {
				if _, known := forms.Waits(field[1]); !known && !strings.HasSuffix(file, "_test.go") {
					t.Errorf("%s: say in internal/web/forms/kept.go whether %q waits", file, field[1])
				}
			}
		}
	}
}

// needsProof are the forms that ask somebody who is signed in for a fresh proof, and
// send something.
func (d *desk) needsProof(t *testing.T) (all []form) {
	t.Helper()
	routes, err := d.Site.Routes()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range d.forms {
		if f.keepsSomething() && slices.ContainsFunc(routes, func(r route.Route) bool {
			return r.Method == http.MethodPost && matches(r.Path, f.path) && (r.Access == route.Fresh || r.Access == route.Administrator)
		}) {
			all = append(all, f)
		}
	}
	return all
}

// keepsSomething reports whether the form has a field that waits, or a secret, of which
// the page says that it does not.
func (f form) keepsSomething() bool {
	for i := 0; i < len(f.fields); i += 2 {
		if yes, _ := forms.Waits(f.fields[i]); yes || strings.Contains(f.fields[i], "password") {
			return true
		}
	}
	return false
}

// whose is who sits in front of a form that needs a proof.
func (d *desk) whose(f form) *apptest.User {
	switch {
	case strings.HasPrefix(f.path, "/admin"):
		return d.app(f).Admin
	case f.path == "/profile/delete":
		return &apptest.User{Password: apptest.Password}
	}
	return d.alice
}

// typed returns what stands in the form of a page that is sent to this path.
func typed(p *apptest.Page, path string) url.Values {
	values := url.Values{}
	p.Doc().Find(`form[action="` + path + `"]`).Find("input[name], textarea[name], option[selected]").Each(func(_ int, s *goquery.Selection) {
		name, value := s.AttrOr("name", ""), s.AttrOr("value", "")
		_, checked := s.Attr("checked")
		switch kind := s.AttrOr("type", ""); {
		case goquery.NodeName(s) == "textarea":
			value = s.Text()
		case goquery.NodeName(s) == "option":
			name = s.Closest("select").AttrOr("name", "")
		case (kind == "radio" || kind == "checkbox") && !checked:
			return
		}
		values.Add(name, value)
	})
	return values
}

// TestSE12_AProofThrowsNothingAway sends every form from a session without a fresh proof,
// proves, and finds the form filled as it was, with no secret in it and nothing done.
func TestSE12_AProofThrowsNothingAway(t *testing.T) {
	t.Parallel()
	d := sitDown(t)
	for _, f := range d.needsProof(t) {
		a, u := d.app(f), d.whose(f)
		a.Clock.Add(11 * time.Minute)
		before := d.users(t)
		f.browser.Send(f.browser.Request(http.MethodPost, f.path, f.values(func(url.Values) {}))).Is(http.StatusSeeOther)
		to := f.browser.Header.Get("Location")
		if !strings.HasPrefix(to, "/confirm?next=") {
			t.Errorf("%s leads to %s", f.path, to)
			continue
		}
		f.browser.Open(to).SeesNot("You are signed in")
		next := f.browser.Doc().Find("input[name=next]").AttrOr("value", "")
		proof := []string{"password", u.Password, "next", next}
		if u.Secret != nil {
			a.Clock.Add(30 * time.Second)
			proof = append(proof, "code", u.Code())
		}
		f.browser.Post("/confirm", proof...).Redirects(next)
		f.browser.Open(next)
		if f.browser.Status != http.StatusOK || f.browser.Doc().Find("#kept").Length() != 1 {
			t.Errorf("%s: %s does not say that something waits\n%s", f.path, next, f.browser.Text())
			continue
		}
		shown := typed(f.browser.Page, f.path)
		for i := 0; i < len(f.fields); i += 2 {
			name, value := f.fields[i], f.fields[i+1]
			if yes, _ := forms.Waits(name); yes && shown.Get(name) != value && name != "how" && name != "batch" {
				t.Errorf("%s: %s is %q after the proof, was %q", f.path, name, shown.Get(name), value)
			} else if !yes && len(value) > 3 && strings.Contains(f.browser.Body, value) {
				t.Errorf("%s: %s stands on the page", f.path, name)
			}
		}
		waiting := opened(t, a)
		for i := 0; i < len(f.fields); i += 2 {
			if yes, _ := forms.Waits(f.fields[i]); !yes && waiting.Has(f.fields[i]) {
				t.Errorf("%s: %s waits in the database", f.path, f.fields[i])
			}
		}
		if strings.Contains(a.Files(), newPassword) {
			t.Errorf("%s: the password is on the disk", f.path)
		}
		if after := d.users(t); after != before {
			t.Errorf("%s: something was done without a second press", f.path)
		}
		plain, _, _ := strings.Cut(next, "?")
		if f.browser.Clone().Get(plain).Doc().Find("#kept").Length() != 0 {
			t.Errorf("%s is filled for somebody who comes to it in another way", plain)
		}
	}
}

// opened is everything that waits in the database, as somebody reads it who has the key.
func opened(t *testing.T, a *apptest.App) url.Values {
	t.Helper()
	rows, err := open(t, a).Query(`SELECT k.sealed, k.path, s.user_id FROM kept_forms k JOIN sessions s ON s.id = k.session_id`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	all := url.Values{}
	for rows.Next() {
		var sealed, path, user string
		if err := rows.Scan(&sealed, &path, &user); err != nil {
			t.Fatal(err)
		}
		text, err := a.Site.Open(secret.PurposeForm, sealed, user, path)
		if err != nil {
			t.Fatal(err)
		}
		values, err := url.ParseQuery(string(text))
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range values {
			all[name] = append(all[name], value...)
		}
	}
	return all
}

// users is everything stored but what a proof itself changes.
func (d *desk) users(t *testing.T) string {
	t.Helper()
	var all []string
	for _, line := range strings.Split(d.state(t), "\n") {
		if !strings.HasPrefix(line, "sessions.") && !strings.HasPrefix(line, "kept_forms.") && !strings.HasPrefix(line, "authenticators.") &&
			!strings.HasPrefix(line, "browsers.") {
			all = append(all, line)
		}
	}
	return strings.Join(all, "\n")
}
