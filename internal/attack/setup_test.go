package attack

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/auth"
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
	if n := number(t, a, `SELECT count(*) FROM users`); n != 0 {
		t.Errorf("%d users, want none", n)
	}
}

// TestEX04_StrangersCannotEndTheSetupCode: what they try slows down their own network.
func TestEX04_StrangersCannotEndTheSetupCode(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Empty: true, Proxied: true})
	right := a.SetupCode()
	post := func(from, code string) *apptest.Page {
		return a.Browser().From(from).Post("/setup", "setup_code", code, "username", "ada", "new_password", "a long red ferry ride")
	}
	const no = "00000000000000000000000000"
	for i := range 12 {
		for range auth.SetupNetworkFree {
			post(fmt.Sprint("198.51.100.", i), no).Is(422)
		}
		p := post(fmt.Sprint("198.51.100.", i), right).Is(http.StatusTooManyRequests).Sees("Too many setup codes from your network", "You can try again after")
		if p.Header.Get("Retry-After") == "" {
			t.Error("the answer does not say when to come back")
		}
	}
	for i := range auth.SetupSiteFree {
		post(fmt.Sprintf("2001:db8:1:%x::1", i), no).Is(422)
	}
	before := number(t, a, `SELECT count(*) FROM limits`)
	for i := range 20 {
		post(fmt.Sprintf("2001:db8:1:%x::1", 1000+i), right).Is(http.StatusTooManyRequests)
	}
	if n := number(t, a, `SELECT count(*) FROM limits`); n != before {
		t.Errorf("%d rows below a site that is closed", n-before)
	}
	if n := number(t, a, `SELECT count(*) FROM audit_log WHERE result = 'failed'`); n > 5*12+auth.SetupSiteFree {
		t.Errorf("%d audit rows", n)
	}
	post("203.0.113.9", right).Redirects("/security/authenticators/new")
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
