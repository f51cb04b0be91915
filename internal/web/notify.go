package web

import (
	"latchkey/internal/audit"
	"latchkey/internal/mail"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// Notify is Instance.Notify that knows in which browser the visitor did it: this one is not
// warned of it.
func (v *Visitor) Notify(tx *store.Tx, u user.User, k mail.Kind, e audit.Entry, f mail.Facts) error {
	return v.NotifyAt(tx, u, v.AddressOf(u), k, e, f)
}

// NotifyAt is Notify with another address.
func (v *Visitor) NotifyAt(tx *store.Tx, u user.User, address string, k mail.Kind, e audit.Entry, f mail.Facts) error {
	doneBy := ""
	if k.OwnAct() && e.ActorID == u.ID {
		doneBy = v.thisBrowser()
	}
	return v.NotifyDoneBy(tx, u, address, k, e, f, doneBy)
}
