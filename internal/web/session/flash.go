package session

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
func (h *Holder) SetFlash(tx *store.Tx, m views.Flash) error {
	return h.storeFlash(tx, flash{m.Text, m.Kind, m.UndoAction, m.UndoLabel, m.Link, m.LinkNote, ""})
}

// SetOnce stores a one-time link that TakeOnce returns to the same session's
// next page.
func (h *Holder) SetOnce(tx *store.Tx, link string) error {
	return h.storeFlash(tx, flash{Once: link})
}

func (h *Holder) storeFlash(tx *store.Tx, f flash) error {
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return tx.SetFlash(h.Session.UserID, h.Session.ID, h.Seal(secret.PurposeFlash, text, h.Session.ID))
}

// TakeFlash returns the stored message and forgets it; nil for none. A message
// that cannot be read or forgotten is not worth an error page. It waits for a page that
// its reader asked for.
func (h *Holder) TakeFlash() *views.Flash {
	if !h.Meant() {
		return nil
	}
	f := h.openFlash()
	if f == nil || f.Text == "" {
		return nil
	}
	h.forgetFlash()
	return &views.Flash{Text: f.Text, Kind: f.Kind, UndoAction: f.UndoAction, UndoLabel: f.UndoLabel, Link: f.Link, LinkNote: f.LinkNote}
}

// TakeOnce returns the one-time link stored by SetOnce and forgets it; "" if
// there is none, or if it is not certain that its reader asked for this page: a HEAD, a
// prefetch or a foreign page must not use it up.
func (h *Holder) TakeOnce() string {
	if !h.Meant() {
		return ""
	}
	f := h.openFlash()
	if f == nil || f.Once == "" {
		return ""
	}
	h.forgetFlash()
	return f.Once
}

func (h *Holder) openFlash() *flash {
	if h.Session.Flash == "" {
		return nil
	}
	text, err := h.Open(secret.PurposeFlash, h.Session.Flash, h.Session.ID)
	if err != nil {
		h.Log.Error("opening a message", "id", h.RequestID, "error", err)
		return nil
	}
	f := new(flash)
	if err := json.Unmarshal(text, f); err != nil {
		h.Log.Error("reading a message", "id", h.RequestID, "error", err)
		return nil
	}
	return f
}

func (h *Holder) forgetFlash() {
	h.Session.Flash = ""
	if err := h.Record(func(tx *store.Tx) error { return tx.SetFlash(h.Session.UserID, h.Session.ID, "") }); err != nil {
		h.Log.Error("forgetting a message", "id", h.RequestID, "error", err)
	}
}
