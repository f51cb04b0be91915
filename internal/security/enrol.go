package security

import (
	"cmp"
	"errors"
	"time"

	"github.com/a-h/templ"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/factor"
	"latchkey/internal/instance"
	"latchkey/internal/mail"
	"latchkey/internal/problem"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/follow"
	"latchkey/internal/web/forms"
	"latchkey/internal/web/proof"
	"latchkey/internal/web/session"
	"latchkey/views"
)

const (
	// enrolFor is how long a secret waits for its first code.
	enrolFor = 15 * time.Minute
	// maxAuthenticators is how many one user may have, 10. A guessed code is tried on all of them, so
	// that each makes a guess more likely to be right.
	//
	//limit:people Authenticator apps of one user
	maxAuthenticators = 10
)

// showEnrol shows the key of a new authenticator. Reloading shows the same one,
// so that nobody has to scan again after a mistake; the key lives on the server
// only and is never shown again once it is confirmed (OT-06).
func showEnrol(v *web.Visitor) error {
	if v.User.Authenticators >= maxAuthenticators && !replaces(v) {
		return problem.New(problem.Conflict, "You have ten authenticator apps. Remove one first.")
	}
	if v.Session.ID != "" {
		// Somebody who goes back from codes that are not saved yet gets those again, and
		// not the key of one more app.
		if _, unsaved, err := proof.NewCodesOf(&v.Holder); err != nil {
			return err
		} else if unsaved {
			return v.Redirect("/security/recovery-codes")
		}
	}
	p, begun, err := begunHere(v)
	if err != nil {
		return err
	}
	if !begun && !v.Meant() {
		return v.Onward() // nothing begins in the place of another enrolment because a foreign page says so
	}
	if !begun {
		if p, err = begin(v); err != nil {
			return err
		}
	}
	label, err := freeLabel(v)
	if err != nil {
		return err
	}
	form := forms.Form{"label": v.Filled(forms.Form{"label": label}, "Turn on")["label"], "next": v.Query("next")}
	page, err := enrolPage(v, p, form, nil)
	if err != nil {
		return err
	}
	return v.Render(page)
}

// begunHere returns the enrolment that this visitor began; ok is false if there is none.
func begunHere(v *web.Visitor) (p store.PendingAuthenticator, ok bool, err error) {
	p, ok, err = v.DB.PendingAuthenticator(v.User.ID, v.Now)
	return p, ok && p.Owner == place(v), err
}

// begin begins an enrolment in place of any other.
func begin(v *web.Visitor) (store.PendingAuthenticator, error) {
	p := store.PendingAuthenticator{ID: secret.ID(), UserID: v.User.ID, Owner: place(v), Ends: v.Now.Add(enrolFor)}
	p.Sealed = v.SealTOTP(factor.NewSecret(), v.User.ID, p.ID)
	return p, v.Tx(func(tx *store.Tx) error { return tx.SetPendingAuthenticator(p) })
}

func enrolPage(v *web.Visitor, p store.PendingAuthenticator, form forms.Form, problem error) (templ.Component, error) {
	key, err := v.OpenTOTP(p.Sealed, p.UserID, p.ID)
	if err != nil {
		return nil, err
	}
	uri := factor.URI(v.Settings().InstanceName, v.User.Username, key)
	size, path, err := factor.QR(uri)
	if err != nil {
		return nil, err
	}
	return views.EnrolAuthenticator{
		Frame: v.Frame(problem), Steps: enrolSteps(v), Forced: forced(v), Enrollment: p.ID, Label: form["label"],
		Next: session.SafeNext(form["next"]), URI: uri, Key: factor.EncodeSecret(key), QRSize: size, QRPath: path,
	}, nil
}

// forced reports whether the visitor can do nothing else first.
func forced(v *web.Visitor) bool {
	return v.Session.ID == "" || v.NextStep() == auth.StepEnrol
}

func submitEnrol(v *web.Visitor) error {
	form, err := v.Form("enrollment", "label", "code", "next")
	if err != nil {
		return err
	}
	p, ok, err := v.DB.PendingAuthenticator(v.User.ID, v.Now)
	if err != nil {
		return err
	}
	if !ok || p.ID != form["enrollment"] || p.Owner != place(v) {
		// Somebody began again elsewhere, or the time is over: what this form
		// confirms is not what is on the server (OT-08).
		return v.Redirect(auth.StepEnrol.Path())
	}
	path, err := confirm(v, p, form)
	if err == nil {
		return v.Redirect(path)
	}
	if problem.Is(err, problem.Conflict) {
		// The key is an authenticator's by now and must not be shown again (OT-06).
		return v.Redirect("/security")
	}
	if problem.Is(err, problem.NotFound) {
		return follow.Expired(v) // the request for a lost phone was withdrawn
	}
	page, pageErr := enrolPage(v, p, form, err)
	if pageErr != nil {
		return pageErr
	}
	return v.Reject(err, page)
}

// confirm makes the enrolment an authenticator if the code fits. It returns
// where to go.
func confirm(v *web.Visitor, p store.PendingAuthenticator, form forms.Form) (path string, err error) {
	label, labelErr := user.CheckLabel(form["label"])
	code, codeErr := proof.ReadCode(form["code"])
	if err := errors.Join(labelErr, codeErr); err != nil {
		return "", err
	}
	try, err := countTry(v, auth.BucketCode, audit.ReasonAddingApp)
	if err != nil {
		return "", err
	}
	key, err := v.OpenTOTP(p.Sealed, p.UserID, p.ID)
	if err != nil {
		return "", err
	}
	step, fits := factor.MatchingStep(key, code, v.Now)
	if !fits {
		return "", failed(v, try, audit.AuthenticatorAdded, audit.ReasonAddingApp, wrongFirstCode(v, key, code))
	}
	a := store.Authenticator{
		ID: p.ID, UserID: v.User.ID, Label: label, Sealed: p.Sealed, LastStep: step, Created: v.Now, LastUsed: v.Now,
	}
	path, err = enrol(v, try, a)
	return onFrom(path, cmp.Or(v.Pending.Next, session.SafeNext(form["next"]))), err
}

// wrongFirstCode says why the code of an enrolment is not right. The key is the
// visitor's own and not in use yet, so a wrong clock may be told.
func wrongFirstCode(v *web.Visitor, key []byte, code string) error {
	if drift, found := factor.DriftOf(key, code, v.Now); found {
		return problem.Field("code", "Your phone's clock is "+factor.DriftWords(drift)+
			". Switch on “set automatically” for date and time in the phone's settings, then enter the next code.")
	}
	return problem.Field("code", problem.As(proof.WrongCode(&v.Holder)).Message+" Scan the code again if you set up the app some time ago.")
}

// enrol stores the authenticator in one transaction with everything that follows
// from it: the enrolment is taken, the code counts as used, a first authenticator
// brings recovery codes, and whatever was issued before is worth nothing (OT-07).
func enrol(v *web.Visitor, try instance.Try, a store.Authenticator) (path string, err error) {
	var tokens session.Tokens
	path = "/security"
	first := v.User.Authenticators == 0
	err = v.Tx(func(tx *store.Tx) error {
		taken, err := tx.TakePendingAuthenticator(a.UserID, a.ID)
		if err != nil {
			return err
		}
		if !taken {
			return problem.New(problem.Conflict, "This app was set up already, or the set-up began again in another window.")
		}
		if err := tx.AddAuthenticator(a); err != nil {
			return err
		}
		if err := replaceLostPhone(v, tx, a); err != nil {
			return err
		}
		tokens, err = enter(v, tx)
		if err != nil {
			return err
		}
		if err := try.Right(tx); err != nil {
			return err
		}
		path, err = afterEnrol(v, tx, a, first)
		return err
	})
	if err != nil {
		return "", err
	}
	v.SendTokens(tokens)
	return path, nil
}

// afterEnrol writes the audit rows and says where to go: to the recovery codes
// if there are none yet.
func afterEnrol(v *web.Visitor, tx *store.Tx, a store.Authenticator, first bool) (path string, err error) {
	e := v.Audit(audit.AuthenticatorAdded, audit.ResultOK)
	e.Details = []audit.Detail{{Name: "label", After: a.Label}}
	if err := tx.Audit(e); err != nil {
		return "", err
	}
	if err := noLongerSo(v, tx, mail.TwoStepAppRemoved, a.Label); err != nil {
		return "", err
	}
	if err := v.Notify(tx, v.User, mail.TwoStepOn, e, mail.Facts{Detail: a.Label}); err != nil {
		return "", err
	}
	if first {
		// It is what they must do: no page tells them of it again. The mail goes out all the
		// same, since with a stolen password alone somebody else could set up the first app.
		if err := tx.SeeNoticesOf(v.User.ID, string(mail.TwoStepOn), v.Now); err != nil {
			return "", err
		}
	}
	if v.User.CodesLeft > 0 {
		return "/security", v.SetFlash(tx, views.Flash{Kind: "good", Text: "Authenticator app " + a.Label + " is on."})
	}
	return "/security/recovery-codes", makeRecoveryCodes(v, tx)
}
