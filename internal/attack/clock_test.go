package attack

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/factor"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

func driftOf(t *testing.T, a *apptest.App, u *apptest.User) time.Duration {
	t.Helper()
	all, err := a.DB.Authenticators(u.ID)
	if err != nil || len(all) == 0 {
		t.Fatal(all, err)
	}
	return all[0].Drift
}

// TestOT03_WrongClockIsNotedAndNeverAccepted: a code of a phone whose clock is wrong is
// refused like any wrong one, word for word; the log and the administrators are told
// why, and nothing is used up.
func TestOT03_WrongClockIsNotedAndNeverAccepted(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice, admin := a.AddUser("alice"), administrator(a, "ada")
	all := halves(a, alice, 4)
	wrong := all[0].Post("/login/code", "code", alice.WrongCode()).Is(http.StatusUnprocessableEntity).Body
	for i, c := range []struct {
		steps int64
		drift time.Duration
		told  string
	}{{8, 4 * time.Minute, "4 minutes fast"}, {-5, -150 * time.Second, "2 minutes 30 seconds slow"}} {
		p := all[i+1].Post("/login/code", "code", alice.CodeAt(c.steps)).Is(http.StatusUnprocessableEntity)
		if p.Body != wrong || grants(p) {
			t.Errorf("%d steps: not answered like a wrong code", c.steps)
		}
		if got := driftOf(t, a, alice); got != c.drift {
			t.Errorf("%d steps: drift %v, want %v", c.steps, got, c.drift)
		}
		admin.Get("/admin/users/"+alice.ID+"/explain").Sees("The clock on “Phone” is wrong.", "It is "+c.told, "Wrong code: the clock of Phone is "+c.told)
	}
	all[3].Post("/login/code", "code", alice.CodeAt(30)).Is(http.StatusUnprocessableEntity) // 15 minutes explain nothing
	if n := number(t, a, `SELECT count(*) FROM audit_log WHERE subject_id = $1 AND details LIKE '%clock of%'`, alice.ID); n != 2 {
		t.Errorf("%d rows about a clock, want 2", n)
	}
	forgive(t, a)
	b := halves(a, alice, 1)[0]
	b.Post("/login/code", "code", alice.CodeAt(1)).Redirects("/profile")
	if got := driftOf(t, a, alice); got != 30*time.Second {
		t.Errorf("a code of the next step leaves the drift at %v", got)
	}
	b.Open("/security").Sees("its clock is 30 seconds fast")
}

// TestOT03_EnrolmentTellsOfTheClock: there the key is the visitor's own.
func TestOT03_EnrolmentTellsOfTheClock(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	nell := a.AddUser("nell", apptest.NoPhone)
	b := a.Browser()
	b.Password(nell).Redirects("/security/authenticators/new")
	key, id := enrolment(t, b)
	code := factor.Code(key, factor.Step(a.Clock.Now())+5)
	b.Post("/security/authenticators/new", "enrollment", id, "label", "Phone", "code", code).Is(http.StatusUnprocessableEntity).
		Sees("Your phone's clock is 2 minutes 30 seconds fast.", "set automatically")
	if nell.Now().Authenticators != 0 || grants(b.Page) {
		t.Error("the code was accepted")
	}
}

// TestReadiness follows what is done and what is left from the pages' point of view.
func TestReadiness(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := signedInAs(a, alice)
	b.Open("/profile").Sees("2 of 4 steps done")
	b.Post("/security/recovery-codes/try", "recovery_code", alice.Codes[0]).Redirects("/security")
	b.Open("/profile").Sees("3 of 4 steps done")
	b.Post("/security/recovery-codes/new").Is(http.StatusSeeOther)
	b.Open("/profile").Sees("2 of 4 steps done") // of the new ones none was tried
	a.Tx(func(tx *store.Tx) error {
		return tx.AddAuthenticator(store.Authenticator{ID: secret.ID(), UserID: alice.ID, Label: "Tablet"})
	})
	b.Open("/profile").Sees("3 of 4 steps done")
}

// TestTenAuthenticators: the eleventh is refused, before its key is made.
func TestTenAuthenticators(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := signedInAs(a, alice)
	for i := range 9 {
		b.Get("/security/authenticators/new").Is(http.StatusOK)
		a.Tx(func(tx *store.Tx) error {
			return tx.AddAuthenticator(store.Authenticator{ID: secret.ID(), UserID: alice.ID, Label: fmt.Sprint("app ", i)})
		})
	}
	b.Get("/security/authenticators/new").Is(http.StatusConflict)
}

// TestEasyPasswordIsTold: allowed, and said to be easy.
func TestEasyPasswordIsTold(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := signedInAs(a, alice)
	change := func(to string) string {
		b.Post("/security/password", "current_password", alice.Password, "new_password", to).Redirects("/security")
		alice.Password = to
		return b.Open("/security").Text()
	}
	if text := change("seven lamps on a long grey pier"); strings.Contains(text, "easy to guess") {
		t.Error("a good password is called easy")
	}
	if text := change("harbourlantern42"); !strings.Contains(text, "It is easy to guess") {
		t.Errorf("an easy one is not: %s", text)
	}
}
