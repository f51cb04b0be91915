package account_test

import (
	"strings"
	"testing"

	"latchkey/internal/account"
	"latchkey/internal/apptest"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

// TestSE08_ActsEndWhatIsSignedIn looks at every cookie and link on the next
// request after each action.
func TestSE08_ActsEndWhatIsSignedIn(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	signOut := namedAct{"sign out", account.Action.SignOut}
	for _, d := range append(taking(), signOut) {
		u := a.AddUser("user-"+strings.ReplaceAll(d.name, " ", "-"), apptest.Administrator)
		in, half := a.Browser(), a.Browser()
		in.SignIn(u)
		half.Password(u)
		link := u.Link(store.PurposePassword)
		if err := run(t, a, a.Admin, func(act account.Action) error {
			act.Approved = true
			return d.do(act, u.Now())
		}); err != nil {
			t.Fatalf("%s: %v", d.name, err)
		}
		if in.SignedInAs(u) {
			t.Errorf("%s: the session lives on", d.name)
		}
		half.Get("/login/code").Redirects("/login?notice=start-again")
		known, err := a.DB.BrowserExists(secret.HashToken(in.Cookies[a.CookieName("latchkey-browser")]), a.Clock.Now())
		if known || err != nil {
			t.Errorf("%s: the browser is still known, %v", d.name, err)
		}
		hash := secret.HashToken(strings.TrimPrefix(link, "/reset/"))
		_, alive, err := a.DB.LinkByHash(hash, store.PurposePassword, a.Clock.Now())
		if alive != (d.name == signOut.name) || err != nil {
			t.Errorf("%s: the link works: %v, %v", d.name, alive, err)
		}
	}
}

func TestOT10_ResetLeavesNoFactorAndNeedsALink(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	u := a.AddUser("alice")
	if err := run(t, a, a.Admin, func(act account.Action) error { return act.ResetTwoStep(u.Now()) }); err != nil {
		t.Fatal(err)
	}
	now := u.Now()
	total, _, err := a.DB.RecoveryCodes(u.ID)
	if now.Authenticators != 0 || total != 0 || !now.EnrolByLink || err != nil {
		t.Errorf("authenticators %d, codes %d, by link %v, %v", now.Authenticators, total, now.EnrolByLink, err)
	}
	b := a.Browser()
	if p := b.Post("/login", "username", "alice", "password", u.Password); p.Status != 422 {
		t.Errorf("the password alone was answered %d", p.Status)
	}
}
