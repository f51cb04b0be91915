package security

import (
	"strings"

	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/web"
)

// replaces reports whether the enrolment replaces a lost phone: a pending sign-in
// of this stage comes from a link only then.
func replaces(v *web.Visitor) bool { return v.Session.ID == "" && v.Pending.LinkHash != "" }

// replaceLostPhone takes the old apps and the old recovery codes away, in the
// transaction in which the new app is confirmed: users are never without a second
// factor. The link of the request is used up by it; if the request was withdrawn
// meanwhile, nothing changes.
func replaceLostPhone(v *web.Visitor, tx *store.Tx, a store.Authenticator) error {
	if !replaces(v) {
		return nil
	}
	link, ok, err := tx.LinkByHash(v.Pending.LinkHash, store.PurposePhone, v.Now)
	if err != nil {
		return err
	}
	if !ok {
		return problem.New(problem.NotFound, "The link does not work any more.")
	}
	if taken, err := tx.TakeLink(link.TokenHash, store.PurposePhone, v.Now); err != nil || !taken {
		return orNotFound(err)
	}
	if used, err := tx.RequestUsed(link.Subject); err != nil || !used {
		return orNotFound(err)
	}
	gone, err := tx.RemoveOtherAuthenticators(v.User.ID, a.ID)
	if err != nil {
		return err
	}
	if err := tx.DropRecoveryCodes(v.User.ID); err != nil {
		return err
	}
	e := v.Audit(audit.RequestUsed, audit.ResultOK)
	e.Details = []audit.Detail{{Name: "authenticators", Before: strings.Join(gone, ", "), After: a.Label}}
	return tx.Audit(e)
}
