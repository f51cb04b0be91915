package present

import (
	"latchkey/internal/instance"
	"latchkey/internal/mail"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/views"
)

// shownNotices is more than a user can have.
const shownNotices = 100

// Notices returns what a user has not been told yet, without those that skip names. What
// is true no more is left out, and several of one kind are one.
func Notices(db *store.DB, u user.User, skip func(store.Notice) bool) (views.Notices, error) {
	all, err := db.Notices(u.ID, false, shownNotices)
	if err != nil {
		return views.Notices{}, err
	}
	lost, err := lostPhone(db, u, all)
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
		shown.All = group(shown.All, Notice(n))
	}
	return shown, nil
}

// group adds a notice behind newer ones, or to the one of its kind.
func group(all []views.Notice, one views.Notice) []views.Notice {
	for i := range all {
		if all[i].Kind == one.Kind {
			all[i].More = append(all[i].More, one)
			return all
		}
	}
	return append(all, one)
}

// lostPhone is the request of a user that is open or approved, as far as a notice is
// about one; the zero one for none.
func lostPhone(db *store.DB, u user.User, all []store.Notice) (q store.Request, err error) {
	for _, n := range all {
		switch mail.Kind(n.Kind) {
		case mail.LostPhoneAsked, mail.LostPhoneApproved:
			q, _, err = db.LivingRequest(u.ID)
			return q, err
		}
	}
	return q, nil
}

// outdated reports whether what a notice says is no longer true. Whoever reads a
// notice has signed in, so one about being unable to is outdated.
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

// Notice puts a notice into words.
func Notice(n store.Notice) views.Notice {
	from := n.IP
	if n.UserAgent != "" {
		from += ", " + instance.BrowserName(n.UserAgent)
	}
	return views.Notice{ID: n.ID, Kind: n.Kind, Text: n.Text, At: n.At, From: from}
}
