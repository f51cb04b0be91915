package web

import (
	"latchkey/internal/store"
	"latchkey/views"
)

// shownNotices is more than a user can have.
const shownNotices = 100

// Notices returns what the visitor has not been told yet. Somebody without notices,
// as nearly everybody nearly always, costs no query.
func (v *Visitor) Notices() (views.Notices, error) {
	if v.User.Notices == 0 {
		return views.Notices{}, nil
	}
	all, err := v.DB.Notices(v.User.ID, false, shownNotices)
	if err != nil || len(all) == 0 {
		return views.Notices{}, err
	}
	shown := make([]views.Told, len(all))
	for i, n := range all {
		shown[i] = Told(n)
	}
	return views.Notices{All: shown, Newest: all[0].At}, nil
}

// Told puts a notice into words.
func Told(n store.Notice) views.Told {
	from := n.IP
	if browser := browserOf(n.UserAgent); browser != "" {
		from += ", " + browser
	}
	return views.Told{ID: n.ID, Text: n.Text, At: n.At, From: from}
}
