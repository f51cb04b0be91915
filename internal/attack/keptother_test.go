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
	"latchkey/internal/store"
)

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
// the same user who signs in again in this browser has it back, and nobody else.
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
	if n := number(t, a, `SELECT count(*) FROM users WHERE disabled = TRUE`); n != 0 {
		t.Errorf("%d users were disabled without a second press", n)
	}
	b.Submit("Disable 90 users")
	if n := number(t, a, `SELECT count(*) FROM users WHERE disabled = TRUE`); n != 90 {
		t.Errorf("%d users are disabled, want 90", n)
	}
	b.Open("/admin/users/bulk?kept=1").SeesNot("Nothing has been saved yet")
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
