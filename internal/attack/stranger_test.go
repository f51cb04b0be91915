package attack

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/auth"
)

// TestAU04_StrangerCannotLockAKnownBrowserOut hammers from one place; Alice uses
// a browser she has signed in with before, from that very place and from another.
func TestAU04_StrangerCannotLockAKnownBrowserOut(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true})
	alice := a.AddUser("alice")
	for _, address := range []string{"198.51.100.7", "203.0.113.9"} {
		known := a.Browser().From(address)
		known.SignIn(alice)
		known.Post("/logout")
		stranger := a.Browser().From("198.51.100.7")
		for range 120 {
			guess(stranger, "alice")
			guess(stranger, fmt.Sprint("other", address))
			a.Clock.Add(time.Second)
		}
		guess(stranger, "alice").Is(http.StatusTooManyRequests)
		known.SignIn(alice).At("/profile")
	}
}

// TestAU04_OtherNetworksAreNotHeldUp shuts one network out altogether.
func TestAU04_OtherNetworksAreNotHeldUp(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true})
	alice := a.AddUser("alice")
	stranger := a.Browser().From("198.51.100.7")
	for i := range 100 {
		guess(stranger, fmt.Sprint("name", i))
	}
	stranger.Post("/login", "username", "alice", "password", alice.Password).Is(http.StatusTooManyRequests)
	a.Browser().From("203.0.113.9").SignIn(alice).At("/profile")
}

// TestAU04_KnownBrowserReopensTheName lets the rightful user end the waiting of
// their name everywhere, by signing in where they are known.
func TestAU04_KnownBrowserReopensTheName(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true})
	alice := a.AddUser("alice")
	known := a.Browser().From("203.0.113.9")
	known.SignIn(alice)
	known.Post("/logout")
	stranger := a.Browser().From("198.51.100.7")
	for range 5 {
		guessUntilBlocked(t, stranger, "alice")
		a.Clock.Add(4 * time.Minute)
	}
	guessUntilBlocked(t, stranger, "alice")
	fresh := a.Browser().From("192.0.2.4")
	fresh.Post("/login", "username", "alice", "password", alice.Password).Is(http.StatusTooManyRequests)
	known.SignIn(alice)
	fresh.SignIn(alice).At("/profile")
}

// TestAU04_KnownBrowserHasLimitsToo guesses from a stolen cookie of a known
// browser: it gets one bucket of its own, and then it is a stranger.
func TestAU04_KnownBrowserHasLimitsToo(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	known := a.Browser()
	known.SignIn(alice)
	total := 0
	for range 100 {
		if guess(known.Clone(), "alice").Status == 422 {
			total++
		}
	}
	most := auth.LimitOf(auth.BucketBrowser).Free + auth.LimitOf(auth.BucketName).Free
	if total > most || total < 10 {
		t.Errorf("%d guesses with a stolen cookie, want at most %d", total, most)
	}
}

func TestAU07_OneCounterForEverySpelling(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	a.AddUser("bob")
	for name, spellings := range map[string][]string{
		"of a user":  {"bob", "BOB", "ｂｏｂ", " bob ", "bob@example.org", "BOB@EXAMPLE.ORG", "Bob@Example.org"},
		"of nobody":  {"nemo", "NEMO", "ｎｅｍｏ", "Nemo", " nemo"},
		"an address": {"nemo@example.org", "NEMO@example.org", "ｎemo@example.org"},
	} {
		if n, limit := guessUntilBlocked(t, a.Browser(), spellings...), auth.LimitOf(auth.BucketName).Free; n != limit {
			t.Errorf("%s: %d guesses, want %d", name, n, limit)
		}
		a.Clock.Add(time.Hour)
	}
}

func TestAU09_NetworksAreCountedWhole(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true})
	for name, c := range map[string]struct {
		address func(i int) string
		most    int
	}{
		"one /64":          {func(i int) string { return fmt.Sprintf("2001:db8:1:1::%x", i+1) }, 30},
		"one address":      {func(int) string { return "198.51.100.7" }, 30},
		"with a port":      {func(i int) string { return fmt.Sprintf("198.51.100.9:%d", 4711+i) }, 30},
		"IPv6 with a port": {func(i int) string { return fmt.Sprintf("[2001:db8:1:3::9]:%d", 4711+i) }, 30},
		"in every spelling": {func(i int) string {
			all := []string{"198.51.100.10", "198.51.100.10:80", "::ffff:198.51.100.10", "[::ffff:198.51.100.10]:80", `"198.51.100.10"`, "1.1.1.1,198.51.100.10:81, 127.0.0.2:443"}
			return all[i%len(all)]
		}, 30},
		"the same, mapped":  {func(i int) string { return pick(i%2 == 0, "::ffff:198.51.100.8", "198.51.100.8") }, 30},
		"networks of a /48": {func(i int) string { return fmt.Sprintf("2001:db8:2:%x::1", i+1) }, 300},
	} {
		n := 0
		for guess(a.Browser().From(c.address(n)), fmt.Sprint("name", n)).Status == 422 {
			if n++; n > c.most {
				break
			}
		}
		if n != c.most {
			t.Errorf("%s: %d guesses, want %d", name, n, c.most)
		}
		a.Clock.Add(25 * time.Hour)
	}
}

// TestAU09_StrangersBehindAGatewayHaveTheirOwnLimits: a gateway writes the port behind
// the address, and what strangers get wrong does not shut the right password out.
func TestAU09_StrangersBehindAGatewayHaveTheirOwnLimits(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true})
	for i := range 40 {
		guess(a.Browser().From(fmt.Sprintf("203.0.113.%d:%d", i+1, 4711+i)), fmt.Sprint("name", i)).Is(http.StatusUnprocessableEntity)
	}
	a.Browser().From("198.51.100.9:4711").SignIn(a.Admin).At("/profile")
	if ip := text(t, a, `SELECT ip FROM audit_log WHERE event = 'login.code' AND result = 'ok' ORDER BY seq DESC LIMIT 1`); ip != "198.51.100.9" {
		t.Errorf("the audit log has %q", ip)
	}
}

// TestAU09_NobodyChoosesHisAddress sends what only a trusted proxy may say.
func TestAU09_NobodyChoosesHisAddress(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	n := 0
	for ; n < 100; n++ {
		b := a.Browser()
		r := b.Request(http.MethodPost, "/login", map[string][]string{"username": {fmt.Sprint("name", n)}, "password": {"x"}})
		for _, name := range []string{"X-Forwarded-For", "X-Real-Ip", "Forwarded", "True-Client-Ip", "Cf-Connecting-Ip"} {
			r.Header.Set(name, pick(name == "Forwarded", "for=", "")+fmt.Sprintf("203.0.113.%d", n))
		}
		if b.Send(r).Status == http.StatusTooManyRequests {
			break
		}
	}
	if limit := auth.LimitOf(auth.BucketNetwork).Free; n != limit {
		t.Errorf("%d guesses, want %d", n, limit)
	}
	if n := number(t, a, `SELECT count(*) FROM audit_log WHERE ip LIKE '203.%'`); n != 0 {
		t.Errorf("%d audit rows believe the client", n)
	}
}
