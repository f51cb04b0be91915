package attack

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"latchkey/internal/apptest"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/web"
)

// TestSE12_EveryFieldIsDecided fails for a field of which nobody has said whether what is
// typed into it waits over a proof.
func TestSE12_EveryFieldIsDecided(t *testing.T) {
	t.Parallel()
	for _, f := range sitDown(t).forms {
		for i := 0; i < len(f.fields); i += 2 {
			if _, known := web.FieldWaits(f.fields[i]); !known {
				t.Errorf("%s: say in internal/web/kept.go whether %q waits", f.path, f.fields[i])
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
		if f.keepsSomething() && slices.ContainsFunc(routes, func(r web.Route) bool {
			return r.Method == http.MethodPost && matches(r.Path, f.path) && (r.Access == web.Fresh || r.Access == web.Administrator)
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
		if yes, _ := web.FieldWaits(f.fields[i]); yes || strings.Contains(f.fields[i], "password") {
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
			if yes, _ := web.FieldWaits(name); yes && shown.Get(name) != value && name != "how" && name != "batch" {
				t.Errorf("%s: %s is %q after the proof, was %q", f.path, name, shown.Get(name), value)
			} else if !yes && len(value) > 3 && strings.Contains(f.browser.Body, value) {
				t.Errorf("%s: %s stands on the page", f.path, name)
			}
		}
		waiting := opened(t, a)
		for i := 0; i < len(f.fields); i += 2 {
			if yes, _ := web.FieldWaits(f.fields[i]); !yes && waiting.Has(f.fields[i]) {
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
			t.Errorf("%s is filled for whoever comes to it in another way", plain)
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
		text, err := a.Ring.Open(secret.PurposeForm, sealed, a.Site.Instance, user, path)
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

// TestSE12_TicksWait ticks many users, reviews, and proves: the list comes back
// with its ticks, and the review with its reason.
func TestSE12_TicksWait(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	fields := []string{"action", "disable", "size", "100", "q", "", "status", "active"}
	var ids []string
	for _, u := range added(a, 90) {
		ids = append(ids, u)
		fields = append(fields, "user", u)
	}
	b := a.Browser()
	b.SignIn(a.Admin)
	a.Clock.Add(11 * time.Minute)
	b.Post("/admin/users/bulk", fields...)
	b.Open(b.Header.Get("Location")).Sees("What you entered is kept")
	b.Confirm(a.Admin)
	b.Open("/admin/users/bulk?kept=1").Sees("Nothing has been saved yet.")
	got := typed(b.Page, "/admin/users/bulk")
	for _, id := range ids {
		if !slices.Contains(got["user"], id) {
			t.Fatalf("%s is not ticked any more", id)
		}
	}
	if got.Get("action") != "disable" || got.Get("status") != "active" || got.Get("size") != "100" {
		t.Errorf("the rest of the form is %v", got)
	}
	b.Submit("Review…").Sees("Disable 90 users")
	a.Clock.Add(11 * time.Minute)
	b.Submit("Disable 90 users", "Reason", "the school year is over")
	b.Confirm(a.Admin)
	b.Open("/admin/users/bulk?kept=1").Sees("then press Disable 90 users again")
	if typed(b.Page, "/admin/users/bulk").Get("reason") != "the school year is over" {
		t.Error("the reason is gone")
	}
	if n := number(t, a, `SELECT count(*) FROM users WHERE disabled = 1`); n != 0 {
		t.Errorf("%d users were disabled without a second press", n)
	}
	b.Submit("Disable 90 users")
	if n := number(t, a, `SELECT count(*) FROM users WHERE disabled = 1`); n != 90 {
		t.Errorf("%d users are disabled, want 90", n)
	}
	b.Open("/admin/users/bulk?kept=1").SeesNot("Nothing has been saved yet")
}

// TestSE12_WhatWaitsIsNobodyElses looks for it from other sessions, after signing out,
// and after its time; and tries to plant a form from another site.
func TestSE12_WhatWaitsIsNobodyElses(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	other := a.AddUser("olga", apptest.Administrator)
	type looker struct {
		name  string
		shown bool
		look  func(b *apptest.Browser) *apptest.Browser
	}
	for _, l := range []looker{
		{"the same session", true, func(b *apptest.Browser) *apptest.Browser { b.Confirm(a.Admin); return b }},
		{"another session of the same user", false, func(*apptest.Browser) *apptest.Browser { return signedInAs(a, a.Admin) }},
		{"another administrator", false, func(*apptest.Browser) *apptest.Browser { return signedInAs(a, other) }},
		{"another administrator in this browser", false, func(b *apptest.Browser) *apptest.Browser { b.SignIn(other); return b }},
		{"the same user after signing out", false, func(b *apptest.Browser) *apptest.Browser {
			b.Post("/logout")
			b.SignIn(a.Admin)
			return b
		}},
		{"the same session, too late", false, func(b *apptest.Browser) *apptest.Browser {
			a.Clock.Add(15 * time.Minute)
			b.Confirm(a.Admin)
			return b
		}},
	} {
		b := signedInAs(a, a.Admin)
		a.Clock.Add(11 * time.Minute)
		b.Post("/admin/users/new", "username", "wilma", "name", "Wilma", "email", "", "role", "user", "first_sign_in", "link").
			Redirects("/confirm?next=%2Fadmin%2Fusers%2Fnew%3Fkept%3D1")
		p := l.look(b).Open("/admin/users/new?kept=1").At("/admin/users/new?kept=1")
		if shown := strings.Contains(p.Body, "wilma"); shown != l.shown {
			t.Errorf("%s sees what was typed: %v", l.name, shown)
		}
	}
	b := signedInAs(a, a.Admin)
	a.Clock.Add(11 * time.Minute)
	r := b.Request(http.MethodPost, "/admin/users/new", url.Values{"username": {"planted"}, "role": {"admin"}})
	r.Header.Set("Origin", "https://evil.example")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	b.Send(r).Is(http.StatusForbidden)
	if n := number(t, a, `SELECT count(*) FROM kept_forms WHERE kept_at >= $1`, a.Clock.Now().UnixMilli()); n != 0 {
		t.Error("another site planted a form")
	}
}

// TestSE06_AnIdleSessionThrowsNothingAway lets a session run out in the middle of a form:
// whoever signs in again in this browser has it back, anybody else has not.
func TestSE06_AnIdleSessionThrowsNothingAway(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	other := a.AddUser("olga", apptest.Administrator)
	for _, next := range []*apptest.User{a.Admin, other} {
		b := signedInAs(a, a.Admin)
		a.Clock.Add(3 * time.Hour)
		a.Tx(func(tx *store.Tx) error { return tx.DropExpired(a.Clock.Now()) })
		b.Post("/admin/users/new", "username", "wilma", "name", "Wilma", "email", "", "role", "user", "first_sign_in", "link").
			Redirects("/login?next=%2Fadmin%2Fusers%2Fnew%3Fkept%3D1&notice=expired")
		b.Open("/login?next=%2Fadmin%2Fusers%2Fnew%3Fkept%3D1&notice=expired")
		b.Submit("Sign in", "Username or email", next.Username, "Password", next.Password)
		a.Clock.Add(30 * time.Second)
		b.Submit("Continue", "Code", next.Code()).At("/admin/users/new?kept=1")
		if shown := b.Value("Username") == "wilma"; shown != (next == a.Admin) {
			t.Errorf("%s sees what was typed: %v", next.Username, shown)
		}
	}
}

// TestSE12_FewFormsWait fills more forms than one session may have waiting, one of them
// larger than any page of ours sends.
func TestSE12_FewFormsWait(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := signedInAs(a, a.Admin)
	a.Clock.Add(11 * time.Minute)
	for _, id := range added(a, 20) {
		b.Post("/admin/users/"+id+"/disable", "reason", "left").Is(http.StatusSeeOther)
	}
	if n := number(t, a, `SELECT count(*) FROM kept_forms`); n != 5 {
		t.Errorf("%d forms wait, want 5", n)
	}
	b.Post("/admin/users/new", "username", strings.Repeat("x", 60<<10), "first_sign_in", "link").Is(http.StatusSeeOther)
	b.Post("/admin/users/new", "username", strings.Repeat("x", 70<<10)).Is(http.StatusRequestEntityTooLarge)
}

// added adds so many users and returns their ids.
func added(a *apptest.App, n int) (ids []string) {
	for i := range n {
		ids = append(ids, a.AddUser(fmt.Sprint("user-", i), apptest.NoPhone).ID)
	}
	return ids
}

// TestSE12_AFileIsChosenAgain sends a large file from a session without a fresh proof:
// it is taken and thrown away, and the page says so.
func TestSE12_AFileIsChosenAgain(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := signedInAs(a, a.Admin)
	a.Clock.Add(11 * time.Minute)
	b.Upload(importPath, "file", "users.csv", strings.Repeat("username,name\n", 1<<20)).Redirects("/confirm?next=%2Fadmin%2Fusers%2Fimport%3Fkept%3D1")
	b.Open(b.Header.Get("Location")).Sees("The file has not been uploaded.")
	b.Confirm(a.Admin)
	b.Open(importPath + "?kept=1").Sees("Nothing has been uploaded yet. Choose the file again, then press Check the file.")
}
