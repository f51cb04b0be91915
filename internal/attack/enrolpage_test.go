package attack

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
)

// TestOT18_EveryAppShowsTheNameAsMeant gives the instance names that break addresses, and
// reads the page's address as apps do.
func TestOT18_EveryAppShowsTheNameAsMeant(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Star Trek: Website": "Star Trek Website", "A:B": "A B", ":::": "Latchkey", "A%3AB": "A B", "50% & more?": "50% & more?",
		"a/b+c#d": "a/b+c#d", "“Q” 🖖🏽": "“Q” 🖖🏽", "חברה: אתר": "חברה אתר", "公司：门户": "公司 门户",
	} {
		a := apptest.Start(t, apptest.Options{})
		a.Set("instance_name", name)
		b := a.Browser()
		b.Password(a.AddUser("ada", apptest.NoPhone))
		page := b.Get("/security/authenticators/new").Is(http.StatusOK)
		href, _ := page.Doc().Find("a[href^='otpauth:']").Attr("href")
		u, err := url.Parse(href)
		if err != nil {
			t.Fatal(err)
		}
		issuer, account, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), ":")
		if issuer != want || account != "ada" || u.Query().Get("issuer") != want || strings.Contains(u.RawQuery+u.EscapedPath(), "+") {
			t.Errorf("%q: %s shows %q and %q, parameter %q; want %q", name, href, issuer, account, u.Query().Get("issuer"), want)
		}
	}
}

// TestEnrolmentSaysWhereItIs goes three ways to the recovery codes.
func TestEnrolmentSaysWhereItIs(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	turnOn := func(b *apptest.Browser) *apptest.Page {
		key, id := enrolment(t, b)
		return b.Post("/security/authenticators/new", "enrollment", id, "label", "Phone", "code", a.CodeFor(key))
	}
	invited, nell, alice := a.AddUser("ivan", apptest.Invited), a.AddUser("nell", apptest.NoPhone), a.AddUser("alice")
	b := a.Browser()
	b.Open(invited.Link(store.PurposeInvite)).Sees("Step 1 of 3")
	b.Post("/invite", "new_password", "a long red ferry ride").Redirects("/security/authenticators/new")
	b.Get("/security/authenticators/new").Sees("Step 2 of 3", "Google Authenticator", "Microsoft Authenticator", "2FAS")
	turnOn(b)
	b.Get("/security/recovery-codes").Sees("Step 3 of 3")
	a.Clock.Add(time.Minute)

	b = a.Browser()
	b.Password(nell)
	b.Get("/security/authenticators/new").Sees("Step 1 of 2")
	turnOn(b)
	b.Get("/security/recovery-codes").Sees("Step 2 of 2")

	b = a.Browser()
	b.SignIn(alice)
	page := b.Get("/security/authenticators/new").SeesNot("Step 1")
	if name := page.Value("Name for this app"); name != "Phone 2" {
		t.Errorf("proposes %q", name)
	}
	key, id := enrolment(t, b)
	b.Post("/security/authenticators/new", "enrollment", id, "label", "phone 2", "code", a.CodeFor(key)).Redirects("/security")
	if name := b.Get("/security/authenticators/new").Value("Name for this app"); name != "Phone 3" {
		t.Errorf("proposes %q", name)
	}
	a.Clock.Add(time.Second)
	b.Post("/security/recovery-codes/new").Redirects("/security/recovery-codes")
	b.Get("/security/recovery-codes").SeesNot("Step")
}
