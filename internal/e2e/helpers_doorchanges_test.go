package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"latchkey/internal/access"
	"latchkey/internal/audit"
	"latchkey/internal/store"
)

// changes: what is changed about somebody counts at the next request.
func (d *door) changes() {
	d.t.Helper()
	for what, change := range map[string][2][]string{
		"no longer in the group": {{"group", "remove-user", "staff", bob}, {"group", "add-user", "staff", bob}},
		"disabled":               {{"user", "disable", bob}, {"user", "enable", bob}},
		"signed out":             {{"user", "sign-out", bob}, nil},
	} {
		cookie, _, _, text := d.enters(d.signsIn(bob), "wiki.example", "/")
		if r := d.asks("wiki.example", "/before", cookie); r.status != http.StatusOK {
			d.t.Fatalf("%s: before it is answered %d: %s", what, r.status, text)
		}
		d.command(change[0]...)
		var r reply
		got := d.wiki.since(func() { r = d.asks("wiki.example", "/after", cookie) })
		if len(got) > 0 || !r.denied() {
			d.t.Errorf("%s: answered %d, and %d requests reached the application", what, r.status, len(got))
		}
		if what == "no longer in the group" && (r.status != http.StatusForbidden || !strings.Contains(r.body, "bob") || !strings.Contains(r.body, "</html>")) {
			d.t.Errorf("%s: answered %d by %s", what, r.status, r.body)
		}
		if len(change[1]) > 0 {
			d.command(change[1]...)
		}
	}
	cookie, _, _, _ := d.enters(d.signsIn(bob), "wiki.example", "/")
	d.stored(func(tx *store.Tx) error {
		a, err := tx.Application("wiki")
		if err != nil {
			return err
		}
		_, err = tx.SetApplicationDisabled("wiki", true, a.Version, time.Now())
		return err
	})
	if r := d.asks("wiki.example", "/disabled", cookie); !r.denied() {
		d.t.Errorf("a disabled application answers %d", r.status)
	}
}

// nobodyAnswers: without Latchkey nobody is let in.
func (d *door) nobodyAnswers(cookie string) {
	d.t.Helper()
	d.server.stop()
	for _, c := range []string{"", cookie} {
		got := d.wiki.since(func() {
			if r := d.asks("wiki.example", "/page", c); r.status != 0 && r.status < 500 {
				d.t.Errorf("without Latchkey: answered %d", r.status)
			}
		})
		if len(got) > 0 {
			d.t.Error("without Latchkey the wiki was reached")
		}
	}
}

// manyGroups: the names of as many groups as somebody can be in, as long as they can be, get
// through the proxy. Then everything is as before.
func (d *door) manyGroups() {
	d.t.Helper()
	cookie, _, _, _ := d.enters(d.signsIn(bob), "wiki.example", "/")
	by := audit.Entry{At: time.Now(), Result: audit.ResultOK, ActorName: "test"}
	var more []string
	everyone := func(tx *store.Tx, is bool) error {
		a, err := tx.Application("wiki")
		if err == nil {
			a.Everyone = is
			err = access.EditApplication(tx, by, a, a.Version)
		}
		return err
	}
	d.stored(func(tx *store.Tx) error {
		u, err := tx.UserByName(bob)
		if err != nil {
			return err
		}
		before, err := tx.GroupsOf(u.ID)
		more = nil
		for i := range access.MaxGroupsOf - len(before) {
			name := fmt.Sprintf("%040d", i)
			more = append(more, name)
			err = errors.Join(err, access.AddGroup(tx, by, name, ""), access.Join(tx, by, name, u))
		}
		return errors.Join(err, everyone(tx, true))
	})
	got := d.wiki.since(func() {
		if r := d.asks("wiki.example", "/many", cookie); r.status != http.StatusOK {
			d.t.Errorf("somebody in %d groups is answered %d: %s", access.MaxGroupsOf, r.status, r.body)
		}
	})
	if len(got) != 1 || len(strings.Split(strings.Join(got[0].identityOf("Remote-Groups"), ","), ",")) != access.MaxGroupsOf {
		d.t.Errorf("the application is told %v", got)
	}
	d.stored(func(tx *store.Tx) (err error) {
		for _, name := range more {
			g, groupErr := tx.Group(name)
			err = errors.Join(err, groupErr, access.DeleteGroup(tx, by, name, g.Version))
		}
		return errors.Join(err, everyone(tx, false))
	})
}
