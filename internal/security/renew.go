package security

import (
	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/ending"
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/internal/web/session"
)

// enter ends what was issued before and leaves the visitor with a session: a
// renewed one, or a new one in place of the pending sign-in. The code just shown is
// its second factor.
func enter(v *web.Visitor, tx *store.Tx) (session.Tokens, error) {
	if v.Session.ID != "" {
		proofs := v.Session.Proofs
		proofs.Second, proofs.SecondKind = v.Now, auth.SecondCode
		return renewAlone(v, tx, proofs, ending.CauseOwnAppAdded)
	}
	cause := ending.CauseOwnAppAdded
	if replaces(v) {
		cause = ending.CauseNewPhone
	}
	if _, err := v.TakePending(tx); err != nil {
		return session.Tokens{}, err
	}
	if err := endOthers(v, tx, "", cause); err != nil {
		return session.Tokens{}, err
	}
	u, err := tx.User(v.User.ID)
	if err != nil {
		return session.Tokens{}, err
	}
	return v.StartSession(tx, u, auth.Proofs{Password: v.Pending.PasswordAt, Second: v.Now, SecondKind: auth.SecondCode})
}

// renewAlone raises the credential version and renews this session; what the cause
// ends of all else that was issued before is gone.
func renewAlone(v *web.Visitor, tx *store.Tx, p auth.Proofs, cause ending.Cause) (session.Tokens, error) {
	if err := endOthers(v, tx, v.Session.ID, cause); err != nil {
		return session.Tokens{}, err
	}
	u, err := tx.User(v.User.ID)
	if err != nil {
		return session.Tokens{}, err
	}
	return v.RenewSession(tx, u.CredVersion, p)
}

// endOthers raises the credential version and ends what was issued under the old one,
// except the session keepID.
func endOthers(v *web.Visitor, tx *store.Tx, keepID string, cause ending.Cause) error {
	if _, err := tx.RaiseCredVersion(v.User.ID); err != nil {
		return err
	}
	e := v.Audit("", audit.ResultOK)
	e.Details = []audit.Detail{{Name: "reason", After: string(cause)}}
	_, err := v.Revoke(tx, cause, e, keepID)
	return err
}
