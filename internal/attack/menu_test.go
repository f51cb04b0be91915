package attack

import (
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"latchkey/internal/account"
	"latchkey/internal/apptest"
	"latchkey/internal/store"
)

// menuSays is what the menu says of the requests.
func menuSays(b *apptest.Browser) string {
	b.Open("/admin/users")
	return strings.Join(strings.Fields(b.Doc().Find(`nav.main a[href="/admin/requests"]`).Text()), " ")
}

// TestUX_MenuCountsOpenRequests: the number stands in the link's text, and is right at
// the next page whichever way a request comes or goes.
func TestUX_MenuCountsOpenRequests(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	desk := a.Browser()
	desk.SignIn(a.Admin)
	see := func(when, want string) {
		t.Helper()
		if got := menuSays(desk); got != want {
			t.Errorf("%s the menu says %q, want %q", when, got, want)
		}
	}
	see("with none open", "Requests")
	alice, bob, carl, dora := a.AddUser("alice"), a.AddUser("bob"), a.AddUser("carl"), a.AddUser("dora")
	_, first := ask(t, a, alice)
	see("after one asked", "Requests 1 waiting")
	for _, u := range []*apptest.User{bob, carl, dora} {
		ask(t, a, u)
	}
	see("after four asked", "Requests 4 waiting")
	desk.Confirm(a.Admin)
	desk.Post("/admin/requests/"+first, "decision", "refuse", "reason", "not her").Is(303)
	see("after one was refused", "Requests 3 waiting")
	signedInAs(a, bob)
	see("after one was withdrawn by signing in", "Requests 2 waiting")
	desk.Confirm(a.Admin)
	desk.Post("/admin/users/"+carl.ID+"/delete", "reason", "left", "confirm_username", "carl").Is(303)
	a.Tx(func(tx *store.Tx) error { _, err := tx.PurgeDeleted(a.Clock.Now().Add(time.Hour)); return err })
	see("after the person is gone for good", "Requests 1 waiting")
	later := a.Clock.Now().Add(60 * 24 * time.Hour)
	if err := a.DB.Tx(t.Context(), func(tx *store.Tx) error { return account.RefuseOverdue(a.Site.Instance, tx, later) }); err != nil {
		t.Fatal(err)
	}
	see("after the last ran out", "Requests")
}

// TestUX_MenusAreSeparate: what is mine and what is the administration's are two menus,
// and people who are no administrators see nothing of the second.
func TestUX_MenusAreSeparate(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	for _, u := range []*apptest.User{a.Admin, a.AddUser("alice")} {
		b := signedInAs(a, u)
		var mine, main []string
		b.Open("/profile").Doc().Find("details.me nav").Find("a, button").Each(func(_ int, s *goquery.Selection) { mine = append(mine, s.Text()) })
		b.Doc().Find("nav.main a").Each(func(_ int, s *goquery.Selection) { main = append(main, strings.TrimSpace(s.Text())) })
		if got := strings.Join(mine, " "); got != "Profile Security Sign out" {
			t.Errorf("%s's own menu is %q", u.Username, got)
		}
		want := ""
		if u == a.Admin {
			want = "Overview Users Requests Audit log Settings"
		}
		if got := strings.Join(main, " "); got != want {
			t.Errorf("%s's main menu is %q, want %q", u.Username, got, want)
		}
	}
}
