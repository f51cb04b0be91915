package attack

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// replay tries every cookie that the browser ever had and has no longer, each
// as what it was and as each other.
func replay(t *testing.T, a *apptest.App, after string, b *apptest.Browser) {
	t.Helper()
	names := []string{a.CookieName("latchkey"), a.CookieName("latchkey-pending"), a.CookieName("latchkey-browser")}
	for was, values := range b.Ever {
		for i, value := range values {
			for _, name := range names {
				if value == b.Cookies[was] && name == was {
					continue // the one in use
				}
				thief := a.Browser()
				thief.Cookies[name] = value
				for _, page := range []string{"/profile", "/login/code", "/security/authenticators/new", "/reset", "/admin"} {
					if p := thief.Clone().Get(page); p.Status == http.StatusOK {
						t.Errorf("after %s: %s number %d sent as %s opens %s", after, was, i, name, page)
					}
				}
			}
		}
	}
}

func TestSE02_EveryOldCookieIsDead(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{HTTPS: true})
	alice := a.AddUser("alice", apptest.Administrator)
	b := a.Browser()
	risen := func(step string) {
		t.Helper()
		replay(t, a, step, b)
		if seen := b.Ever[a.CookieName("latchkey")]; len(seen) > 1 && seen[len(seen)-1] == seen[len(seen)-2] {
			t.Errorf("%s did not give a new token", step)
		}
	}
	b.Password(alice)
	risen("the password")
	b.SignIn(alice) // a second password replaces the first pending sign-in
	risen("the code")
	tokens := len(b.Ever[a.CookieName("latchkey")])
	b.Confirm(alice)
	risen("confirming")
	key, id := enrolment(t, b)
	a.Clock.Add(30 * time.Second)
	b.Post("/security/authenticators/new", "enrollment", id, "label", "Tablet", "code", a.CodeFor(key)).Redirects("/security")
	risen("a second app")
	b.Post("/security/authenticators/" + id + "/remove").Redirects("/security")
	risen("removing it")
	b.Post("/security/password", "current_password", alice.Password, "new_password", newPassword).Redirects("/security")
	alice.Password = newPassword
	risen("a new password")
	if got := len(b.Ever[a.CookieName("latchkey")]) - tokens; got != 4 {
		t.Errorf("four rises in trust gave %d new tokens", got)
	}
	if !b.SignedInAs(alice) {
		t.Fatal("the newest token does not work")
	}
	b.Post("/logout").Redirects("/login?notice=signed-out")
	risen("signing out")
	b.SignIn(alice)
	a.Tx(func(tx *store.Tx) error { _, err := tx.SetRole(true, alice.ID, user.RoleUser); return err })
	if b.SignedInAs(alice) {
		t.Error("the session outlived the change of role")
	}
}

func TestSE03_PlantedCookiesAreNeverAdopted(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice, mallory := a.AddUser("alice"), a.AddUser("mallory")
	theirs := a.Browser()
	theirs.SignIn(mallory)
	half := a.Browser()
	half.Password(mallory)
	invented := strings.Repeat("m", 43)
	for name, planted := range map[string]map[string]string{
		"invented":        {"latchkey": invented, "latchkey-pending": invented, "latchkey-browser": invented},
		"their session":   {"latchkey": theirs.Session()},
		"their half":      {"latchkey-pending": half.Pending()},
		"session as half": {"latchkey-pending": theirs.Session(), "latchkey-browser": theirs.Session()},
	} {
		b := a.Browser()
		for cookie, value := range planted {
			b.Cookies[cookie] = value
		}
		b.SignIn(alice)
		for cookie, value := range planted {
			if b.Cookies[cookie] == value {
				t.Errorf("%s: the planted %s was adopted", name, cookie)
			}
			thief := a.Browser()
			thief.Cookies[cookie] = value
			if thief.SignedInAs(alice) {
				t.Errorf("%s: the planted %s signs in as the victim", name, cookie)
			}
		}
	}
	if theirs.SignedInAs(mallory) {
		t.Error("the planted session is still alive")
	}
}

func TestSE04_CookieAttributes(t *testing.T) {
	t.Parallel()
	for _, https := range []bool{false, true} {
		a := apptest.Start(t, apptest.Options{HTTPS: https})
		alice := a.AddUser("alice")
		b := a.Browser()
		check := func() {
			t.Helper()
			for _, line := range b.Header.Values("Set-Cookie") {
				c, err := http.ParseSetCookie(line)
				if err != nil {
					t.Fatal(err)
				}
				if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.Secure != https ||
					strings.HasPrefix(c.Name, "__Host-") != https || c.Value != "" && len(c.Value) != 43 {
					t.Errorf("cookie %q", line)
				}
			}
		}
		b.Password(alice)
		check()
		b.SignIn(alice)
		b.Post("/logout")
		check()
		if want := []string{a.CookieName("latchkey-browser")}; !slices.Equal(keys(b.Cookies), want) {
			t.Errorf("cookies after signing out: %v, want %v", keys(b.Cookies), want)
		}
		b.Password(alice)
		a.Clock.Add(30 * time.Second)
		b.Post("/login/code", "code", alice.Code())
		check()
	}
}

func keys(m map[string]string) (all []string) {
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

func TestSE05_TwoCookiesOfOneNameAreNone(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{HTTPS: true})
	alice := a.AddUser("alice")
	b, half := a.Browser(), a.Browser()
	b.SignIn(alice)
	half.Password(alice)
	for _, c := range []struct{ name, value, page, to string }{
		{a.CookieName("latchkey"), b.Session(), "/profile", "/login"},
		{a.CookieName("latchkey-pending"), half.Pending(), "/login/code", "/login?notice=start-again"},
	} {
		for _, header := range []string{
			c.name + "=" + c.value + "; " + c.name + "=" + strings.Repeat("x", 43),
			c.name + "=" + strings.Repeat("x", 43) + "; " + c.name + "=" + c.value,
			c.name + "=" + c.value + "; " + c.name + "=" + c.value,
			c.name + "=; " + c.name + "=" + c.value,
		} {
			r := a.Browser().Request(http.MethodGet, c.page, nil)
			r.Header.Set("Cookie", header)
			a.Browser().Send(r).Redirects(c.to)
		}
		r := a.Browser().Request(http.MethodGet, c.page, nil)
		r.Header.Set("Cookie", c.name+"="+c.value)
		a.Browser().Send(r).Is(http.StatusOK)
		r.Header.Set("Cookie", strings.TrimPrefix(c.name, "__Host-")+"="+c.value)
		if to := a.Browser().Send(r).Is(http.StatusSeeOther).Header.Get("Location"); !strings.HasPrefix(to, "/login") || strings.HasPrefix(to, "/login/") {
			t.Errorf("a cookie that any neighbour could have set leads to %s", to)
		}
	}
}

func TestSE06_SessionsEnd(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	idle, busy := a.Browser(), a.Browser()
	idle.SignIn(alice)
	busy.SignIn(alice)
	a.Clock.Add(-30 * time.Second) // where idle began
	for range 23 {
		a.Clock.Add(time.Hour - time.Second)
		if !busy.SignedInAs(alice) {
			t.Fatal("a session in use ended before its time")
		}
		if idle.SignedInAs(alice) {
			idle.Clone().Get("/profile")
		}
	}
	a.Clock.Add(59 * time.Minute)
	if !busy.SignedInAs(alice) {
		t.Error("a session in use ended before its time")
	}
	a.Clock.Add(3 * time.Minute)
	if busy.SignedInAs(alice) {
		t.Error("a session in use outlives 24 hours")
	}
	late := a.Browser()
	late.SignIn(alice)
	a.Clock.Add(time.Hour - time.Millisecond)
	if !late.SignedInAs(alice) {
		t.Error("an idle session ended within the hour")
	}
	a.Clock.Add(time.Hour)
	if late.SignedInAs(alice) {
		t.Error("an idle session outlives an hour")
	}
}

func TestSE07_SigningOut(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := a.Browser()
	b.SignIn(alice)
	stolen := b.Clone()
	b.Get("/logout").Is(http.StatusMethodNotAllowed)
	r := b.Request(http.MethodPost, "/logout", nil)
	r.Header.Set("Origin", "https://evil.example")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	b.Send(r).Is(http.StatusForbidden)
	if !b.SignedInAs(alice) {
		t.Fatal("somebody else signed Alice out")
	}
	b.Post("/logout").Redirects("/login?notice=signed-out")
	if got := b.Header.Get("Clear-Site-Data"); !strings.Contains(got, "cache") {
		t.Errorf("Clear-Site-Data: %q", got)
	}
	if b.Session() != "" || stolen.SignedInAs(alice) || sessions(t, a, alice) != 0 {
		t.Error("the session is still alive")
	}
}
