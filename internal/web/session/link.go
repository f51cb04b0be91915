package session

import (
	"latchkey/internal/auth"
	"latchkey/internal/store"
)

// Follow begins a pending sign-in by the link, in the place of another one.
func (h *Holder) Follow(link store.Link, stage auth.Step) error {
	var token string
	err := h.Tx(func(tx *store.Tx) error {
		u, err := tx.User(link.UserID)
		if err != nil {
			return err
		}
		token, err = h.StartPending(tx, store.Pending{UserID: u.ID, CredVersion: u.CredVersion, Stage: stage, LinkHash: link.TokenHash})
		return err
	})
	if err != nil {
		return err
	}
	h.MarkBrowser()
	h.SendPending(token)
	return nil
}

// UnderWay returns the page on which the visitor's pending sign-in goes on; "" if there
// is none, or if it came from a link that is over.
func (h *Holder) UnderWay() (path string, err error) {
	ok, err := h.LoadPending()
	if err != nil || !ok {
		return "", err
	}
	if h.Pending.LinkHash == "" {
		return h.Pending.Stage.Path(), nil
	}
	e, err := h.DB.LinkStateOf(h.Pending.LinkHash, h.Now)
	if err != nil || e.State != store.LinkLiving {
		return "", err
	}
	if h.Pending.Stage == auth.StepLink {
		return pageOfLink[e.Purpose], nil
	}
	return h.Pending.Stage.Path(), nil
}

// pageOfLink are the pages of links that ask before anything happens.
var pageOfLink = map[store.Purpose]string{
	store.PurposeEmail: "/email", store.PurposePhone: "/lost-phone/new", store.PurposeNotMe: "/not-me", store.PurposeCancel: "/lost-phone/cancel",
}

// LivingLink is the link with this hash that still works and is of one of these kinds.
func (h *Holder) LivingLink(hash string, purposes []store.Purpose) (l store.Link, ok bool, err error) {
	for _, p := range purposes {
		if l, ok, err = h.DB.LinkByHash(hash, p, h.Now); ok || err != nil {
			return l, ok, err
		}
	}
	return store.Link{}, false, nil
}
