package attack

import (
	"flag"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
)

// timing is for a machine that does nothing else; no other test asserts a time.
var timing = flag.Int("timing", 0, "how many samples a class TestAU06_TimeTellsNobody takes, at least 500; 0 leaves it out")

// warmUp is how many rounds are not counted.
const warmUp = 50

// TestAU06_TimeTellsNobody asks in the name of people of each class, by turns in a
// new order each round, and compares each class with the one of nobody: Welch's t of
// the faster half, since the slower one is what else the machine did.
//
//	go test ./internal/attack -run AU06 -timing 1000 -v
func TestAU06_TimeTellsNobody(t *testing.T) {
	if *timing == 0 {
		t.Skip("skipped: takes minutes of a quiet machine; run it with -timing 1000")
	}
	for _, path := range []string{"/forgot", "/login", "/login with imported hashes", "/login, not NFC", "/login with imported hashes, not NFC"} {
		t.Run(path[1:], func(t *testing.T) {
			a := apptest.Start(t, apptest.Options{Mail: true})
			classes := classesOf(t, a, strings.Contains(path, "imported"))
			password := wrong
			if strings.Contains(path, "not NFC") {
				password += " u\u0308" // costs two hashes
			}
			taken := sample(t, a, classes, func(b *apptest.Browser, name string) {
				if path == "/forgot" {
					b.Post("/forgot", "username", name).Is(http.StatusSeeOther)
				} else {
					b.Post("/login", "username", name, "password", password).Is(http.StatusUnprocessableEntity)
				}
			})
			for i, name := range classes {
				effect, tValue := welch(taken[0], taken[i])
				t.Logf("| %s | %s | %.3f ms | %+.2f %% | %+.1f |", path, name, 1000*median(taken[i]), 100*effect, tValue)
				if math.Abs(effect) >= 0.02 && math.Abs(tValue) >= 4.5 {
					t.Errorf("time tells %s from nobody", name)
				}
			}
		})
	}
}

// classesOf adds one of each and returns their names, that of nobody first. All are
// as long as each other.
func classesOf(t *testing.T, a *apptest.App, imported bool) []string {
	a.AddUser("a-known-01")
	a.AddUser("disabled01", apptest.Disabled)
	a.AddUser("invited-01", apptest.Invited)
	gone := a.AddUser("deleted-01")
	a.Tx(func(tx *store.Tx) error { _, err := tx.Delete(true, gone.ID, a.Clock.Now()); return err })
	all := []string{"unknown-01", "unknown-02", "a-known-01", "disabled01", "invited-01", "deleted-01"}
	if imported {
		old, err := bcrypt.GenerateFromPassword([]byte(apptest.Password), bcrypt.MinCost)
		if err != nil {
			t.Fatal(err)
		}
		a.AddUser("bcrypt-old", apptest.Hashed(string(old)))
		all = append(all, "bcrypt-old")
	}
	return all
}

// sample returns the seconds that each class took.
func sample(t *testing.T, a *apptest.App, classes []string, send func(*apptest.Browser, string)) [][]float64 {
	b := a.Browser()
	taken := make([][]float64, len(classes))
	for round := range warmUp + max(*timing, 500) {
		for _, i := range rand.Perm(len(classes)) {
			a.RawTx(`DELETE FROM limits`, `DELETE FROM mails`, `UPDATE users SET locked_until = 0`)
			begin := time.Now()
			send(b, classes[i])
			if round >= warmUp {
				taken[i] = append(taken[i], time.Since(begin).Seconds())
			}
		}
	}
	return taken
}

// welch compares b with a: how much longer it takes as a part of a, and Welch's t.
func welch(a, b []float64) (effect, t float64) {
	meanA, varA := moments(a)
	meanB, varB := moments(b)
	return (meanB - meanA) / meanA, (meanB - meanA) / math.Sqrt(varA+varB)
}

// moments returns mean and squared standard error of the faster half.
func moments(all []float64) (mean, variance float64) {
	fast := slices.Sorted(slices.Values(all))[:len(all)/2]
	for _, x := range fast {
		mean += x / float64(len(fast))
	}
	for _, x := range fast {
		variance += (x - mean) * (x - mean) / float64(len(fast)-1)
	}
	return mean, variance / float64(len(fast))
}

func median(all []float64) float64 { return slices.Sorted(slices.Values(all))[len(all)/2] }

// TestAU06_WelchFindsADifference shows that the comparison sees what it is for.
func TestAU06_WelchFindsADifference(t *testing.T) {
	t.Parallel()
	source := rand.New(rand.NewPCG(1, 2))
	draw := func(mean float64) []float64 {
		all := make([]float64, 500)
		for i := range all {
			all[i] = mean * (1 + 0.1*math.Abs(source.NormFloat64()))
		}
		return all
	}
	if effect, tValue := welch(draw(1), draw(1.05)); effect < 0.03 || effect > 0.07 || tValue < 4.5 {
		t.Errorf("5 %% more is seen as %.3f, t %.1f", effect, tValue)
	}
	if _, tValue := welch(draw(1), draw(1)); math.Abs(tValue) > 4.5 {
		t.Errorf("nothing is seen as t %.1f", tValue)
	}
}
