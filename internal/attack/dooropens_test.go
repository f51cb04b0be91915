package attack

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"latchkey/internal/access"
	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/store"
)

// TestEX01_OpeningApplicationsIsCounted for each user: every time is a row of the audit log. What they
// have open stays open, they are told when they can go on, and others are not kept waiting.
func TestEX01_OpeningApplicationsIsCounted(t *testing.T) {
	t.Parallel()
	d := startDoor(t)
	alice, bob := d.AddUser("alice"), d.AddUser("bob")
	w := d.walker()
	w.open("https://wiki.example/page")
	w.signIn(alice)
	w.in(alice, "/page")
	d.Tx(func(tx *store.Tx) error {
		for range auth.OpensPerHour - 1 {
			if _, _, err := tx.Count(auth.ActionOpen, alice.ID, auth.LimitOf(auth.ActionOpen), d.Clock.Now()); err != nil {
				return err
			}
		}
		return nil
	})
	w.open("https://mail.example/").Is(http.StatusTooManyRequests).Sees("You have opened an application 600 times in the last hour")
	if w.page.Header.Get("Retry-After") == "" || w.page.Header.Get("Refresh") != "" {
		t.Errorf("answered with %v", w.page.Header)
	}
	w.open("https://secret.example/").Is(http.StatusForbidden)
	w.open("https://wiki.example/other")
	w.in(alice, "/other")
	if n := number(t, d.App, `SELECT count(*) FROM audit_log WHERE event IN ($1, $2)`, audit.ApplicationOpened, audit.ApplicationDenied); n != 1 {
		t.Errorf("%d rows in the audit log, want 1", n)
	}
	other := d.walker()
	other.open("https://mail.example/")
	other.signIn(bob)
	other.in(bob, "/")
}

// TestFD05_ANameBelongsToOneApplication on all of its ports, since browsers send its cookies to all of
// them: one application would be handed what opens the other one.
func TestFD05_ANameBelongsToOneApplication(t *testing.T) {
	t.Parallel()
	d := startDoor(t)
	d.add("six", access.Wish{Name: "Six", Hosts: []string{"[2001:db8::7]:8443", "six.example:8443", "six.example"}, Everyone: true})
	d.add("here", access.Wish{Name: "Here", Hosts: []string{"localhost:3000"}, Everyone: true})
	for host, taken := range map[string]bool{
		"wiki.example:8443": true, "WIKI.example:80": true, "[2001:db8::7]": true, "[2001:db8:0::7]:9": true, "six.example:9443": true,
		"wiki.example.net": false, "wiki.exampl": false, "x.wiki.example:8443": false, "wiki.example-2": false, "[2001:db8::8]": false, "localhost:3001": false,
	} {
		a, err := access.Wish{Slug: "other", Name: "Other", Hosts: []string{host}, Everyone: true}.Check(d.Site.URL)
		if err != nil {
			t.Fatal(err)
		}
		err = d.DB.Tx(t.Context(), func(tx *store.Tx) error {
			if err := access.AddApplication(tx, d.by(), a); err != nil {
				return err
			}
			return access.DeleteApplication(tx, d.by(), "other", 1)
		})
		if (err != nil) != taken {
			t.Errorf("%s: %v", host, err)
		}
	}
	d.edit("wiki", func(a *store.Application) { a.Hosts = append(a.Hosts, "wiki.example:8443") }) // it is its own
}

// TestFD05_ANameOfOursIsNoApplication even where the address of this instance was changed to the name of
// one: it would be handed the cookies of people's sessions.
func TestFD05_ANameOfOursIsNoApplication(t *testing.T) {
	t.Parallel()
	d := startDoor(t)
	alice, w := d.AddUser("alice"), d.walker()
	host := w.parse(d.URL).Host
	d.slugs[host] = "late"
	d.add("late", access.Wish{Name: "Late", Hosts: []string{"late.example"}, Everyone: true})
	change(t, d.App, `UPDATE application_hosts SET host = $1 WHERE slug = 'late'`, host)
	if p := w.home.Send(d.question(httptest.NewRequest(http.MethodGet, "/", nil), host)); p.Status != http.StatusForbidden {
		t.Errorf("the proxy is answered %d", p.Status)
	}
	w.open("https://wiki.example/")
	w.signIn(alice)
	q := url.Values{"app": {"late"}, "host": {host}, "state": {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}}
	if p := w.get(d.URL + "/apps/enter?" + q.Encode()); p.Status != http.StatusNotFound || p.Header.Get("Refresh") != "" {
		t.Errorf("goes on with %d %v", p.Status, p.Header)
	}
}
