package web

import (
	"latchkey/internal/instance"
	"latchkey/internal/mail"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/views"
)

// shownNotices is more than a user can have.
const shownNotices = 100

// Notices returns what the visitor has not been told yet. Somebody without notices,
// as nearly everybody nearly always, costs no query.
//
// A warning that is not one teaches people to read over warnings. So what was done in
// this very browser is left out here, and told in others; what is true no more is left
// out everywhere; and several of one kind are one.
func (v *Visitor) Notices() (views.Notices, error) {
	if v.User.Notices == 0 {
		return views.Notices{}, nil
	}
	browser, agent := v.BrowserHash(), v.UserAgent()
	return v.NoticesOf(v.User, func(n store.Notice) bool {
		return browser != "" && n.DoneBy == browser && n.UserAgent == agent
	})
}

// NoticesOf returns what a user has not been told yet, without those that skip names.
func (s *Site) NoticesOf(u user.User, skip func(store.Notice) bool) (views.Notices, error) {
	all, err := s.DB.Notices(u.ID, false, shownNotices)
	if err != nil {
		return views.Notices{}, err
	}
	lost, err := s.lostPhone(u, all)
	if err != nil {
		return views.Notices{}, err
	}
	var shown views.Notices
	for _, n := range all {
		if skip(n) || outdated(n, u, lost) {
			continue
		}
		if shown.Newest.IsZero() {
			shown.Newest = n.At
		}
		shown.All = merge(shown.All, Told(n))
	}
	return shown, nil
}

// merge adds a notice behind newer ones, or to the one of its kind.
func merge(all []views.Told, t views.Told) []views.Told {
	for i := range all {
		if all[i].Kind == t.Kind {
			all[i].More = append(all[i].More, t)
			return all
		}
	}
	return append(all, t)
}

// lostPhone is the request of a user that is open or approved, as far as a notice is
// about one; the zero one for none.
func (s *Site) lostPhone(u user.User, all []store.Notice) (q store.Request, err error) {
	for _, n := range all {
		switch mail.Kind(n.Kind) {
		case mail.LostPhoneAsked, mail.LostPhoneApproved:
			q, _, err = s.DB.LivingRequest(u.ID)
			return q, err
		}
	}
	return q, nil
}

// outdated reports whether what a notice says is true no more. Who reads it can sign in.
func outdated(n store.Notice, u user.User, lost store.Request) bool {
	switch mail.Kind(n.Kind) {
	case mail.Disabled, mail.Deleted:
		return true
	case mail.TwoStepReset: // "your authenticator apps no longer work"
		return u.Authenticators > 0
	case mail.AddressAsked: // "somebody asked to change": another notice tells that it was changed
		return u.EmailPending == ""
	case mail.LostPhoneAsked:
		return lost.ID == ""
	case mail.LostPhoneApproved:
		return lost.Status != store.RequestApproved
	}
	return false
}

// Told puts a notice into words.
func Told(n store.Notice) views.Told {
	from := n.IP
	if n.UserAgent != "" {
		from += ", " + instance.BrowserName(n.UserAgent)
	}
	return views.Told{ID: n.ID, Kind: n.Kind, Text: n.Text, At: n.At, From: from}
}
