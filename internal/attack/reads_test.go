package attack

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
)

// reads are the statements that only read and that ran at least so often in what do does, without those
// of jobs in the background.
func reads(a *apptest.App, atLeast int64, do func()) map[string]int64 {
	a.TB.Helper()
	before := a.Ran()
	do()
	found := map[string]int64{}
	for text, n := range a.Ran() {
		if n -= before[text]; n >= atLeast && strings.HasPrefix(text, "SELECT") && !strings.Contains(text, "FOR UPDATE") && !strings.Contains(text, "FROM leases") {
			found[text] = n
		}
	}
	return found
}

// inBothPlaces are alice's browser, signed in to the pages, and another, in which she has an application open.
func inBothPlaces(t *testing.T) (d *door, alice *apptest.User, b *apptest.Browser, w *walker) {
	t.Helper()
	apptest.OnServer(t)
	d = startDoor(t)
	alice = d.AddUser("alice")
	b, w = d.Browser(), d.walker()
	b.SignIn(alice)
	w.open("https://wiki.example/page")
	w.signIn(alice)
	return d, alice, b, w
}

// One statement says who is signed in and whether another node has changed what this one keeps in memory.
func TestOneReadForASignedInRequest(t *testing.T) {
	t.Parallel()
	d, alice, b, w := inBothPlaces(t)
	const n = 40
	for what, ask := range map[string]func(){
		"FROM sessions s JOIN users":   func() { b.Get("/profile/edit").Is(http.StatusOK) },
		"FROM application_sessions a ": func() { w.open("https://wiki.example/page"); w.in(alice, "/page") },
	} {
		ask() // both nodes have read everything
		ask()
		found := reads(d.App, n/2, func() {
			for range n {
				ask()
			}
		})
		for text, times := range found {
			if !strings.Contains(text, what) || times != n || len(found) != 1 {
				t.Errorf("%d requests: %d times %s", n, times, text)
			}
		}
		if len(found) == 0 {
			t.Errorf("nothing of %q was read", what)
		}
	}
}

// What one node changes holds on the other at the next request, for somebody who is signed in too.
func TestSettingsHoldOnEveryNodeAtOnce(t *testing.T) {
	t.Parallel()
	d, _, b, w := inBothPlaces(t)
	for _, name := range []string{"First House", "Second House", "Third House"} {
		d.Set("instance_name", name)
		for range 4 { // two by each node
			b.Open("/profile").Sees(name)
		}
	}
	d.Set("session_max", "30")
	d.Clock.Add(31 * time.Minute)
	for range 2 {
		if p := d.askAs(w, "/forward-auth/wiki", "wiki.example", "/page", "Sec-Fetch-Mode", "navigate"); p.Status != http.StatusFound {
			t.Errorf("the door answers %d", p.Status)
		}
	}
	for range 2 {
		b.Get("/profile").Is(http.StatusSeeOther)
	}
}
