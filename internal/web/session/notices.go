package session

import (
	"latchkey/internal/audit"
	"latchkey/internal/mail"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web/present"
	"latchkey/views"
)

// Notify is Instance.Notify that knows in which browser the visitor did it: this one is not
// warned of it.
func (h *Holder) Notify(tx *store.Tx, u user.User, k mail.Kind, e audit.Entry, f mail.Facts) error {
	return h.NotifyAt(tx, u, h.AddressOf(u), k, e, f)
}

// NotifyAt is Notify with another address.
func (h *Holder) NotifyAt(tx *store.Tx, u user.User, address string, k mail.Kind, e audit.Entry, f mail.Facts) error {
	doneBy := ""
	if k.OwnAct() && e.ActorID == u.ID {
		doneBy = h.thisBrowser()
	}
	return h.NotifyDoneBy(tx, u, address, k, e, f, doneBy)
}

// Notices returns what the visitor has not been told yet. Somebody without notices, or with those alone of what they
// did in this browser, as nearly everybody nearly always, costs no query.
//
// A warning that is not one teaches people to read over warnings. So what was done in
// this very browser is left out here, and told in others; what is true no more is left
// out everywhere; and several of one kind are one.
func (h *Holder) Notices() (views.Notices, error) {
	if h.User.Notices == 0 {
		return views.Notices{}, nil
	}
	browser, agent := h.BrowserHash(), h.UserAgent()
	if browser != "" && h.Session.UnseenOf == browser+" "+agent {
		return views.Notices{}, nil
	}
	return present.Notices(h.DB, h.User, func(n store.Notice) bool {
		return browser != "" && n.DoneBy == browser && n.UserAgent == agent
	})
}
