package attack

import (
	"net/http"
	"testing"

	"latchkey/internal/access"
	"latchkey/internal/apptest"
	"latchkey/internal/store"
)

// TestFD01_TheWayIn walks from an application to the sign-in and back to the page that was asked for,
// behind each kind of proxy; the second application needs no second sign-in.
func TestFD01_TheWayIn(t *testing.T) {
	t.Parallel()
	for _, nginx := range []bool{false, true} {
		d := startDoor(t)
		d.nginx.Store(nginx)
		ada := d.AddUser("ada")
		w := d.walker()
		const page = "/page/of%20it?q=a%26b&x=1+2"
		w.open("https://wiki.example" + page)
		w.signIn(ada)
		w.in(ada, page)
		w.open("https://mail.example/")
		w.in(ada, "/")
		if w.hops != 4 {
			t.Errorf("%d redirects to the second application", w.hops)
		}
		w.open("https://secret.example/").Is(http.StatusForbidden).Sees("You cannot open Secret", "This account has no access to secret.example.", "ada")
		w.open("https://wiki.example/again")
		w.in(ada, "/again")
	}
}

// TestFD02_IdentityIsAlwaysAllFour: empty ones too, a name as it is, groups of the application only,
// and nothing that the client sent.
func TestFD02_IdentityIsAlwaysAllFour(t *testing.T) {
	t.Parallel()
	d := startDoor(t)
	zoe := d.AddUser("zoe", func(n *store.NewUser, _ *apptest.User) { n.Name = "Zoë 山田, \"x\"" })
	bare := d.AddUser("bare", apptest.NoAddress, func(n *store.NewUser, _ *apptest.User) { n.Name = "" })
	addGroup(t, d.App, "tea", "", zoe)
	d.Tx(func(tx *store.Tx) error { return access.Join(tx, d.by(), "staff", zoe.Now()) })
	for _, nginx := range []bool{false, true} {
		d.nginx.Store(nginx)
		for _, c := range []struct {
			user *apptest.User
			host string
			want [4]string
		}{
			{zoe, "wiki.example", [4]string{"zoe", "Zoë 山田, \"x\"", zoe.Now().Email, "staff,tea"}},
			{zoe, "secret.example", [4]string{"zoe", "Zoë 山田, \"x\"", zoe.Now().Email, "staff"}},
			{bare, "wiki.example", [4]string{"bare", "", "", ""}},
		} {
			w := d.walker()
			w.open("https://" + c.host + "/")
			w.signIn(c.user)
			w.in(c.user, "/")
			r := w.request(http.MethodGet, "https://"+c.host+"/x", nil)
			for _, name := range identity {
				r.Header.Set(name, "forged")
			}
			p := w.send(c.host, r)
			for i, name := range identity {
				if got, there := p.Header["Echo-"+name]; !there || len(got) != 1 || got[0] != c.want[i] {
					t.Errorf("%s at %s: %s is %q, want %q", c.user.Username, c.host, name, got, c.want[i])
				}
			}
		}
	}
}
