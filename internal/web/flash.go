package web

import (
	"encoding/json"

	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/views"
)

// flash is the message that the next page shows once. It is sealed in the
// session's row, since it may hold a one-time link that is shown to an
// administrator.
type flash struct {
	Text, Kind, UndoAction, UndoLabel, Link, LinkNote string
	// Once is a one-time link for the page that shows such links.
	Once string
}

// SetFlash stores a message for the session's next page, in the transaction of
// what it tells.
func (v *Visitor) SetFlash(tx *store.Tx, m views.Flash) error {
	return v.storeFlash(tx, flash{m.Text, m.Kind, m.UndoAction, m.UndoLabel, m.Link, m.LinkNote, ""})
}

// SetOnce stores a one-time link that TakeOnce returns to the same session's
// next page.
func (v *Visitor) SetOnce(tx *store.Tx, link string) error {
	return v.storeFlash(tx, flash{Once: link})
}

func (v *Visitor) storeFlash(tx *store.Tx, f flash) error {
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return tx.SetFlash(v.Session.ID, v.Seal(secret.PurposeFlash, text, v.Session.ID))
}

// takeFlash returns the stored message and forgets it; nil for none. A message
// that cannot be read or forgotten is not worth an error page. It waits for a page that
// its reader asked for.
func (v *Visitor) takeFlash() *views.Flash {
	if !v.Meant() {
		return nil
	}
	f := v.openFlash()
	if f == nil || f.Text == "" {
		return nil
	}
	v.forgetFlash()
	return &views.Flash{Text: f.Text, Kind: f.Kind, UndoAction: f.UndoAction, UndoLabel: f.UndoLabel, Link: f.Link, LinkNote: f.LinkNote}
}

// TakeOnce returns the one-time link stored by SetOnce and forgets it; "" if
// there is none, or if it is not certain that its reader asked for this page: a HEAD, a
// prefetch or a foreign page must not use it up.
func (v *Visitor) TakeOnce() string {
	if !v.Meant() {
		return ""
	}
	f := v.openFlash()
	if f == nil || f.Once == "" {
		return ""
	}
	v.forgetFlash()
	return f.Once
}

func (v *Visitor) openFlash() *flash {
	if v.Session.Flash == "" {
		return nil
	}
	text, err := v.Open(secret.PurposeFlash, v.Session.Flash, v.Session.ID)
	if err != nil {
		v.Log.Error("opening a message", "id", v.RequestID, "error", err)
		return nil
	}
	f := new(flash)
	if err := json.Unmarshal(text, f); err != nil {
		v.Log.Error("reading a message", "id", v.RequestID, "error", err)
		return nil
	}
	return f
}

func (v *Visitor) forgetFlash() {
	v.Session.Flash = ""
	if err := v.Record(func(tx *store.Tx) error { return tx.SetFlash(v.Session.ID, "") }); err != nil {
		v.Log.Error("forgetting a message", "id", v.RequestID, "error", err)
	}
}
