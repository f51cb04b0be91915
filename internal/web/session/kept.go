package session

import (
	"time"

	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/web/forms"
)

// Somebody who is asked for a proof, or to sign in again, in the middle of a form gets the
// form back as it was. What was typed waits on the server, for this session and this
// page: sealed, for a quarter of an hour, without anything secret. It is shown in the
// form and never sent from here, so nothing is done before the person presses the button
// again. A form of another site does not get this far: its origin was refused before.

const (
	// keptFor is how long a form waits: longer than finding a phone takes.
	keptFor = 15 * time.Minute
	// maxKeptForm is how many bytes of a form are kept, as it was sent.
	maxKeptForm = forms.MaxLong
)

// KeepForm puts a form aside for a session of a user, sealed, and for the page of this
// path; waiting is false if it is too large, or the session is not there.
func (h *Holder) KeepForm(f forms.Kept, sessionID, userID, path string) (waiting bool, err error) {
	text := f.Encode()
	if len(text) > maxKeptForm || len(path) > 500 {
		return false, nil
	}
	err = h.Record(func(tx *store.Tx) (err error) {
		waiting, err = tx.KeepForm(store.KeptForm{
			SessionID: sessionID, Path: path, Kept: h.Now, Ends: h.Now.Add(keptFor),
			Sealed: h.Seal(secret.PurposeForm, []byte(text), userID, path),
		})
		return err
	})
	return waiting, err
}

// KeptAt is the form that waits for the page at this path; ok is false if there is none.
// One that cannot be read is not worth an error page.
func (h *Holder) KeptAt(path string) (f forms.Kept, ok bool) {
	row, ok, err := h.DB.KeptForm(h.Session.ID, path, h.Now)
	if err != nil || !ok {
		return f, false
	}
	text, err := h.Open(secret.PurposeForm, row.Sealed, h.User.ID, path)
	if err == nil {
		f, err = forms.DecodeKept(text)
	}
	if err != nil {
		h.Log.Error("opening a form that waits", "id", h.RequestID, "error", err)
		return f, false
	}
	return f, true
}

// DropKept forgets the form that waits for the page at this path, if any.
func (h *Holder) DropKept(path string) error {
	_, ok, err := h.DB.KeptForm(h.Session.ID, path, h.Now)
	if err == nil && ok {
		err = h.Record(func(tx *store.Tx) error { return tx.DropKeptForm(h.Session.ID, path) })
	}
	return err
}
