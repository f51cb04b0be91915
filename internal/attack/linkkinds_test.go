package attack

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/store"
)

// TestCR05_LinksAreOfOneKind tries each kind of link as each other kind: at its path,
// and on the pages of the others once it was followed.
func TestCR05_LinksAreOfOneKind(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	pages := map[store.Purpose]string{
		store.PurposeInvite: "/invite", store.PurposePassword: "/reset", store.PurposeReset: "/reset", store.PurposeEmail: "/email",
		store.PurposeNotMe: "/not-me", store.PurposeCancel: "/lost-phone/cancel", store.PurposePhone: "/lost-phone/new",
	}
	for kind, page := range pages {
		u := a.AddUser("user-"+string(kind), func(n *store.NewUser, _ *apptest.User) {
			if kind == store.PurposeInvite {
				n.Hash = ""
			}
		})
		a.Tx(func(tx *store.Tx) error { return tx.SetPendingEmail(u.ID, "new@example.net") })
		now := a.Clock.Now()
		a.Tx(func(tx *store.Tx) error {
			_, err := tx.AddRequest(store.Request{ID: "r-" + string(kind), UserID: u.ID, Made: now, Opens: now, Ends: now.Add(time.Hour)})
			return err
		})
		subject := map[store.Purpose]string{store.PurposeEmail: "new@example.net", store.PurposeCancel: "r-" + string(kind), store.PurposePhone: "r-" + string(kind)}[kind]
		link := u.LinkAbout(kind, subject)
		before := u.Now()
		for _, other := range pages {
			if other == page {
				continue
			}
			a.Browser().Get(strings.Replace(link, page+"/", other+"/", 1)).Is(http.StatusGone)
			b := a.Browser()
			b.Get(link).Is(http.StatusSeeOther)
			for _, p := range []*apptest.Page{b.Clone().Get(other), b.Clone().Post(other), b.Clone().Post(other, "new_password", newPassword)} {
				if p.Status == http.StatusOK || p.Status == http.StatusSeeOther && !led(p, page) {
					t.Errorf("a link of kind %s at %s: %d to %q", kind, other, p.Status, p.Header.Get("Location"))
				}
			}
		}
		if after := u.Now(); after != before {
			t.Errorf("a link of kind %s changed the user:\n%+v\n%+v", kind, before, after)
		}
		a.Browser().Get(link).Is(http.StatusSeeOther) // still unused
	}
	if n := number(t, a, `SELECT count(*) FROM audit_log WHERE event <> $1`, string(audit.ServerStarted)); n != 0 {
		t.Errorf("%d audit rows, want none", n)
	}
}

// led reports whether an answer leads where somebody with such a link belongs.
func led(p *apptest.Page, page string) bool {
	to := p.Header.Get("Location")
	return to == page || to == "/login" || to == "/reset"
}
