package attack

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/auth"
	"latchkey/internal/mail"
	"latchkey/internal/store"
)

// A password that found no place in the queue of hashes was not looked at. It is no try:
// somebody who comes back until there is room must not be told at last that they tried too
// often.

// placesForPasswords are all where a user's password is asked for; each sends one that is right.
func placesForPasswords(t *testing.T, a *apptest.App, u *apptest.User) map[string]func() *apptest.Page {
	t.Helper()
	known, inside, link := signedInAs(a, u), a.Browser(), a.Browser().From("203.0.113.3")
	known.Post("/logout")
	a.Clock.Add(time.Minute)
	inside.SignIn(u)
	a.Clock.Add(time.Minute)
	a.Tx(func(tx *store.Tx) error {
		_, err := tx.AddRequest(store.Request{ID: u.ID, UserID: u.ID, Made: a.Clock.Now(), Opens: a.Clock.Now(), Ends: a.Clock.Now().Add(time.Hour)})
		return err
	})
	link.Get(u.LinkAbout(store.PurposePhone, u.ID)).Redirects("/lost-phone/new")
	return map[string]func() *apptest.Page{
		"password": func() *apptest.Page {
			return a.Browser().From("203.0.113.1").Post("/login", "username", u.Username, "password", u.Password)
		},
		"known browser": func() *apptest.Page {
			return known.Clone().Post("/login", "username", u.Username, "password", u.Password)
		},
		"password and code": func() *apptest.Page {
			return a.Browser().From("203.0.113.2").Post("/login/with-code", "username", u.Username, "password", u.Password, "code", u.CodeAt(1))
		},
		"lost phone": func() *apptest.Page { return link.Clone().Post("/lost-phone/new", "password", u.Password) },
		"confirming": func() *apptest.Page { return inside.Clone().Post("/confirm", "password", u.Password, "code", u.Code()) },
		"change password": func() *apptest.Page {
			return inside.Clone().Post("/security/password", "current_password", u.Password, "new_password", newPassword)
		},
	}
}

// TestEX04_BusyAnswersAreNoTries gets thirty of them in a row in each place where a password
// is asked for. Nothing is counted, and then the right password works.
func TestEX04_BusyAnswersAreNoTries(t *testing.T) {
	t.Parallel()
	for _, place := range []string{"password", "known browser", "password and code", "lost phone", "confirming", "change password"} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			a := apptest.Start(t, apptest.Options{Proxied: true})
			send := placesForPasswords(t, a, a.AddUser("alice"))[place]
			before, empty := countedNow(t, a), fullQueue(t, a)
			for range 30 {
				busy(t, place, send())
			}
			if after := countedNow(t, a); after != before {
				t.Errorf("before: %s\nafter: %s", before, after)
			}
			empty()
			if p := send(); p.Status != http.StatusSeeOther {
				t.Errorf("the right password is answered %d", p.Status)
			}
		})
	}
}

// TestEX04_ABusySetupCanGoOn: the code was right each time.
func TestEX04_ABusySetupCanGoOn(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Empty: true})
	code := a.SetupCode()
	post := func() *apptest.Page {
		return a.Browser().Post("/setup", "setup_code", code, "username", "ada", "name", "", "email", "", "new_password", "a long red ferry ride")
	}
	empty := fullQueue(t, a)
	for range 2 * auth.SetupNetworkFree {
		busy(t, "set-up", post())
	}
	empty()
	post().Redirects("/security/authenticators/new")
}

// TestAU02_BusyAnswersOpenNothing: nine wrong passwords stay nine, the tenth is the last, and
// the one that was taken back before it neither begins a wait nor ends one.
func TestAU02_BusyAnswersOpenNothing(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	for range auth.LimitOf(auth.BucketName).Free - 1 {
		guess(a.Browser(), "alice").Is(http.StatusUnprocessableEntity)
	}
	before, empty := countedNow(t, a), fullQueue(t, a)
	for range 5 {
		busy(t, "the tenth", a.Browser().Post("/login", "username", "alice", "password", wrong))
	}
	if after := countedNow(t, a); after != before {
		t.Errorf("before: %s\nafter: %s", before, after)
	}
	empty()
	guess(a.Browser(), "alice").Is(http.StatusUnprocessableEntity)
	locked := a.Clock.Now().Add(30 * time.Second)
	if p := guess(a.Browser(), "alice").Is(http.StatusTooManyRequests); p.Header.Get("Retry-After") != "30" || !alice.Now().LockedUntil.Equal(locked) {
		t.Errorf("Retry-After %q, locked until %s", p.Header.Get("Retry-After"), alice.Now().LockedUntil)
	}
	fullQueue(t, a)
	a.Browser().Post("/login", "username", "alice", "password", alice.Password).Is(http.StatusTooManyRequests)
	if !alice.Now().LockedUntil.Equal(locked) {
		t.Errorf("the list of users has alice locked until %s", alice.Now().LockedUntil)
	}
}

// TestAU01_ABusyBurstChecksNoMore sends many wrong passwords at once, each again while the
// queue is full: it is until the first was told so. As many are looked at as without that.
func TestAU01_ABusyBurstChecksNoMore(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true})
	alice := a.AddUser("alice")
	limit := auth.LimitOf(auth.BucketName).Free
	all := browsers(a, 4*limit, func(*apptest.Browser) {})
	empty := fullQueue(t, a)
	pages := race(t, len(all), func(i int) *apptest.Page {
		b := all[i].From("198.51.100." + strings.Repeat("1", 1+i%3))
		for {
			p := b.Post("/login", "username", "alice", "password", wrong)
			if p.Status != http.StatusServiceUnavailable {
				return p
			}
			empty()
		}
	})
	if n := looked(pages); n != limit {
		t.Errorf("%d passwords were looked at, limit %d: %s", n, limit, answers(pages))
	}
	if n := counted(t, a, auth.BucketName); n != limit {
		t.Errorf("%d are counted", n)
	}
	a.Browser().From("203.0.113.1").Post("/login", "username", "alice", "password", alice.Password).Is(http.StatusTooManyRequests)
}

// TestEX04_ABusyAnswerCostsNoKnownBrowser: a known browser keeps its privilege with a last try
// that nobody looked at, and loses it with the next wrong one: in front of the sign-in page, and
// inside a session.
func TestEX04_ABusyAnswerCostsNoKnownBrowser(t *testing.T) {
	t.Parallel()
	for bucket, most := range map[auth.Bucket]int{auth.BucketBrowser: auth.LimitOf(auth.BucketBrowser).Free, auth.BucketSecondBrowser: auth.SecondBrowserCeiling} {
		t.Run(string(bucket), func(t *testing.T) {
			t.Parallel()
			a, alice := remembering(t, 30)
			b := tick(a, a.Browser(), alice)
			setTries(t, a, string(bucket), text(t, a, `SELECT id FROM browsers WHERE user_id = $1`, alice.ID), most-1)
			send := func(password string) *apptest.Page {
				if bucket == auth.BucketBrowser {
					return b.Clone().Post("/login", "username", "alice", "password", password)
				}
				return b.Clone().Post("/confirm", "password", password, "code", alice.CodeAt(1))
			}
			empty := fullQueue(t, a)
			for range 3 {
				busy(t, "the last", send(alice.Password))
			}
			empty()
			if remembered(t, a, alice) != 1 || noticed(a, alice, mail.RememberedEnded) != 0 {
				t.Fatal("the browser is forgotten for tries that nobody looked at")
			}
			send(wrong).Is(http.StatusUnprocessableEntity)
			if remembered(t, a, alice) != 0 || noticed(a, alice, mail.RememberedEnded) != 1 {
				t.Error("with the last wrong password the browser kept its privilege")
			}
		})
	}
}

// TestAU04_ABrowserWithoutTriesLeftIsAStranger: the server was killed before it answered the
// last one.
func TestAU04_ABrowserWithoutTriesLeftIsAStranger(t *testing.T) {
	t.Parallel()
	for bucket, most := range map[auth.Bucket]int{auth.BucketBrowser: auth.LimitOf(auth.BucketBrowser).Free, auth.BucketSecondBrowser: auth.SecondBrowserCeiling} {
		t.Run(string(bucket), func(t *testing.T) {
			t.Parallel()
			a, alice := remembering(t, 30)
			b := tick(a, a.Browser(), alice)
			id := text(t, a, `SELECT id FROM browsers WHERE user_id = $1`, alice.ID)
			setTries(t, a, string(bucket), id, most)
			if bucket == auth.BucketBrowser {
				guess(b, "alice").Is(http.StatusUnprocessableEntity)
			} else {
				halves := halves(a, alice, 1)[0]
				halves.Cookies[a.CookieName("latchkey-browser")] = b.Cookies[a.CookieName("latchkey-browser")]
				halves.Post("/login/code", "code", alice.WrongCode()).Is(http.StatusUnprocessableEntity)
			}
			if n := number(t, a, `SELECT count(*) FROM browsers WHERE id = $1`, id); n != 0 || noticed(a, alice, mail.RememberedEnded) != 1 {
				t.Errorf("%d known browsers, alice was told %d times", n, noticed(a, alice, mail.RememberedEnded))
			}
			if n := number(t, a, `SELECT tries FROM limits WHERE bucket = $1 AND key = $2`, string(bucket), id); n != most {
				t.Errorf("%d tries of the browser, want %d", n, most)
			}
		})
	}
}

// TestAU13_OwnerIsToldOnceOfABusyTry: the twentieth wrong password is told of once it was looked
// at, however often it came before.
func TestAU13_OwnerIsToldOnceOfABusyTry(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	setTries(t, a, string(auth.BucketName), a.Site.NameSlot("alice"), 19)
	empty := fullQueue(t, a)
	for range 5 {
		busy(t, "the twentieth", a.Browser().Post("/login", "username", "alice", "password", wrong))
	}
	empty()
	if n := noticed(a, alice, mail.TooManyFailures); n != 0 {
		t.Errorf("told %d times of what was not looked at", n)
	}
	guess(a.Browser(), "alice").Is(http.StatusUnprocessableEntity)
	if n := noticed(a, alice, mail.TooManyFailures); n != 1 {
		t.Errorf("told %d times, want once", n)
	}
}
