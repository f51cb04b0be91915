package security

import (
	"latchkey/internal/audit"
	"latchkey/internal/ending"
	"latchkey/internal/mail"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/internal/web/session"
	"latchkey/views"
)

// mine returns the visitor's own authenticator of the route; another's does not
// exist (AC-04).
func mine(v *web.Visitor) (a store.Authenticator, last bool, err error) {
	all, err := v.DB.Authenticators(v.User.ID)
	if err != nil {
		return a, false, err
	}
	for _, a := range all {
		if a.ID == v.Param("id") {
			return a, len(all) == 1, nil
		}
	}
	return a, false, problem.New(problem.NotFound, "")
}

func showRename(v *web.Visitor) error {
	a, _, err := mine(v)
	if err != nil {
		return err
	}
	label := v.Filled(forms.Form{"label": a.Label}, "Rename")["label"]
	return v.Render(views.RenameAuthenticator{Frame: v.Frame(nil), ID: a.ID, Old: a.Label, Label: label})
}

func submitRename(v *web.Visitor) error {
	form, err := v.Form("label")
	if err != nil {
		return err
	}
	a, _, err := mine(v)
	if err != nil {
		return err
	}
	label, err := user.CheckLabel(form["label"])
	if err != nil {
		return v.Reject(err, views.RenameAuthenticator{Frame: v.Frame(err), ID: a.ID, Old: a.Label, Label: form["label"]})
	}
	err = v.Tx(func(tx *store.Tx) error {
		if done, err := tx.RenameAuthenticator(v.User.ID, a.ID, label); err != nil || !done {
			return orNotFound(err)
		}
		e := v.Audit(audit.ProfileChanged, audit.ResultOK)
		e.Details = []audit.Detail{{Name: "authenticator", Before: a.Label, After: label}}
		if err := tx.Audit(e); err != nil {
			return err
		}
		return v.SetFlash(tx, views.Flash{Kind: "good", Text: "The app is called " + label + " now."})
	})
	if err != nil {
		return err
	}
	return v.Redirect("/security")
}

func orNotFound(err error) error {
	if err != nil {
		return err
	}
	return problem.New(problem.NotFound, "")
}

const lastRefused = "This is your only authenticator app, and two-step verification is required here. Set up another app first."

func showRemove(v *web.Visitor) error {
	a, last, err := mine(v)
	if err != nil {
		return err
	}
	page := views.RemoveAuthenticator{Frame: v.Frame(nil), ID: a.ID, Label: a.Label, Last: last}
	if last && demanded(v, v.User) {
		page.Refused = lastRefused
	}
	return v.Render(page)
}

// submitRemove removes an authenticator and ends everything that was issued
// before, in one transaction. With the last one go the recovery codes: they stand
// in for an app that is no longer there (OT-10).
func submitRemove(v *web.Visitor) error {
	if _, err := v.Form(); err != nil {
		return err
	}
	a, last, err := mine(v)
	if err != nil {
		return err
	}
	var tokens session.Tokens
	err = v.Tx(func(tx *store.Tx) error {
		demands, err := demandedNow(v, tx)
		if err != nil {
			return err
		}
		done, err := tx.RemoveAuthenticator(v.User.ID, a.ID, demands)
		if err != nil {
			return err
		}
		if !done {
			return problem.New(problem.Conflict, lastRefused)
		}
		tokens, err = afterRemove(v, tx, a, last)
		return err
	})
	if err != nil {
		return v.Reject(err, views.RemoveAuthenticator{
			Frame: v.Frame(err), ID: a.ID, Label: a.Label, Last: last, Refused: lastRefused,
		})
	}
	v.SendTokens(tokens)
	return v.Redirect("/security")
}

// demandedNow is demanded by the policy as it stands inside the transaction: taken
// from memory, it could be the one from before a change that commits at this moment.
func demandedNow(v *web.Visitor, tx *store.Tx) (bool, error) {
	settings, err := tx.Settings()
	return settings.TwoStep.Demands(v.User.Role), err
}

func afterRemove(v *web.Visitor, tx *store.Tx, a store.Authenticator, last bool) (session.Tokens, error) {
	if last {
		if err := tx.DropRecoveryCodes(v.User.ID); err != nil {
			return session.Tokens{}, err
		}
	}
	tokens, err := renewAlone(v, tx, v.Session.Proofs, ending.CauseOwnAppRemoved)
	if err != nil {
		return tokens, err
	}
	e := v.Audit(audit.AuthenticatorRemoved, audit.ResultOK)
	e.Details = []audit.Detail{{Name: "label", Before: a.Label}}
	if err := tx.Audit(e); err != nil {
		return tokens, err
	}
	if err := noLongerSo(v, tx, mail.TwoStepOn, a.Label); err != nil {
		return tokens, err
	}
	if err := v.Notify(tx, v.User, mail.TwoStepAppRemoved, e, mail.Facts{Detail: a.Label}); err != nil {
		return tokens, err
	}
	return tokens, v.SetFlash(tx, views.Flash{Kind: "good", Text: "Authenticator app " + a.Label + " has been removed."})
}

// noLongerSo puts away what the visitor was told of an app of this name: that one was
// removed, once one of the name is there again, or that one was added, once it is gone. The
// notice that comes in its place tells of the app as well.
func noLongerSo(v *web.Visitor, tx *store.Tx, k mail.Kind, label string) error {
	text := v.Compose(k, mail.Facts{Username: v.User.Username, Detail: label}).Lead
	return tx.SeeNoticesThatSay(v.User.ID, string(k), text, v.Now)
}
