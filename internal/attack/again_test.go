package attack

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
)

// Forms that are sent twice by one browser, as happens without JavaScript when Enter is
// pressed again because the answer is slow.

// TestAgain_TheSecondCopyOfAnyForm sends each form of the program, and then twice more:
// by the browser as it was before the first answer, and as it is after it.
func TestAgain_TheSecondCopyOfAnyForm(t *testing.T) {
	apptest.OnFile(t) // with several nodes only what came before the answer is a copy
	t.Parallel()
	d := sitDown(t)
	for _, f := range d.forms {
		if len(f.browser.Cookies) == 0 { // nobody sends a form without having seen it
			f.browser.Get(map[string]string{"/setup": "/setup", "/forgot": "/forgot"}[f.path])
			f.browser.Get("/login")
		}
		values := f.values(func(url.Values) {})
		before := f.browser.Twin()
		first := f.browser.Send(f.browser.Request(http.MethodPost, f.path, values))
		if strings.HasSuffix(f.path, "/remove") && first.Status == http.StatusConflict {
			continue // the only app
		}
		first.Is(http.StatusSeeOther)
		after := f.browser.Twin()
		state := d.state(t)
		for name, b := range map[string]*apptest.Browser{"before the answer": before, "after it": after} {
			p := b.Send(b.Request(http.MethodPost, f.path, values))
			if p.Status != first.Status || p.Header.Get("Location") != first.Header.Get("Location") {
				t.Errorf("%s, %s: %d %q, the first was answered %d %q", f.path, name, p.Status, p.Header.Get("Location"), first.Status, first.Header.Get("Location"))
			}
			if !maps.Equal(b.Cookies, f.browser.Cookies) {
				t.Errorf("%s, %s: cookies %v, the first left %v", f.path, name, b.Cookies, f.browser.Cookies)
			}
		}
		if again := d.state(t); again != state {
			t.Errorf("%s: the copies changed something", f.path)
		}
	}
}

// TestAgain_CopiesAtTheSameMoment sends fifty copies of the forms that use something up.
func TestAgain_CopiesAtTheSameMoment(t *testing.T) {
	apptest.OnFile(t) // with several nodes only what came before the answer is a copy
	t.Parallel()
	a, fresh := apptest.Start(t, apptest.Options{}), apptest.Start(t, apptest.Options{Empty: true})
	alice, nell, ivan := a.AddUser("alice"), a.AddUser("nell", apptest.NoPhone), a.AddUser("ivan", apptest.Invited)
	half, recovering, enrolling, invited, first := a.Browser(), a.Browser(), a.Browser(), a.Browser(), fresh.Browser()
	half.Password(alice)
	rita := a.AddUser("rita")
	recovering.Password(rita)
	enrolling.Password(nell)
	key, id := enrolment(t, enrolling)
	invited.Get(ivan.Link(store.PurposeInvite))
	first.Get("/setup")
	for _, f := range []struct {
		path, to string
		browser  *apptest.Browser
		fields   []string
	}{
		{"/login/code", "/profile", half, []string{"code", alice.Code()}},
		{"/login/recovery", "/profile", recovering, []string{"recovery_code", rita.Codes[0]}},
		{"/security/authenticators/new", "/security/recovery-codes", enrolling, []string{"enrollment", id, "label", "Phone", "code", a.CodeFor(key)}},
		{"/invite", "/security/authenticators/new", invited, []string{"new_password", newPassword}},
		{"/setup", "/security/authenticators/new", first, []string{"setup_code", fresh.SetupCode(), "username", "ann", "new_password", newPassword}},
	} {
		all := make([]*apptest.Browser, crowd)
		for i := range all {
			all[i] = f.browser.Twin()
		}
		pages := race(t, crowd, func(i int) *apptest.Page { return all[i].Post(f.path, f.fields...) })
		if n := leadingTo(f.to, pages); n != crowd {
			t.Errorf("%s: %d of %d copies led on: %s", f.path, n, crowd, answers(pages))
		}
		for _, b := range all {
			if !maps.Equal(b.Cookies, all[0].Cookies) {
				t.Fatalf("%s: two copies left different cookies", f.path)
			}
		}
		all[0].Get(f.to).Is(http.StatusOK)
	}
	for _, u := range []*apptest.User{alice, rita, nell} {
		if n := sessions(t, a, u); n != 1 {
			t.Errorf("%d sessions of %s, want 1", n, u.Username)
		}
	}
	if n := number(t, a, `SELECT count(*) FROM audit_log WHERE event IN ('login.code', 'login.recovery') AND result <> 'ok'`); n != 0 {
		t.Errorf("%d failures in the audit log", n)
	}
}

// TestOT01_OnlyACopyIsAnsweredAgain replays a sign-in by everybody who is not the same
// browser with the same form within a minute.
func TestOT01_OnlyACopyIsAnsweredAgain(t *testing.T) {
	apptest.OnFile(t) // with several nodes only what came before the answer is a copy
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true})
	for name, replay := range map[string]func(b *apptest.Browser, code string) *apptest.Page{
		"another browser with its cookies": func(b *apptest.Browser, code string) *apptest.Page {
			return b.Clone().Post("/login/code", "code", code)
		},
		"another browser's cookie": func(b *apptest.Browser, code string) *apptest.Page {
			b.Cookies["latchkey-browser"] = "x" + b.Cookies["latchkey-browser"]
			return b.Post("/login/code", "code", code)
		},
		"another place": func(b *apptest.Browser, code string) *apptest.Page {
			return b.From("203.0.113.99").Post("/login/code", "code", code)
		},
		"another spelling": func(b *apptest.Browser, code string) *apptest.Page { return b.Post("/login/code", "code", " "+code) },
		"another field": func(b *apptest.Browser, code string) *apptest.Page {
			return b.Post("/login/code", "code", code, "remember", "1")
		},
		"another address": func(b *apptest.Browser, code string) *apptest.Page { return b.Post("/login/code?x", "code", code) },
		"another form": func(b *apptest.Browser, code string) *apptest.Page {
			return b.Post("/login/recovery", "recovery_code", code)
		},
		"a page": func(b *apptest.Browser, _ string) *apptest.Page { return b.Get("/login/code") },
		"two cookies": func(b *apptest.Browser, code string) *apptest.Page {
			r := b.Request(http.MethodPost, "/login/code", url.Values{"code": {code}})
			r.AddCookie(&http.Cookie{Name: "latchkey-pending", Value: b.Pending()})
			return b.Send(r)
		},
		"a minute later": func(b *apptest.Browser, code string) *apptest.Page {
			a.Clock.Add(time.Minute)
			return b.Post("/login/code", "code", code)
		},
		"the page was opened again": func(b *apptest.Browser, code string) *apptest.Page {
			b.Twin().Get("/login/code")
			return b.Post("/login/code", "code", code)
		},
	} {
		u := a.AddUser("u" + fmt.Sprint(len(name)) + name[:1] + name[len(name)-1:])
		b := a.Browser().From("203.0.113.1")
		b.Cookies["latchkey-browser"] = "a-browser-that-is-not-known"
		b.Password(u)
		old, code := b.Twin(), u.Code()
		b.Post("/login/code", "code", code).Redirects("/profile")
		if p := replay(old, code); p.Header.Get("Location") == "/profile" || grants(p) || old.SignedInAs(u) {
			t.Errorf("%s is answered %d %q", name, p.Status, p.Header.Get("Location"))
		}
		if n := sessions(t, a, u); n != 1 {
			t.Errorf("%s: %d sessions", name, n)
		}
	}
}

// TestSE02_AnAnswerBringsNoEndedSessionBack ends what the answer gave before the copy
// comes.
func TestSE02_AnAnswerBringsNoEndedSessionBack(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	for name, end := range map[string]func(b *apptest.Browser, u *apptest.User){
		"signed-out": func(b *apptest.Browser, _ *apptest.User) { b.Post("/logout").Is(http.StatusSeeOther) },
		"by-somebody": func(_ *apptest.Browser, u *apptest.User) {
			a.Tx(func(tx *store.Tx) error { _, err := tx.EndSessions(u.ID, ""); return err })
		},
		"password": func(_ *apptest.Browser, u *apptest.User) {
			a.Tx(func(tx *store.Tx) error { _, err := tx.RaiseCredVersion(u.ID); return err })
		},
		"confirmed": func(b *apptest.Browser, u *apptest.User) { b.Confirm(u) },
	} {
		u := a.AddUser(name)
		b := a.Browser()
		b.Password(u)
		old, code := b.Twin(), u.Code()
		b.Post("/login/code", "code", code).Redirects("/profile")
		end(b, u)
		if p := old.Post("/login/code", "code", code).Redirects("/login?notice=start-again"); grants(p) || old.SignedInAs(u) {
			t.Errorf("%s: the copy is signed in", name)
		}
	}
}

// TestAgain_WhatIsMeantIsDone does the same thing on purpose twice within a minute.
func TestAgain_WhatIsMeantIsDone(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := a.Browser()
	b.SignIn(a.Admin)
	uma := a.AddUser("uma")
	path := "/admin/users/" + uma.ID
	disabled := func(want bool) {
		t.Helper()
		if uma.Now().Disabled != want {
			t.Errorf("disabled: %v, want %v", !want, want)
		}
	}
	b.Post(path+"/disable", "reason", "left").Is(http.StatusSeeOther)
	b.Post(path+"/enable", "reason", "").Is(http.StatusSeeOther)
	disabled(false)
	b.Post(path+"/disable", "reason", "left").Is(http.StatusSeeOther) // another form was sent between the two
	disabled(true)
	a.Tx(func(tx *store.Tx) error { _, err := tx.Enable(uma.ID); return err })
	b.Get(path + "/disable")
	b.Post(path+"/disable", "reason", "left").Is(http.StatusSeeOther) // its page was opened again
	disabled(true)
	enable := func() {
		t.Helper()
		a.Tx(func(tx *store.Tx) error { _, err := tx.Enable(uma.ID); return err })
	}
	enable()
	b.Get("/admin/users")
	b.Post(path+"/disable", "reason", "left").Is(http.StatusSeeOther) // somebody had gone on to another page
	disabled(true)
	for range 3 { // each time it is looked at first what is about to happen, on a page that answers a form
		enable()
		b.Post("/admin/users/bulk", "action", "disable", "user", uma.ID).Is(http.StatusOK)
		b.Post("/admin/users/bulk", "action", "disable", "user", uma.ID, "confirm", "1", "seen", "1").Is(http.StatusSeeOther)
		disabled(true)
	}
	b.Post("/admin/groups/new", "name", "support", "label", "").Is(http.StatusSeeOther)
	for range 3 {
		a.Tx(func(tx *store.Tx) error { _, err := tx.AddMember("support", uma.ID, "", a.Clock.Now()); return err })
		b.Post("/admin/groups/support/members", "action", "remove", "user", uma.ID, "version", "1").Is(http.StatusOK)
		b.Post("/admin/groups/support/members", "action", "remove", "user", uma.ID, "version", "1", "confirm", "1").Is(http.StatusSeeOther)
		if n := number(t, a, `SELECT count(*) FROM group_members`); n != 0 {
			t.Errorf("%d members are left", n)
		}
	}
	b.Post("/admin/settings/general", "instance_name", "One").Is(http.StatusSeeOther)
	b.Post("/admin/settings/general", "instance_name", "Two").Is(http.StatusSeeOther)
	b.Post("/admin/settings/general", "instance_name", "One").Is(http.StatusSeeOther)
	if p := b.Get("/admin/settings/general"); !strings.Contains(p.Body, `value="One"`) {
		t.Error("the instance has not the name that was given last")
	}
}

// TestSE02_AnOldCookieWithoutAProofIsSoonDead: forms that renew the session and hold no
// password and no code are answered again to a second press of Enter, and not to somebody who
// comes later with a copy of the cookies.
func TestSE02_AnOldCookieWithoutAProofIsSoonDead(t *testing.T) {
	apptest.OnFile(t) // with several nodes only what came before the answer is a copy
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	for i, later := range []time.Duration{time.Second, 6 * time.Second, 59 * time.Second} {
		u := a.AddUser(fmt.Sprintf("u%d", i))
		b := a.Browser()
		b.SignIn(u)
		b.Confirm(u)
		b.Post("/security/recovery-codes/new").Redirects("/security/recovery-codes")
		b.Get("/security/recovery-codes").Is(http.StatusOK)
		old := b.Twin()
		b.Post("/security/recovery-codes", "saved", "1").Is(http.StatusSeeOther)
		a.Clock.Add(later)
		old.Post("/security/recovery-codes", "saved", "1")
		if got, want := old.SignedInAs(u), later < 5*time.Second; got != want {
			t.Errorf("%v later the old cookie is worth a session: %v, want %v", later, got, want)
		}
		if !b.SignedInAs(u) {
			t.Errorf("%v later its owner is signed out", later)
		}
	}
}
