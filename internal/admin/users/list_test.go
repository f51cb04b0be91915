package users_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// people adds users without a password, in the order of their names.
func people(a *apptest.App, n int) {
	a.Tx(func(tx *store.Tx) error {
		for i := range n {
			err := tx.AddUser(store.NewUser{ID: secret.ID(), Username: fmt.Sprintf("temp%03d", i), Role: user.RoleUser, CreatedAt: a.Clock.Now()})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// listed are the usernames that the page shows.
func listed(p *apptest.Page) string {
	var all []string
	for _, row := range p.Doc().Find("tbody tr").EachIter() {
		name, _, _ := strings.Cut(strings.TrimSpace(row.Find("th small").Text()), " ")
		if name == "" {
			name = strings.TrimSpace(row.Find("th").Text())
		}
		all = append(all, name)
	}
	return strings.Join(all, " ")
}

// TestUsers_PagesAreNumbered turns pages forwards and back: the caption and the title say
// where one is, and a number made up in the address is put right on the last page.
func TestUsers_PagesAreNumbered(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	people(a, 60)
	b := a.Browser()
	b.SignIn(a.Admin)
	title := func(want string) {
		t.Helper()
		if got := strings.TrimSpace(b.Doc().Find("title").Text()); !strings.HasPrefix(got, want+" · ") {
			t.Errorf("the title is %q, want %q", got, want)
		}
	}
	b.Open("/admin/users?q=temp").Sees("1–25 of 60 users: “temp”; sorted by name")
	title("Users")
	b.Follow("Next →").Sees("26–50 of 60 users")
	title("Users, page 2")
	b.Follow("Next →").Sees("51–60 of 60 users").SeesNot("Next →")
	title("Users, page 3")
	b.Follow("← Previous").Sees("26–50 of 60 users")
	b.Follow("← Previous").Sees("1–25 of 60 users")
	b.Open("/admin/users?q=temp&size=100").Sees("60 users: “temp”; sorted by name")
	var edge string
	a.Tx(func(tx *store.Tx) error { u, err := tx.UserByName("temp049"); edge = u.ID; return err })
	b.Open("/admin/users?q=temp&row=7&after=" + edge).Sees("51–60 of 60 users")
	b.Get("/admin/users?q=temp&row=9&after=gone").Redirects("/admin/users?q=temp")
}

// TestUsers_Filters: each filter selects whom its words say, on the page, in a file and for
// a bulk change alike.
func TestUsers_Filters(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	old, fresh, demanded := a.AddUser("old"), a.AddUser("fresh"), a.AddUser("demanded", apptest.NoPhone)
	ivy, late := a.AddUser("ivy", apptest.Invited), a.AddUser("late", apptest.Invited)
	late.Link(store.PurposeInvite)
	a.Browser().SignIn(old)
	a.Clock.Add(100 * 24 * time.Hour)
	a.Browser().SignIn(fresh)
	ivy.Link(store.PurposeInvite)
	nobody := a.AddUser("nobody", apptest.NoPhone)
	a.Tx(func(tx *store.Tx) error {
		if _, err := tx.RequireEnrolment(true, demanded.ID); err != nil {
			return err
		}
		if err := tx.SetSetting("two_step", "optional"); err != nil {
			return err
		}
		_, err := tx.EditUser(store.Edit{ID: nobody.ID, Version: nobody.Now().Version, Username: "nobody-1"})
		return err
	})
	if err := a.Site.Instance.LoadSettings(); err != nil {
		t.Fatal(err)
	}
	b := a.Browser()
	b.SignIn(a.Admin)
	for query, want := range map[string]struct{ names, words string }{
		"inactive=90":                    {"demanded ivy late nobody-1 old", "no sign-in for 90 days"},
		"inactive=200":                   {"demanded ivy late nobody-1", "no sign-in for 200 days"},
		"inactive=never":                 {"demanded ivy late nobody-1", "never signed in"},
		"inactive=90&status=active":      {"demanded nobody-1 old", "active, no sign-in for 90 days"},
		"status=expired":                 {"late", "invitation expired or none"},
		"status=invited":                 {"ivy late", "invited"},
		"address=none":                   {"nobody-1", "no address"},
		"two_step=due":                   {"demanded", "two-step required, not set up"},
		"q=example+old":                  {"old", "“example old”"},
		"sort=role&q=r":                  {"root-admin", ""},
		"sort=-two_step&q=d+e&role=user": {"old demanded", ""},
	} {
		p := b.Open("/admin/users?" + query)
		if got := listed(p); query[:5] != "sort=" && got != want.names {
			t.Errorf("%s: %s, want %s", query, got, want.names)
		}
		if want.words != "" {
			p.Sees(": " + want.words + "; sorted by")
		}
	}
	for query, want := range map[string]string{"inactive=90": "demanded ivy late nobody-1 old", "status=expired": "late", "address=none": "nobody-1", "two_step=due": "demanded"} {
		if got := apptest.Column(apptest.Table(t, b.Get("/admin/users.csv?"+query).Body), "username"); got != want {
			t.Errorf("%s as a file: %s, want %s", query, got, want)
		}
		form, _ := url.ParseQuery(query)
		values := []string{"all", "1", "action", "sign-out"}
		for name := range form {
			values = append(values, name, form.Get(name))
		}
		b.Post("/admin/users/bulk", values...).Sees(fmt.Sprintf("Sign out %d user", len(strings.Fields(want))))
	}
}

// TestUsers_AddressesAreOne: what is empty or the default is left out, and what does not
// exist is refused.
func TestUsers_AddressesAreOne(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	people(a, 3)
	b := a.Browser()
	b.SignIn(a.Admin)
	for query, want := range map[string]string{
		"?q=&status=&two_step=&role=&inactive=&address=&sort=name": "",
		"?q=temp&inactive=090&sort=name&size=25":                   "?q=temp&inactive=90",
		"?sort=-status&inactive=":                                  "?sort=-status",
		"?row=5":                                                   "",
	} {
		b.Get("/admin/users" + query).Redirects("/admin/users" + want)
	}
	for _, query := range []string{"inactive=0", "inactive=-1", "inactive=soon", "inactive=99999", "address=all", "status=odd", "two_step=maybe", "sort=password_hash", "row=x", "select=some"} {
		b.Get("/admin/users?" + query).Is(http.StatusBadRequest)
	}
}
