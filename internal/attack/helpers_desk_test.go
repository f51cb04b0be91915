package attack

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

// form is a form of the program, filled in rightly.
type form struct {
	path    string
	browser *apptest.Browser
	fields  []string // names and values by turns
	free    []string // the fields that may be empty or missing
	auth    bool     // proves who somebody is
}

// desk is a program with somebody in front of each of its forms.
type desk struct {
	*apptest.App
	setup *apptest.App // one without an administrator
	post  *apptest.App // one with mail
	away  []form       // the forms of that one
	forms []form
	alice *apptest.User // whose forms inside are
}

// sitDown returns a desk. No form changes what another needs, and each is about a
// user of its own where it can be.
func sitDown(t *testing.T) *desk {
	t.Helper()
	d := &desk{App: apptest.Start(t, apptest.Options{}), setup: apptest.Start(t, apptest.Options{Empty: true}), post: apptest.Start(t, apptest.Options{Mail: true})}
	d.forms = []form{
		{"/setup", d.setup.Browser(), []string{"setup_code", d.setup.SetupCode(), "username", "ann", "name", "Ann", "email", "ann@example.org", "new_password", newPassword}, []string{"name", "email"}, true},
	}
	rest := append(d.inside(t), d.ofAdministrators()...)
	d.forms = append(d.forms, d.atTheDoor(t)...) // made last: signing in moves the clock
	d.away = append(append(d.aboutMail(), d.aboutMe()...), d.aboutPolicy()...)
	d.forms = append(append(d.forms, rest...), d.away...)
	return d
}

const newPassword = "seven lamps on a pier"

// follows are the forms that use a link in the place of something else.
func (d *desk) follows() (all []form) {
	d.TB.Helper()
	for i, l := range links() {
		u := d.AddUser(fmt.Sprint("follower", i))
		if l.purpose == store.PurposeInvite {
			u = d.AddUser(fmt.Sprint("newcomer", i), apptest.Invited)
		}
		all = append(all, form{u.Link(l.purpose), d.Browser(), nil, nil, false})
	}
	return all
}

// followed is somebody who has a request for a lost phone and followed a link about it.
func (d *desk) followed(name string, p store.Purpose) *apptest.Browser {
	d.TB.Helper()
	u, b := d.AddUser(name), d.Browser()
	d.request(u)
	b.Get(u.LinkAbout(p, u.ID))
	return b
}

// approval makes something that waits for a second administrator.
func (d *desk) approval() string {
	d.TB.Helper()
	id, now, u := secret.ID(), d.Clock.Now(), d.AddUser("abel")
	d.Tx(func(tx *store.Tx) error {
		_, err := tx.AddApproval(store.Approval{ID: id, UserID: u.ID, Kind: "password-link", AskedID: d.Admin.ID, Made: now, Opens: now, Ends: now.Add(time.Hour)})
		return err
	})
	return id
}

// request makes an open request for a lost phone, with the id of its user.
func (d *desk) request(u *apptest.User) {
	d.TB.Helper()
	q := store.Request{ID: u.ID, UserID: u.ID, Made: d.Clock.Now(), Opens: d.Clock.Now(), Ends: d.Clock.Now().Add(24 * time.Hour)}
	d.Tx(func(tx *store.Tx) error { _, err := tx.AddRequest(q); return err })
}

// remembered is the id of a browser that may skip the code as the user.
func (d *desk) remembered(u *apptest.User) string {
	d.TB.Helper()
	now := d.Clock.Now()
	b := store.Browser{TokenHash: "remembered", UserID: u.ID, ID: "remembered", Created: now, LastUsed: now, Ends: now.Add(time.Hour)}
	d.Tx(func(tx *store.Tx) error {
		if err := tx.SaveBrowser(b); err != nil {
			return err
		}
		return tx.Remember(b.TokenHash, "validator", u.ID, b.Ends)
	})
	return b.ID
}

// invited is a filter that finds somebody without a password.
func (d *desk) invited() string {
	d.TB.Helper()
	return "status=invited&q=" + d.AddUser("ivy", apptest.Invited).Username
}

// values is what the form sends if one field is changed.
func (f form) values(change func(url.Values)) url.Values {
	values := url.Values{}
	for i := 0; i+1 < len(f.fields); i += 2 {
		values.Set(f.fields[i], f.fields[i+1])
	}
	change(values)
	return values
}

// send sends the form and forgets that it was a try, if it was one.
func (d *desk) send(t *testing.T, f form, values url.Values) *apptest.Page {
	t.Helper()
	b := f.browser.Clone()
	p := b.Send(b.Request(http.MethodPost, f.path, values))
	if f.auth {
		forgive(t, d.app(f))
	}
	return p
}

func (d *desk) app(f form) *apptest.App {
	switch {
	case f.path == "/setup":
		return d.setup
	case slices.ContainsFunc(d.away, func(g form) bool { return g.browser == f.browser }):
		return d.post
	}
	return d.App
}

// state is everything stored that a form could change, except what is counted and
// written down about tries.
func (d *desk) state(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, a := range []*apptest.App{d.App, d.setup, d.post} {
		db := open(t, a)
		for _, table := range []string{
			"users", "authenticators", "pending_authenticators", "recovery_codes", "recovery_sheets", "sessions", "pending_sign_ins",
			"links", "browsers", "requests", "notices", "settings", "setup_code", "mails", "looks", "kept_forms", "streams", "backups", "user_groups", "group_members",
			"applications", "application_hosts", "application_paths", "application_groups", "application_sessions",
		} {
			found, err := db.Query(`SELECT * FROM ` + table + ` ORDER BY 1, 2`)
			if err != nil {
				t.Fatal(err)
			}
			columns, err := found.Columns()
			if err != nil {
				t.Fatal(err)
			}
			for found.Next() {
				row := make([]any, len(columns))
				for i := range row {
					row[i] = new(any)
				}
				if err := found.Scan(row...); err != nil {
					t.Fatal(err)
				}
				for i, name := range columns {
					fmt.Fprintf(&all, "%s.%s=%v ", table, name, *row[i].(*any))
				}
				all.WriteByte('\n')
			}
			found.Close()
		}
	}
	return all.String()
}
