package security

import (
	"latchkey/internal/auth"
	"latchkey/internal/store"
	"latchkey/internal/web"
)

// enter ends what was issued before and leaves the visitor with a session: a
// renewed one, or a new one in place of the pending sign-in. The code just shown is
// its second factor.
func enter(v *web.Visitor, tx *store.Tx) (web.Tokens, error) {
	if v.Session.ID != "" {
		proofs := v.Session.Proofs
		proofs.Second, proofs.SecondKind = v.Now, auth.SecondCode
		return renewAlone(v, tx, proofs)
	}
	if _, err := v.TakePending(tx); err != nil {
		return web.Tokens{}, err
	}
	if err := endOthers(v, tx, ""); err != nil {
		return web.Tokens{}, err
	}
	u, err := tx.User(v.User.ID)
	if err != nil {
		return web.Tokens{}, err
	}
	return v.StartSession(tx, u, auth.Proofs{Password: v.Pending.PasswordAt, Second: v.Now, SecondKind: auth.SecondCode})
}

// renewAlone raises the credential version and renews this session; every other
// one, and all else that was issued before, is gone.
func renewAlone(v *web.Visitor, tx *store.Tx, p auth.Proofs) (web.Tokens, error) {
	if err := endOthers(v, tx, v.Session.ID); err != nil {
		return web.Tokens{}, err
	}
	u, err := tx.User(v.User.ID)
	if err != nil {
		return web.Tokens{}, err
	}
	return v.RenewSession(tx, u.CredVersion, p)
}

// endOthers raises the credential version and ends all that was issued under the
// old one, except the session keepID.
func endOthers(v *web.Visitor, tx *store.Tx, keepID string) error {
	if _, err := tx.RaiseCredVersion(v.User.ID); err != nil {
		return err
	}
	if _, err := tx.EndSessions(v.User.ID, keepID); err != nil {
		return err
	}
	if err := tx.SetPendingEmail(v.User.ID, ""); err != nil {
		return err // its link is over, too
	}
	for _, end := range []func(string) error{tx.DropPending, tx.DropLinks, tx.DropBrowsers} {
		if err := end(v.User.ID); err != nil {
			return err
		}
	}
	return nil
}
