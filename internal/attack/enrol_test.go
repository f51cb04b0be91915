package attack

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/factor"
	"latchkey/internal/store"
)

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

// TestAU13_TheFirstAppIsToldByMailAlone: who had to set it up finds no notice of it, but
// mail warns the owner of a password that somebody else set an app up with.
func TestAU13_TheFirstAppIsToldByMailAlone(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	nell := a.AddUser("nell", apptest.NoPhone)
	b := a.Browser()
	b.Password(nell)
	key, id := enrolment(t, b)
	b.Post("/security/authenticators/new", "enrollment", id, "label", "Phone", "code", a.CodeFor(key)).Redirects("/security/recovery-codes")
	b.Post("/security/recovery-codes", "saved", "1").Is(http.StatusSeeOther)
	b.Open("/security").SeesNot("app “Phone” was added")
	told := 0
	for _, m := range a.Post() {
		if strings.Contains(m.Text, "app “Phone” was added") && strings.Contains(m.Text, "/not-me/") {
			told++
		}
	}
	if told != 1 {
		t.Errorf("%d messages lead to “this was not me”, want 1", told)
	}
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
		// Nor does the new key confirm the page that showed the old one, and it does nothing elsewhere.
		owner.Post("/security/authenticators/new", "enrollment", stolenID, "label", "x", "code", a.CodeFor(key))
		thief.Post("/security/authenticators/new", "enrollment", id, "label", "x", "code", a.CodeFor(key))
		if n := c.user.Now().Authenticators; n != had {
			t.Fatalf("%s: a page confirms a key that it did not show", name)
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
		if n := number(t, a, `SELECT count(*) FROM `+table+` WHERE user_id = $1`, alice.ID); n != want {
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

func TestOT07_EnrolmentIsConfirmedOnceInACrowd(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	for name, c := range map[string]struct {
		begin  func(*apptest.Browser, *apptest.User)
		want   int // authenticators
		path   string
		traits []apptest.Trait
	}{
		"first":  {func(b *apptest.Browser, u *apptest.User) { b.Password(u) }, 1, "/security/recovery-codes", []apptest.Trait{apptest.NoPhone}},
		"second": {func(b *apptest.Browser, u *apptest.User) { b.SignIn(u) }, 2, "/security", nil},
	} {
		t.Run(name, func(t *testing.T) {
			users, keys, ids := make([]*apptest.User, crowd/free), make([][]byte, crowd/free), make([]string, crowd/free)
			all := groups(t, func(i int) *apptest.Browser {
				users[i] = a.AddUser(fmt.Sprint(name, i), c.traits...)
				b := a.Browser()
				c.begin(b, users[i])
				keys[i], ids[i] = enrolment(t, b)
				return b
			}, func(i, _ int, b *apptest.Browser) *apptest.Page {
				code := a.CodeFor(keys[i])
				return b.Post("/security/authenticators/new", "enrollment", ids[i], "label", "Phone", "code", code)
			})
			for i, pages := range all {
				pages = slices.DeleteFunc(pages, func(p *apptest.Page) bool { return !grants(p) })
				once(t, "the enrolment", c.path, pages)
				if n := users[i].Now().Authenticators; n != c.want {
					t.Errorf("%d authenticators, want %d", n, c.want)
				}
				if n := sessions(t, a, users[i]); n != 1 {
					t.Errorf("%d sessions, want 1", n)
				}
			}
		})
	}
}

// enrolment opens the enrolment page and returns its key and id.
func enrolment(t *testing.T, b *apptest.Browser) (key []byte, id string) {
	t.Helper()
	b.Open("/security/authenticators/new").At("/security/authenticators/new")
	key, err := factor.ParseSecret(b.Doc().Find("#key").Text())
	if err != nil {
		t.Fatal(err)
	}
	return key, b.Doc().Find("input[name=enrollment]").AttrOr("value", "")
}
