package attack

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/internal/web/route"
)

// held sends the head of a POST and all of its body but the last byte, and waits until the
// program wants that; finish sends it. Nothing was sent to the path before.
func held(t *testing.T, a *apptest.App, b *apptest.Browser, path string, fields ...string) (finish func() *http.Response) {
	t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	r := b.Request(http.MethodPost, path, form)
	var whole bytes.Buffer
	if err := r.Write(&whole); err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(a.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	all := whole.Bytes()
	if _, err := conn.Write(all[:len(all)-1]); err != nil {
		t.Fatal(err)
	}
	apptest.Eventually(t, "the form is read", func() bool { return a.Reading(path) })
	return func() *http.Response {
		if _, err := conn.Write(all[len(all)-1:]); err != nil {
			t.Fatal(err)
		}
		answer, err := http.ReadResponse(bufio.NewReader(conn), r)
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
}

// What holds when the last byte of a request comes is what counts, not what held when
// its head came: somebody who keeps a few half-sent requests open could otherwise act after every end.

func TestSE08_HeldRequestOfADisabledAdministrator(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	evil := a.AddUser("evil", apptest.Administrator)
	e := signedInAs(a, evil)
	boss := signedInAs(a, a.Admin)
	finish := held(t, a, e, "/admin/users/"+evil.ID+"/enable", "reason", "")
	boss.Post("/admin/users/"+evil.ID+"/disable", "reason", "fired").Is(http.StatusSeeOther)
	if !evil.Now().Disabled || e.SignedInAs(evil) {
		t.Fatal("not disabled")
	}
	finish()
	if !evil.Now().Disabled {
		t.Error("a disabled administrator has enabled their own account after their session was gone")
	}
}

func TestSE08_HeldRequestMakesNoAdministrator(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	evil, pal := a.AddUser("evil", apptest.Administrator), a.AddUser("pal")
	e := signedInAs(a, evil)
	boss := signedInAs(a, a.Admin)
	finish := held(t, a, e, "/admin/users/"+pal.ID+"/edit", "username", "pal", "name", "Pal", "email", pal.Email, "role", "admin", "version", fmt.Sprint(pal.Now().Version))
	boss.Post("/admin/users/"+evil.ID+"/disable", "reason", "fired").Is(http.StatusSeeOther)
	finish()
	if pal.Now().Role == "admin" {
		t.Error("a disabled administrator has made an administrator")
	}
}

// TestSE08_HeldAddressChangeDiesWithNotMe: "this was not me" ends what the thief had
// begun before it.
func TestSE08_HeldAddressChangeDiesWithNotMe(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	alice := a.AddUser("alice")
	thief := signedInAs(a, alice)
	owner := a.Browser()
	owner.Get(alice.Link(store.PurposeNotMe)).Redirects("/not-me")
	finish := held(t, a, thief, "/profile/edit", "name", "Alice", "email", "thief@example.net")
	a.Clock.Add(time.Second)
	owner.Post("/not-me").Redirects("/not-me/done?way=forgot")
	finish()
	if now := alice.Now(); now.EmailPending != "" || now.PasswordClosed.IsZero() {
		t.Errorf("waiting address %q, closed %v", now.EmailPending, now.PasswordClosed)
	}
}

// TestSE10_HeldRequestForALostPhone: a pending sign-in that is over asks for nothing.
func TestSE10_HeldRequestForALostPhone(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	alice := a.AddUser("alice")
	thief := a.Browser()
	thief.Password(alice).Redirects("/login/code")
	owner := a.Browser()
	owner.Get(alice.Link(store.PurposePassword)).Redirects("/reset")
	finish := held(t, a, thief, "/login/lost-phone", "message", "lost", "contact", "call me")
	owner.Post("/reset", "new_password", newPassword).Redirects("/login?notice=password-changed")
	finish()
	if _, open, _ := a.DB.OpenRequest(alice.ID); open {
		t.Error("a request in the name of a pending sign-in that is over")
	}
}

// TestSE08_ProofIsAskedForWhenTheBodyIsThere: a proof that was fresh when the head came
// is not when the last byte does.
func TestSE08_ProofIsAskedForWhenTheBodyIsThere(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	finish := held(t, a, signedInAs(a, alice), "/security/password", "current_password", alice.Password, "new_password", newPassword)
	a.Clock.Add(11 * time.Minute)
	if to := finish().Header.Get("Location"); !strings.HasPrefix(to, "/confirm") {
		t.Errorf("led to %q", to)
	}
}

// TestSE08_TransactionsLookAgain ends the session between the access check and the
// transaction, in every way there is.
func TestSE08_TransactionsLookAgain(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*store.Tx, *apptest.User) error{
		"nothing":  func(*store.Tx, *apptest.User) error { return nil },
		"sessions": func(tx *store.Tx, u *apptest.User) error { _, err := tx.EndSessions(u.ID, ""); return err },
		"disabled": func(tx *store.Tx, u *apptest.User) error { _, err := tx.Disable(true, u.ID); return err },
		"deleted": func(tx *store.Tx, u *apptest.User) error {
			_, err := tx.Delete(true, u.ID, time.Unix(1, 0))
			return err
		},
		"role":     func(tx *store.Tx, u *apptest.User) error { _, err := tx.SetRole(true, u.ID, "user"); return err },
		"password": func(tx *store.Tx, u *apptest.User) error { _, err := tx.RaiseCredVersion(u.ID); return err },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var u *apptest.User
			acted := false
			a := apptest.Start(t, apptest.Options{Mount: func(s *web.Site) {
				s.Post("/test/act", route.SignedIn, func(v *web.Visitor) error {
					if err := v.Record(func(tx *store.Tx) error { return end(tx, u) }); err != nil {
						return err
					}
					if err := v.Tx(func(*store.Tx) error { acted = true; return nil }); err != nil {
						return err
					}
					return v.Redirect("/profile")
				})
			}})
			u = a.AddUser("ada", apptest.Administrator)
			b := signedInAs(a, u)
			if b.Post("/test/act"); acted != (name == "nothing") {
				t.Errorf("acted %v, led to %s", acted, b.Page.Header.Get("Location"))
			}
		})
	}
}
