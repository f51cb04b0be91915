package attack

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
)

func TestAU11_SetupWorksOnceInACrowd(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Empty: true})
	code := a.SetupCode()
	all := browsers(a, crowd, func(*apptest.Browser) {})
	pages := race(t, crowd, func(i int) *apptest.Page {
		return all[i].Post("/setup", "setup_code", code, "username", fmt.Sprintf("admin-%d", i),
			"name", "", "email", "", "new_password", "a long red ferry ride")
	})
	once(t, "the set-up code", "/security/authenticators/new", pages)
	if n := number(t, a, `SELECT count(*) FROM users`); n != 1 {
		t.Errorf("%d users, want 1", n)
	}
	a.Browser().Post("/setup", "setup_code", code).Is(404)
}

func TestAU11_NothingStandsInForTheSetupCode(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Empty: true})
	post := func(code string) *apptest.Page {
		return a.Browser().Post("/setup", "setup_code", code, "username", "mallory", "new_password", "a long red ferry ride")
	}
	for _, code := range []string{"", "null", " ", "00000000000000000000000000"} {
		post(code).Is(422) // before any code was made
	}
	right := a.SetupCode()
	for _, code := range []string{"", "null", right[1:], right + "0", "%00"} {
		post(code).Is(422)
	}
	a.Clock.Add(30 * time.Minute)
	post(right).Is(422)
	right = a.SetupCode()
	for range 10 {
		post("00000000000000000000000000").Is(422)
	}
	post(right).Is(422) // ten tries are all there are
	if n := number(t, a, `SELECT count(*) FROM users`); n != 0 {
		t.Errorf("%d users, want none", n)
	}
}

// TestOT16_TheSetupCodeAsItIsCopied types the code with what comes along from a terminal
// or a message.
func TestOT16_TheSetupCodeAsItIsCopied(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Empty: true})
	code := a.SetupCode()
	a.Browser().Post("/setup", "setup_code", " \u202d"+strings.ToUpper(code[:9])+"\u200b "+code[9:]+"\n", "username", "ada",
		"new_password", "a long red ferry ride").Redirects("/security/authenticators/new")
}
