package attack

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
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
		"arabic digits":     {func(s string) string { return strings.Map(func(r rune) rune { return r + '٠' - '0' }, s) }, 303},
		"persian digits":    {func(s string) string { return strings.Map(func(r rune) rune { return r + '۰' - '0' }, s) }, 303},
		"devanagari digits": {func(s string) string { return strings.Map(func(r rune) rune { return r + '०' - '0' }, s) }, 303},
		"marks around":      {func(s string) string { return "\u202d\u200e" + s + "\u200b\u202c" }, 303},
		"circled":           {func(s string) string { return strings.Map(func(r rune) rune { return r + '①' - '1' }, s) }, 422},
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

// TestOT16_WhatCannotBeACodeIsNoTry types what no code can be, more often than there are
// tries: the code and the recovery code are taken all the same.
func TestOT16_WhatCannotBeACodeIsNoTry(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice, bob := a.AddUser("alice"), a.AddUser("bob")
	b := a.Browser()
	b.Password(alice)
	for _, code := range []string{"", "12345", "1234567", "abcdef", "١٢٣٤٥", "\u200e", "+12345", alice.Codes[0]} {
		b.Post("/login/code", "code", code).Is(422)
	}
	for _, code := range []string{"", "0000", "0123-4567-89AB-CDE", "0123-4567-89AB-CDEU", "my phone", alice.Code(), "\u202d"} {
		b.Post("/login/recovery", "recovery_code", code).Is(422)
	}
	b.Clone().Post("/login/recovery", "recovery_code", "\u202d"+strings.ToLower(strings.ReplaceAll(alice.Codes[0], "-", "−"))+"\u202c").Redirects("/profile")
	b.Password(bob)
	b.Post("/login/code", "code", bob.Code()).Redirects("/profile")
	for range 7 {
		b.Post("/security/recovery-codes/try", "recovery_code", "my phone").Is(422)
	}
	b.Post("/security/recovery-codes/try", "recovery_code", bob.Codes[0]).Redirects("/security")
}

func TestOT13_RecoveryCodesAreCountedToo(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := a.Browser()
	for range 5 {
		b.Password(alice)
		b.Post("/login/recovery", "recovery_code", "0000-0000-0000-0000").Is(422)
	}
	b.Password(alice)
	b.Post("/login/recovery", "recovery_code", alice.Codes[0]).Is(http.StatusTooManyRequests)
	a.Clock.Add(15 * time.Minute)
	b.Password(alice)
	for range 3 {
		b.Post("/login/recovery", "recovery_code", "0000 0000 0000 0000").Is(http.StatusUnprocessableEntity)
		a.Clock.Add(15 * time.Minute)
		b.Password(alice)
	}
}

// TestOT17_ClockSetBack sets the clock back by half a minute, a day and a year.
func TestOT17_ClockSetBack(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := a.Browser()
	b.SignIn(alice)
	used := alice.Code()
	a.Clock.Add(-30 * time.Second)
	half := a.Browser()
	half.Password(alice)
	half.Post("/login/code", "code", used).Is(422).Sees("has been used")
	half.Post("/login/code", "code", alice.Code()).Is(422) // of a step before the used one
	b.Clone().Get("/security/password").Redirects("/confirm?next=%2Fsecurity%2Fpassword")
	a.Clock.Add(-24 * time.Hour)
	if b.SignedInAs(alice) {
		t.Error("a session lasts a day longer than it may")
	}
	guessUntilBlocked(t, a.Browser(), "alice")
	a.Clock.Add(-365 * 24 * time.Hour)
	guess(a.Browser(), "alice").Is(http.StatusTooManyRequests)
	a.Clock.Add(30 * time.Second) // a wait is never longer than its rule allows
	guess(a.Browser(), "alice").Is(422)
}
