package e2e

import (
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

var screenshots = flag.Bool("screenshots", false, "make the pictures in docs/screenshots anew")

// maxPicture is how large a picture of the README may be, in bytes.
const maxPicture = 150_000

// TestScreenshots makes the pictures of the README. The people in them do not exist.
func TestScreenshots(t *testing.T) {
	if !*screenshots {
		t.Skip("skipped: makes pictures only with -screenshots")
	}
	a := apptest.Start(t, apptest.Options{Empty: true, Proxied: true})
	a.Clock.Add(time.Since(a.Clock.Now())) // pages say how long ago something was
	a.Set("instance_name", "Acme Portal")
	ada := cast(a)
	other := a.Browser().From("203.0.113.7")
	b := newTab(t, a.URL)
	b.open("/login").picture("sign-in", 600)
	phoneOf(a, ada)
	other.SignIn(ada)
	b.as(other)
	b.open("/admin/users").picture("users", 890)
	b.open("/security").picture("security", 895)
	b.open("/security/authenticators/new").picture("enrolment", 1130)
}

// someone is a row of the list of users.
type someone struct {
	name   string
	traits []apptest.Trait
	// signedIn is how long ago; 0 is never.
	signedIn time.Duration
}

const day = 24 * time.Hour

// cast adds people in the states that the list knows, and returns the one who
// looks at them.
func cast(a *apptest.App) *apptest.User {
	traits := func(all ...apptest.Trait) []apptest.Trait { return all }
	people := map[string]*apptest.User{}
	for _, s := range []someone{
		{"Ada Lindqvist", traits(apptest.Administrator), time.Hour},
		{"Ben Okafor", nil, 16 * time.Hour},
		{"Chiara Brandt", nil, 3 * day},
		{"Dilan Moreau", traits(apptest.Invited), 0},
		{"Elif Castellan", traits(apptest.NoPhone), 21 * day},
		{"Femi Ashgrove", traits(apptest.Disabled), 180 * day},
		{"Greta Holmwood", traits(apptest.Administrator), 2 * day},
		{"Hugo Marchetti", nil, 40 * time.Minute},
	} {
		first, _, _ := strings.Cut(strings.ToLower(s.name), " ")
		named := func(n *store.NewUser, u *apptest.User) {
			n.Name, n.Email, n.EmailKey = s.name, first+"@acme.example", first+"@acme.example"
			n.CreatedAt, n.ChangedAt = n.CreatedAt.Add(-200*day), n.CreatedAt.Add(-50*day)
		}
		u := a.AddUser(first, append(s.traits, named)...)
		people[first] = u
		if s.signedIn > 0 {
			a.Tx(func(tx *store.Tx) error { return tx.SignedIn(u.ID, a.Clock.Now().Add(-s.signedIn)) })
		}
	}
	a.Tx(func(tx *store.Tx) error {
		return tx.SetLockedUntil(people["chiara"].ID, a.Clock.Now().Add(time.Hour))
	})
	people["dilan"].Link(store.PurposeInvite)
	if people["ada"].Now().Role != user.RoleAdmin {
		a.TB.Fatal("nobody could look at the list")
	}
	return people["ada"]
}

// phoneOf signs the user in from another place, too.
func phoneOf(a *apptest.App, u *apptest.User) {
	const name = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1"
	b := a.Browser().From("198.51.100.24")
	a.Clock.Add(-40 * time.Minute)
	defer a.Clock.Add(40 * time.Minute)
	for _, form := range []struct{ path, one, two, three, four string }{
		{"/login", "username", u.Username, "password", u.Password}, {"/login/code", "code", u.Code(), "", ""},
	} {
		fields := map[string][]string{form.one: {form.two}}
		if form.three != "" {
			fields[form.three] = []string{form.four}
		}
		r := b.Request(http.MethodPost, form.path, fields)
		r.Header.Set("User-Agent", name)
		b.Send(r).Is(http.StatusSeeOther)
	}
}

// picture keeps the upper part of the page, 1280 pixels wide.
func (b *tab) picture(name string, height int64) {
	b.t.Helper()
	b.do("resizing", chromedp.EmulateViewport(1280, height))
	eval[chromedp.Void](b, "document.fonts.ready.then(() => undefined)")
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatalf("picture of %s: %v", name, err)
	}
	if len(png) > maxPicture {
		b.t.Errorf("%s has %d bytes, want %d at most", name, len(png), maxPicture)
	}
	if err := os.WriteFile(filepath.Join("..", "..", "docs", "screenshots", name+".png"), png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}
