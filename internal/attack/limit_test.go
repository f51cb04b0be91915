package attack

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/auth"
	"latchkey/internal/store"
)

// looked counts the answers after which the secret had been looked at: a success,
// or a form that says it was wrong.
func looked(pages []*apptest.Page) (n int) {
	for _, p := range pages {
		if p.Status == http.StatusSeeOther || p.Status == http.StatusUnprocessableEntity {
			n++
		}
	}
	return n
}

// tooLong is a password longer than any: counted like each, refused without a
// hash, and so cheap for a test that guesses often.
var tooLong = strings.Repeat("x", 300)

// guess tries a wrong password.
func guess(b *apptest.Browser, name string) *apptest.Page {
	return b.Post("/login", "username", name, "password", tooLong)
}

// guessUntilBlocked guesses until the answer is 429 and says how many were
// looked at.
func guessUntilBlocked(t *testing.T, b *apptest.Browser, names ...string) int {
	t.Helper()
	for n := range 1000 {
		if guess(b, names[n%len(names)]).Status == http.StatusTooManyRequests {
			return n
		}
	}
	t.Fatal("a thousand guesses and no end")
	return 0
}

// TestAU01_BurstOfPasswords sends ten times what is free at once, and then the
// right password: too late.
func TestAU01_BurstOfPasswords(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	limit := auth.LimitOf(auth.BucketName).Free
	all := browsers(a, 10*limit, func(*apptest.Browser) {})
	pages := race(t, len(all), func(i int) *apptest.Page {
		return all[i].Post("/login", "username", "alice", "password", "not the password at all")
	})
	if got := looked(pages); got > limit || got == 0 {
		t.Errorf("%d passwords were looked at, limit %d: %s", got, limit, answers(pages))
	}
	a.Browser().Post("/login", "username", "alice", "password", alice.Password).Is(http.StatusTooManyRequests)
}

func TestAU01_BurstOfCodes(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	for path, limit := range map[string]int{
		"/login/code":     auth.LimitOf(auth.BucketCode).Free,
		"/login/recovery": auth.LimitOf(auth.BucketRecovery).Free,
	} {
		alice := a.AddUser("alice" + strings.ReplaceAll(path, "/", "-"))
		field, right, wrong := "code", alice.Code(), alice.WrongCode()
		if path == "/login/recovery" {
			field, right, wrong = "recovery_code", alice.Codes[0], "0000-0000-0000-0000"
		}
		all := halves(a, alice, 10*limit)
		last := a.Browser()
		last.Password(alice)
		pages := race(t, len(all), func(i int) *apptest.Page { return all[i].Post(path, field, wrong) })
		if got := looked(pages); got > limit || got == 0 {
			t.Errorf("%s: %d tries were looked at, limit %d: %s", path, got, limit, answers(pages))
		}
		last.Post(path, field, right).Is(http.StatusTooManyRequests)
	}
}

// pick returns a or b.
func pick[T any](yes bool, a, b T) T {
	if yes {
		return a
	}
	return b
}

// TestAU01_BurstInsideASession guesses the password of a session that was left
// open, on the page that asks for it again.
func TestAU01_BurstInsideASession(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := a.Browser()
	b.SignIn(alice)
	a.Clock.Add(time.Minute)
	all := clones(b, crowd)
	pages := race(t, crowd, func(i int) *apptest.Page {
		return all[i].Post("/confirm", "password", fmt.Sprint("guess number ", i), "code", alice.Code())
	})
	n := 0
	for _, p := range pages {
		if p.Status == http.StatusUnprocessableEntity {
			n++
		}
	}
	if n > 5 || n == 0 {
		t.Errorf("%d passwords were looked at, want at most 5: %s", n, answers(pages))
	}
	if b.SignedInAs(alice) {
		t.Error("the session outlived the guessing")
	}
	again := a.Browser() // the guesses count against the code as well
	again.Password(alice)
	again.Post("/login/code", "code", alice.Code()).Is(http.StatusTooManyRequests)
}

func TestAU02_LimitsSurviveARestart(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := a.Browser()
	for range 3 {
		b.Password(alice)
		b.Post("/login/code", "code", alice.WrongCode()).Is(422)
	}
	for range 6 {
		guess(a.Browser(), "nobody-here").Is(422)
	}
	a.Restart()
	b.Password(alice)
	b.Post("/login/code", "code", alice.WrongCode()).Is(422)
	b.Post("/login/code", "code", alice.WrongCode()).Is(422)
	b.Post("/login/code", "code", alice.Code()).Is(http.StatusTooManyRequests)
	if n := guessUntilBlocked(t, a.Browser(), "nobody-here"); n != 4 {
		t.Errorf("%d more guesses after the restart, want 4", n)
	}
	a.Restart()
	guess(a.Browser(), "nobody-here").Is(http.StatusTooManyRequests)
	b.Password(alice)
	b.Post("/login/code", "code", alice.Code()).Is(http.StatusTooManyRequests)
	a.Clock.Add(time.Minute)
	b.Password(alice)
	b.Post("/login/code", "code", alice.Code()).Redirects("/profile")
}

func TestAU02_WaitsGrowAndSaySo(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := a.Browser()
	guessUntilBlocked(t, b, "alice")
	last := 0
	for range 7 {
		wait, err := strconv.Atoi(guess(b, "alice").Is(http.StatusTooManyRequests).Header.Get("Retry-After"))
		if err != nil || wait < last || wait < 30 || wait > 15*60 {
			t.Fatalf("a wait of %d s after %d s (%v)", wait, last, err)
		}
		last = wait
		a.Clock.Add(time.Duration(wait)*time.Second - time.Millisecond)
		b.Post("/login", "username", "alice", "password", alice.Password).Is(http.StatusTooManyRequests)
		a.Clock.Add(time.Millisecond)
		guess(b, "alice").Is(422)
	}
	if last != 15*60 {
		t.Errorf("the longest wait is %d s, want 900", last)
	}
}

func TestAU03_SuccessInOneBucketClearsNoOther(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := a.Browser()
	for range 4 {
		b.Password(alice) // a right password each time
		b.Post("/login/code", "code", alice.WrongCode()).Is(422)
	}
	b.Password(alice)
	b.Post("/login/code", "code", alice.WrongCode()).Is(422)
	b.Password(alice)
	b.Post("/login/code", "code", alice.Code()).Is(http.StatusTooManyRequests)
	b.Password(alice) // the recovery codes have a counter of their own
	b.Post("/login/recovery", "recovery_code", alice.Codes[0]).Redirects("/profile")
}

// TestAU03_OwnSuccessDoesNotClearTheNetwork guesses at many names and signs in as
// himself in between.
func TestAU03_OwnSuccessDoesNotClearTheNetwork(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	mallory := a.AddUser("mallory")
	tries := 0
	for ; tries < 200; tries++ {
		if tries%5 == 0 {
			own := a.Browser()
			if own.Post("/login", "username", "mallory", "password", mallory.Password).Status != http.StatusSeeOther {
				break
			}
		}
		if guess(a.Browser(), fmt.Sprint("victim", tries)).Status == http.StatusTooManyRequests {
			break
		}
	}
	if limit := auth.LimitOf(auth.BucketNetwork).Free; tries > limit {
		t.Errorf("%d names were tried from one network, limit %d", tries, limit)
	}
}

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
// his name everywhere, by signing in where he is known.
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
		"one /64":           {func(i int) string { return fmt.Sprintf("2001:db8:1:1::%x", i+1) }, 30},
		"one address":       {func(int) string { return "198.51.100.7" }, 30},
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

func TestOT17_ClockSetBackReopensNothing(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := a.Browser()
	b.SignIn(alice)
	now := a.Clock.Now()
	used := alice.Code()
	a.Clock.Add(-30 * time.Second)
	again := a.Browser()
	again.Password(alice)
	again.Post("/login/code", "code", used).Is(422)
	again.Post("/login/code", "code", alice.Code()).Is(422)
	a.Clock.Add(-24 * time.Hour)
	b.Get("/security/password").Redirects("/confirm?next=%2Fsecurity%2Fpassword")
	guessUntilBlocked(t, a.Browser(), "alice")
	a.Clock.Add(-365 * 24 * time.Hour) // a wait is never longer than its rule allows
	a.Clock.Add(16 * time.Minute)
	guess(a.Browser(), "alice")
	if wait := a.Clock.Now().Sub(now); wait > 0 {
		t.Fatal("the clock went forward")
	}
	locked, err := a.DB.BlockedNow(alice.ID, a.Clock.Now(), auth.BucketCode)
	if err != nil || len(locked) > 0 {
		t.Errorf("the code is closed: %v %v", locked, err)
	}
	a.Tx(func(tx *store.Tx) error { return a.Site.Unlock(tx, alice.Now()) })
	a.Clock.Add(366 * 24 * time.Hour)
	a.Browser().SignIn(alice).At("/profile")
}
