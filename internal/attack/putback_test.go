package attack

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/factor"
	"latchkey/internal/store"
)

// Nothing that a copy of the database would still accept works once the server has found
// that it is one; what people need to sign in does.
func TestBA01_AnOlderCopyAcceptsNothingFromBefore(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	a.Set("remember_days", "30")
	alice, bob := a.AddUser("alice"), a.AddUser("bob")
	signedIn := a.Browser()
	signedIn.SignIn(alice)
	half := halves(a, bob, 1)[0]
	a.Clock.Add(30 * time.Second)
	code, link := bob.Code(), bob.Link(store.PurposePassword)
	followed := a.Browser()
	followed.Get(bob.Link(store.PurposePassword))
	a.Browser().Post("/forgot", "username", "alice")
	enrolling := a.Browser()
	enrolling.SignIn(a.Admin)

	a.Tx(func(tx *store.Tx) error {
		if err := tx.DisarmCopy(a.Clock.Now(), factor.Step(a.Clock.Now())); err != nil {
			return err
		}
		return tx.Audit(audit.Entry{At: a.Clock.Now(), Event: audit.RestoreDone, Result: audit.ResultOK, ActorName: "server"})
	})
	a.Restart()

	if signedIn.SignedInAs(alice) {
		t.Error("a session works")
	}
	if p := half.Clone().Post("/login/code", "code", code); p.Status == http.StatusSeeOther && p.Header.Get("Location") == "/profile" {
		t.Error("a pending sign-in works")
	}
	if p := a.Browser().Get(link); strings.HasPrefix(p.Header.Get("Location"), "/reset") {
		t.Error("a link works")
	}
	if p := followed.Clone().Post("/reset", "new_password", newPassword); p.Status == http.StatusSeeOther && bob.Now().CredVersion != 1 {
		t.Error("a link that was followed works")
	}
	fresh := a.Browser()
	fresh.Password(bob)
	fresh.Clone().Post("/login/code", "code", code).Is(http.StatusUnprocessableEntity)
	for _, table := range []string{"sessions", "links", "browsers", "pending_authenticators", "setup_code", "kept_forms", "recovery_sheets", "looks"} {
		if n := number(t, a, `SELECT count(*) FROM `+table); n != 0 {
			t.Errorf("%d rows are left in %s", n, table)
		}
	}
	if n := number(t, a, `SELECT count(*) FROM mails WHERE failed_at = 0`); n != 0 {
		t.Errorf("%d messages from before wait to be sent", n)
	}
	a.Clock.Add(30 * time.Second)
	b := a.Browser()
	b.SignIn(alice)
	b.At("/profile").Sees("recovery codes that you have used since may work again")
	b.Get("/security").Sees("Make new codes")
	b.Post("/security/recovery-codes/new").Redirects("/security/recovery-codes")
	for _, path := range []string{"/profile", "/security"} {
		if p := b.Get(path); strings.Contains(p.Body, "restored from an older copy") {
			t.Errorf("%s still says that the codes are old", path)
		}
	}
	if _, _, err := a.DB.VerifyAudit(t.Context(), a.Ring, ""); err != nil {
		t.Error(err)
	}
}

// TestAV05_KeyFileIsPartOfReadiness needs no process: the site asks.
func TestAV05_KeyFileIsPartOfReadiness(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	for _, s := range a.Sites() {
		s.KeyFile = func() error { return fmt.Errorf("looking at the key file: %w", os.ErrNotExist) }
	}
	if p := a.Browser().Get("/readyz"); p.Status != http.StatusServiceUnavailable || !strings.Contains(p.Body, "key file") {
		t.Errorf("/readyz: %d %s", p.Status, p.Body)
	}
	a.Browser().SignIn(a.Admin).At("/profile") // nothing that is saved is lost
	a.Site.KeyFile = func() error { return nil }
	a.Clock.Add(time.Second)
	a.Browser().Get("/readyz").Is(http.StatusOK)
}
