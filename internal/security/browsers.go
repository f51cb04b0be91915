package security

import (
	"latchkey/internal/audit"
	"latchkey/internal/instance"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/views"
)

// browsers are those that skip the code as u. None does once the setting is off or u is an administrator, whatever its row says.
func browsers(v *web.Visitor, u user.User) ([]views.Browser, error) {
	if v.RememberDays(u.Role) == 0 {
		return nil, nil
	}
	all, err := v.DB.RememberedBrowsers(u.ID, v.Now)
	shown := make([]views.Browser, len(all))
	for i, b := range all {
		shown[i] = views.Browser{ID: b.ID, Name: instance.BrowserName(b.UserAgent), IP: b.IP, LastUsed: b.LastUsed, Ends: b.RememberedUntil}
	}
	return shown, err
}

// mayForget returns nil if this session may make remembered browsers forget. It needs
// no new proof, for the reasons that ending a session needs none, unless such a browser
// is all that it rests on: it may be a copy, and forgetting is what would keep the
// owner from hearing of it.
func mayForget(v *web.Visitor) error {
	if v.Session.Proofs.Remembered && v.Session.Proofs.Second.IsZero() {
		return v.NeedFresh()
	}
	return nil
}

// submitForget makes one of the visitor's browsers ask for the code again. Sessions
// that began without one end, here and elsewhere: which of them the browser began is
// not known. A browser of another user does not exist here.
func submitForget(v *web.Visitor) error {
	if _, err := v.Form(); err != nil {
		return err
	}
	if err := mayForget(v); err != nil {
		return err
	}
	err := v.Tx(func(tx *store.Tx) error {
		done, err := tx.ForgetRemembered(v.User.ID, v.Param("id"), v.Now)
		if err != nil {
			return err
		}
		if !done {
			return problem.New(problem.NotFound, "")
		}
		e := v.Audit(audit.ProfileChanged, audit.ResultOK)
		e.Details = []audit.Detail{{Name: "remembered browsers", Before: "1", After: "0"}}
		if err := tx.Audit(e); err != nil {
			return err
		}
		return v.SetFlash(tx, views.Flash{Kind: "good", Text: "That browser has been forgotten. It asks for a code at the next sign-in, and so does every browser that signed in without one."})
	})
	if err != nil {
		return err
	}
	return v.Redirect("/security")
}
