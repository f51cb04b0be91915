package attack

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
)

func TestOT02_EarlierCodesAreUsedUpToo(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	try := func(steps int64) int {
		b := a.Browser()
		b.Password(alice)
		return b.Post("/login/code", "code", alice.CodeAt(steps)).Status
	}
	for _, c := range []struct {
		steps int64
		want  int
	}{{0, 303}, {-1, 422}, {0, 422}, {1, 303}, {0, 422}, {1, 422}} {
		if got := try(c.steps); got != c.want {
			t.Errorf("the code of step %+d: %d, want %d", c.steps, got, c.want)
		}
	}
}

func TestOT03_OneStepEitherWay(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	for steps, want := range map[int64]int{-3: 422, -2: 422, -1: 303, 0: 303, 1: 303, 2: 422, 3: 422} {
		u := a.AddUser("user" + strings.Repeat("x", int(steps+4)))
		for u.CodeAt(steps) == u.CodeAt(-1) || u.CodeAt(steps) == u.CodeAt(1) || u.CodeAt(steps) == u.CodeAt(0) {
			if want == 303 {
				break
			}
			u = a.AddUser(u.Username + "y") // two steps with one code: once in a few hundred thousand
		}
		b := a.Browser()
		b.Password(u)
		if got := b.Post("/login/code", "code", u.CodeAt(steps)).Status; got != want {
			t.Errorf("the code of step %+d: %d, want %d", steps, got, want)
		}
	}
}

func TestOT16_WhatCountsAsACode(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	wide := func(s string) string {
		return strings.Map(func(r rune) rune { return r + '０' - '0' }, s)
	}
	for name, c := range map[string]struct {
		spell func(code string) string
		want  int
	}{
		"plain":             {func(s string) string { return s }, 303},
		"spaces":            {func(s string) string { return " " + s[:3] + " " + s[3:] + " " }, 303},
		"dash":              {func(s string) string { return s[:3] + "-" + s[3:] }, 303},
		"full width":        {wide, 303},
		"plus":              {func(s string) string { return "+" + s[1:] }, 422},
		"five":              {func(s string) string { return s[:5] }, 422},
		"seven":             {func(s string) string { return s + "0" }, 422},
		"zero in front":     {func(s string) string { return "0" + s }, 422},
		"exponent":          {func(string) string { return "1e5" }, 422},
		"hexadecimal":       {func(string) string { return "0x1234" }, 422},
		"arabic digits":     {func(s string) string { return strings.Map(func(r rune) rune { return r + '٠' - '0' }, s) }, 422},
		"two codes":         {func(s string) string { return s + s }, 422},
		"comma":             {func(s string) string { return s + ",000000" }, 422},
		"like":              {func(string) string { return "%%%%%%" }, 422},
		"null":              {func(string) string { return "null" }, 422},
		"password and code": {func(s string) string { return apptest.Password + s }, 422},
	} {
		u := a.AddUser("u-" + strings.ReplaceAll(name, " ", "-"))
		b := a.Browser()
		b.Password(u)
		if got := b.Post("/login/code", "code", c.spell(u.Code())).Status; got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

// TestOT07_NothingIsOnBeforeTheCode looks at the enrolment page and goes away.
func TestOT07_NothingIsOnBeforeTheCode(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	nell := a.AddUser("nell", apptest.NoPhone)
	b := a.Browser()
	b.Password(nell)
	key, id := enrolment(t, b)
	again := a.Browser()
	again.Password(nell).Redirects("/security/authenticators/new")
	again.Post("/login/code", "code", a.CodeFor(key)).Redirects("/security/authenticators/new")
	if n := nell.Now().Authenticators; n != 0 {
		t.Fatalf("%d authenticators before the first code", n)
	}
	for _, fields := range [][]string{
		{"label", "Phone", "code", a.CodeFor(key)},
		{"enrollment", "", "label", "Phone", "code", a.CodeFor(key)},
		{"enrollment", id + "x", "label", "Phone", "code", a.CodeFor(key)},
		{"enrollment", id, "label", "Phone"},
		{"enrollment", id, "label", "Phone", "code", ""},
		{"enrollment", id, "label", "", "code", a.CodeFor(key)},
		{"enrollment", id, "label", "Phone", "code", "000 000"},
	} {
		b.Clone().Post("/security/authenticators/new", fields...)
	}
	if n := nell.Now().Authenticators; n != 0 {
		t.Fatalf("%d authenticators before the right code", n)
	}
	b.Post("/security/authenticators/new", "enrollment", id, "label", "Phone", "code", a.CodeFor(key)).Redirects("/security/recovery-codes")
	again.Get("/security/authenticators/new").Is(http.StatusSeeOther) // the other half is dead
	again.Password(nell).Redirects("/login/code")
	again.Post("/login/code", "code", a.CodeFor(key)).Is(422) // used by confirming
}

// TestOT08_ConfirmingNamesWhatWasSeen begins in two places. Somebody who knows the
// password could otherwise look at the key first and let the user confirm it.
func TestOT08_ConfirmingNamesWhatWasSeen(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	for name, c := range map[string]struct {
		user  *apptest.User
		begin func(*apptest.Browser, *apptest.User)
	}{
		"first app":  {a.AddUser("nell", apptest.NoPhone), func(b *apptest.Browser, u *apptest.User) { b.Password(u) }},
		"second app": {a.AddUser("alice"), func(b *apptest.Browser, u *apptest.User) { b.SignIn(u) }},
	} {
		thief, owner := a.Browser(), a.Browser()
		c.begin(thief, c.user)
		c.begin(owner, c.user)
		had := c.user.Now().Authenticators
		stolen, stolenID := enrolment(t, thief)
		key, id := enrolment(t, owner)
		if string(key) == string(stolen) {
			t.Errorf("%s: two places show the same key", name)
		}
		if again, againID := enrolment(t, owner); string(again) != string(key) || againID != id {
			t.Errorf("%s: reloading shows another key", name)
		}
		a.Clock.Add(30 * time.Second)
		thief.Post("/security/authenticators/new", "enrollment", stolenID, "label", "x", "code", a.CodeFor(stolen))
		thief.Post("/security/authenticators/new", "enrollment", id, "label", "x", "code", a.CodeFor(stolen))
		if n := c.user.Now().Authenticators; n != had {
			t.Fatalf("%s: the enrolment that was replaced counts", name)
		}
		owner.Post("/security/authenticators/new", "enrollment", id, "label", "x", "code", a.CodeFor(key)).Is(303)
		if n := c.user.Now().Authenticators; n != had+1 {
			t.Errorf("%s: %d authenticators, want %d", name, n, had+1)
		}
	}
}

func TestOT10_SwitchingOffEndsTheRest(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	a.Set("two_step", "optional")
	alice := a.AddUser("alice")
	b, other, half := a.Browser(), a.Browser(), a.Browser()
	other.SignIn(alice)
	b.SignIn(alice)
	half.Password(alice)
	mine, err := a.DB.Authenticators(alice.ID)
	if err != nil {
		t.Fatal(err)
	}
	b.Post("/security/authenticators/" + mine[0].ID + "/remove").Redirects("/security")
	if !b.SignedInAs(alice) {
		t.Error("the session that did it is gone")
	}
	if other.SignedInAs(alice) {
		t.Error("another session is still alive")
	}
	half.Get("/login/code").Redirects("/login?notice=start-again")
	for table, want := range map[string]int{"recovery_codes": 0, "authenticators": 0, "pending_sign_ins": 0, "sessions": 1, "browsers": 1} {
		if n := number(t, a, `SELECT count(*) FROM `+table+` WHERE user_id = ?`, alice.ID); n != want {
			t.Errorf("%d rows in %s, want %d", n, table, want)
		}
	}
}

func TestOT10_TheOnlyAppStaysWhereOneIsRequired(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := a.Browser()
	b.SignIn(alice)
	mine, err := a.DB.Authenticators(alice.ID)
	if err != nil {
		t.Fatal(err)
	}
	b.Post("/security/authenticators/" + mine[0].ID + "/remove").Is(http.StatusConflict)
	if n := alice.Now().Authenticators; n != 1 {
		t.Errorf("%d authenticators, want 1", n)
	}
}

func TestOT15_NewPasswordEndsPendingSignIns(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	half := a.Browser()
	half.Password(alice)
	b := a.Browser()
	b.Get(alice.Link(store.PurposePassword)).Redirects("/reset")
	b.Post("/reset", "new_password", newPassword).Redirects("/login?notice=password-changed")
	half.Clone().Post("/login/code", "code", alice.Code()).Redirects("/login?notice=start-again")
	half.Clone().Post("/login/recovery", "recovery_code", alice.Codes[0]).Redirects("/login?notice=start-again")
	if n := sessions(t, a, alice); n != 0 {
		t.Errorf("%d sessions", n)
	}
}

// TestMA04_LinkLeavesTwoStepAlone uses a password link as somebody who has the
// mailbox and nothing else.
func TestMA04_LinkLeavesTwoStepAlone(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	thief := a.Browser()
	thief.Get(alice.Link(store.PurposePassword)).Redirects("/reset")
	for _, path := range []string{"/profile", "/login/code", "/login/recovery", "/security/authenticators/new", "/admin"} {
		thief.Clone().Get(path).Redirects("/reset")
	}
	thief.Get("/invite").Is(http.StatusGone)
	thief.Post("/reset", "new_password", newPassword).Redirects("/login?notice=password-changed")
	if grants(thief.Page) || thief.Session() != "" {
		t.Error("the link signed somebody in")
	}
	alice.Password = newPassword
	thief.Password(alice).Redirects("/login/code")
}

// TestMA03_LinksAreOfOneKindAndTime tries links as what they are not.
func TestMA03_LinksAreOfOneKindAndTime(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	bob, alice := a.AddUser("bob", apptest.Invited), a.AddUser("alice")
	gone := func(path string) { t.Helper(); a.Browser().Get(path).Is(http.StatusGone) }
	link := bob.Link(store.PurposeInvite)
	gone(strings.Replace(link, "/invite/", "/reset/", 1))
	gone(link[:len(link)-1])
	older := link
	link = bob.Link(store.PurposeInvite)
	gone(older)
	a.Clock.Add(24 * time.Hour)
	gone(link)
	reset := alice.Link(store.PurposePassword)
	gone(strings.Replace(reset, "/reset/", "/invite/", 1))
	b := a.Browser()
	b.SignIn(alice)
	b.Post("/security/password", "current_password", alice.Password, "new_password", newPassword).Redirects("/security")
	gone(reset)
	followed := a.Browser()
	reset = alice.Link(store.PurposePassword)
	followed.Get(reset).Redirects("/reset")
	a.Tx(func(tx *store.Tx) error { _, err := tx.Disable(true, alice.ID); return err })
	followed.Post("/reset", "new_password", "nine lamps on a pier").Redirects("/login?notice=start-again")
	gone(reset)
}
