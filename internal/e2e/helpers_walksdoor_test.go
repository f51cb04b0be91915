package e2e

import (
	"net/url"
	"testing"

	"latchkey/internal/access"
	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/store"
)

// walkDoor looks at our pages on the host of an application, which lies on this machine and has no proxy
// in front of it, and at those on the way there that lead nowhere.
func walkDoor(t *testing.T) *tab {
	a := apptest.Start(t, apptest.Options{})
	grace := a.AddUser("grace")
	u, err := url.Parse(a.URL)
	if err != nil {
		t.Fatal(err)
	}
	host := "localhost:" + u.Port() // another host than 127.0.0.1, on which we are ourselves
	app, err := access.Wish{Slug: "wiki", Name: "Wiki", Hosts: []string{host}, Everyone: true}.Check(a.Site.URL)
	if err != nil {
		t.Fatal(err)
	}
	a.Tx(func(tx *store.Tx) error {
		return access.AddApplication(tx, audit.Entry{At: a.Clock.Now(), ActorName: "test"}, app)
	})
	b := signedIn(t, a, grace)
	there := newTab(t, "http://"+host)
	for _, page := range []string{"sign-out", "signed-out", "denied", "enter?code=no"} {
		there.open("/.latchkey/" + page).inspect("front door, " + page)
	}
	b.visited = append(b.visited, there.visited...)
	b.open("/apps/enter?app=wiki").inspect("on the way to an application, with half an address")
	return b
}
