package attack

import (
	"testing"

	"latchkey/internal/access"
	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

// addApp adds an application on a host of its own, for everyone or for groups, and returns its slug.
func addApp(t testing.TB, a *apptest.App, slug string, who ...string) string {
	t.Helper()
	w := access.Wish{Slug: slug, Name: slug, Hosts: []string{slug + ".example.com"}, Groups: who}
	if len(who) == 1 && who[0] == "everyone" {
		w.Everyone, w.Groups = true, nil
	}
	app, err := w.Check(a.Site.URL)
	if err != nil {
		t.Fatal(err)
	}
	a.Tx(func(tx *store.Tx) error { return access.AddApplication(tx, desktop(a), app) })
	return slug
}

// desktop is what the administrator does outside of pages.
func desktop(a *apptest.App) audit.Entry {
	return audit.Entry{At: a.Clock.Now(), ActorID: a.Admin.ID, ActorName: a.Admin.Username}
}

func disabledApp(t testing.TB, a *apptest.App, slug string) string {
	t.Helper()
	addApp(t, a, slug, "everyone")
	a.Tx(func(tx *store.Tx) error { return access.DisableApplication(tx, desktop(a), slug, 1) })
	return slug
}

// openIn opens an application in a session, and returns the hash of the token that shows it.
func openIn(t testing.TB, a *apptest.App, slug, sessionID, id string) string {
	t.Helper()
	hash := secret.HashToken(id)
	a.Tx(func(tx *store.Tx) error {
		return tx.AddOpened("", hash, id, sessionID, slug, slug+".example.com", a.Clock.Now())
	})
	return hash
}

// opened adds an application that is open in a session, and returns its slug.
func (d *desk) opened(sessionID, id string) string {
	d.TB.Helper()
	slug := addApp(d.TB, d.App, id, "everyone")
	openIn(d.TB, d.App, slug, sessionID, id)
	return slug
}

// sessionOf is the session of somebody who is signed in once.
func sessionOf(t testing.TB, a *apptest.App, u *apptest.User) store.Session {
	t.Helper()
	all, err := a.DB.Sessions(u.ID, a.Clock.Now())
	if err != nil || len(all) == 0 {
		t.Fatalf("%d sessions, %v", len(all), err)
	}
	return all[0]
}
