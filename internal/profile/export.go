package profile

import (
	"math"

	"latchkey/internal/access"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
)

// exportOf reads what the file begins with.
func exportOf(v *web.Visitor) (data, error) {
	d := data{Made: v.Now, Instance: v.Settings().InstanceName, Profile: profileOf(v.User)}
	for _, part := range []func(*web.Visitor, *data) error{addAuthenticators, addSessions, addBrowsers, addNotices, addRequests, addGroups, addNotes, addApplications, addOpened} {
		if err := part(v, &d); err != nil {
			return d, err
		}
	}
	return d, nil
}

func profileOf(u user.User) mine {
	return mine{
		ID: u.ID, Username: u.Username, Name: u.Name, Email: u.Email, EmailConfirmed: u.EmailConfirmed, EmailPending: u.EmailPending,
		Role: u.Role, Theme: themeWords(u.Theme), TimeZone: u.TimeZone, Created: u.Created, LastSignIn: u.LastSignIn, PasswordChanged: u.PasswordChanged, LockedUntil: u.LockedUntil,
		RecoveryCodes: u.CodesLeft, RecoveryCodeUsed: u.CodesTried,
	}
}

func addAuthenticators(v *web.Visitor, d *data) error {
	all, err := v.DB.Authenticators(v.User.ID)
	d.Authenticators = listed(all, func(a store.Authenticator) authenticator {
		return authenticator{Label: a.Label, Added: a.Created, LastUsed: a.LastUsed, Drift: a.Drift.Seconds()}
	})
	return err
}

func addSessions(v *web.Visitor, d *data) error {
	all, err := v.DB.Sessions(v.User.ID, v.Now)
	d.Sessions = listed(all, func(s store.Session) session {
		return session{SignedIn: s.Created, LastActive: s.LastSeen, Ends: s.Ends, IP: s.IP, Browser: s.UserAgent, Current: s.ID == v.Session.ID}
	})
	return err
}

func addBrowsers(v *web.Visitor, d *data) error {
	all, err := v.DB.KnownBrowsers(v.User.ID, v.Now)
	d.Browsers = listed(all, func(b store.Browser) browser {
		return browser{Known: b.Created, LastUsed: b.LastUsed, Ends: b.Ends, RememberedUntil: b.RememberedUntil, IP: b.IP, Browser: b.UserAgent}
	})
	return err
}

func addNotices(v *web.Visitor, d *data) error {
	all, err := v.DB.Notices(v.User.ID, true, math.MaxInt32)
	d.Notices = listed(all, func(n store.Notice) notice {
		return notice{At: n.At, Text: n.Text, IP: n.IP, Browser: n.UserAgent, Seen: n.Seen}
	})
	return err
}

func addRequests(v *web.Visitor, d *data) error {
	all, err := v.DB.RequestsOf(v.User.ID)
	d.Requests = listed(all, func(q store.Request) request {
		return request{
			Made: q.Made, Status: q.Status, Message: q.Message, Contact: q.Contact, IP: q.IP, Browser: q.Browser, Decided: q.Decided, Reason: q.Reason,
		}
	})
	return err
}

// addGroups adds the groups that the visitor is in, without who put them there.
func addGroups(v *web.Visitor, d *data) error {
	all, err := v.DB.GroupsOf(v.User.ID)
	d.Groups = listed(all, func(m store.Membership) group { return group{Name: m.Group, Label: m.Label, Since: m.Since} })
	return err
}

// addNotes adds what administrators wrote down: it is about the visitor and so the
// visitor's data. Who wrote it is not said.
func addNotes(v *web.Visitor, d *data) error {
	all, err := v.DB.Notes(v.User.ID)
	d.Notes = listed(all, func(n store.Note) note { return note{Made: n.Made, Text: n.Text} })
	return err
}

// addApplications adds what the visitor may open. One that is disabled nobody may.
func addApplications(v *web.Visitor, d *data) error {
	all, err := access.OpenTo(v.Context(), v.DB.Reader, v.User, math.MaxInt32)
	d.Applications = []application{}
	for _, a := range all.First {
		if !a.Disabled {
			d.Applications = append(d.Applications, application{Slug: a.Slug, Name: a.Name, Why: a.Why})
		}
	}
	return err
}

// addOpened adds the applications that are open in the visitor's browsers.
func addOpened(v *web.Visitor, d *data) error {
	all, err := v.DB.OpenBy(v.Context(), v.User.ID, v.Now)
	d.Opened = listed(all, func(o store.OpenNow) opened {
		return opened{Slug: o.Slug, Host: o.Host, Since: o.Opened, Browser: o.UserAgent}
	})
	return err
}

// listed is never nil, so that an empty list is written as one.
func listed[A, B any](all []A, shown func(A) B) []B {
	list := make([]B, len(all))
	for i, one := range all {
		list[i] = shown(one)
	}
	return list
}
