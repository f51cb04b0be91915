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
// themselves in between.
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
