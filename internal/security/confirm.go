package security

import (
	"errors"
	"strings"

	"github.com/a-h/templ"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/instance"
	"latchkey/internal/password"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/internal/web/proof"
	"latchkey/internal/web/session"
	"latchkey/views"
)

// maxConfirms is how many tries a session has to prove who holds it, 5; after that
// it ends.
const maxConfirms = 5

func showConfirm(v *web.Visitor) error {
	next := session.SafeNext(v.Query("next"))
	// An application may want a proof that is newer than ours: its page has asked for this one.
	if v.IsFresh() && next != "" && !strings.HasPrefix(next, session.EnterPath+"?") {
		return v.Redirect(next)
	}
	return v.Render(confirmPage(v, next, nil))
}

func confirmPage(v *web.Visitor, next string, err error) templ.Component {
	cancel := "/security"
	if strings.HasPrefix(next, "/admin") {
		cancel = "/profile"
	}
	if strings.HasPrefix(next, session.EnterPath) {
		cancel = views.MyApplicationsPath
	}
	return views.Confirm{
		Frame: v.Frame(err), Username: v.User.Username, Next: next, Cancel: cancel,
		About: about(next), NeedsCode: v.User.Authenticators > 0, Waits: v.WaitsAt(next),
	}
}

// about says what the proof is for, from the page that asked for it.
func about(next string) string {
	path, _, _ := strings.Cut(next, "?")
	switch {
	case path == "/security/password":
		return "change your password"
	case path == "/security/authenticators/new":
		return "set up an authenticator app"
	case strings.HasPrefix(path, "/security/authenticators/"):
		return "change an authenticator app"
	case strings.HasPrefix(path, "/security/recovery-codes"):
		return "make new recovery codes"
	case path == session.EnterPath:
		return "open an application"
	case path == "/profile/edit":
		return "change your profile"
	case path == "/profile/delete":
		return "delete yourself"
	case strings.HasPrefix(path, "/admin"):
		return "use the administration pages"
	}
	return ""
}

func submitConfirm(v *web.Visitor) error {
	form, err := v.Form("password", "code", "next")
	if err != nil {
		return err
	}
	next := session.SafeNext(form["next"])
	if err := prove(v, form); err != nil {
		return v.Reject(err, confirmPage(v, next, err))
	}
	if next == "" {
		next = "/security"
	}
	return v.Redirect(next)
}

// prove checks the password and, where the user has an authenticator, a code,
// and gives the session a new token with the new proofs. The page is left
// unfinished for a code alone: both are asked for, both are needed.
func prove(v *web.Visitor, form forms.Form) error {
	needsCode := v.User.Authenticators > 0
	var passwordErr, codeErr error
	code := ""
	if form["password"] == "" {
		passwordErr = problem.Field("password", "Enter your password")
	}
	if needsCode {
		code, codeErr = proof.ReadCode(form["code"])
	}
	if err := errors.Join(passwordErr, codeErr); err != nil {
		return err
	}
	try, err := countTry(v, auth.BucketCode, audit.ReasonConfirming)
	if err != nil {
		return err
	}
	if err := rightPassword(v, try, form["password"], "password", audit.LoginPassword, audit.ReasonConfirming); err != nil {
		return err
	}
	proofs := auth.Proofs{Password: v.Now, Second: v.Session.Proofs.Second, SecondKind: v.Session.Proofs.SecondKind}
	match := proof.Match{}
	if needsCode {
		found, ok, err := proof.MatchCode(&v.Holder, v.User.ID, code)
		if err != nil {
			return err
		}
		if !ok {
			return failed(v, try, audit.LoginCode, audit.ReasonConfirming, proof.WrongCode(&v.Holder))
		}
		match, proofs.Second, proofs.SecondKind = found, v.Now, auth.SecondCode
	}
	return renew(v, try, proofs, match, needsCode)
}

// renew stores the proofs under a new token; the code is used up with it.
func renew(v *web.Visitor, try instance.Try, p auth.Proofs, match proof.Match, withCode bool) error {
	var tokens session.Tokens
	err := v.Tx(func(tx *store.Tx) (err error) {
		event := audit.LoginPassword
		if withCode {
			event = audit.LoginCode
			if err := match.Use(&v.Holder, tx); err != nil {
				return err
			}
		}
		if err := try.Right(tx); err != nil {
			return err
		}
		if tokens, err = v.RenewSession(tx, v.Session.CredVersion, p); err != nil {
			return err
		}
		e := v.Audit(event, audit.ResultOK)
		e.Details = because(audit.ReasonConfirming)
		return tx.Audit(e)
	})
	if err == error(proof.ErrUsedCode) {
		return failed(v, try, audit.LoginCode, audit.ReasonConfirming, err)
	}
	if err != nil {
		return err
	}
	v.SendTokens(tokens)
	return nil
}

// because says in an audit row what a proof inside a session was asked for.
func because(reason string) []audit.Detail { return []audit.Detail{{Name: "reason", After: reason}} }

// countTry counts a try inside a session, or of a pending enrolment, before
// anything is compared. It feeds a bucket of the user, so that a stolen session
// is no way around it, and it ends the session after too many. The reason says what
// it is a try of.
func countTry(v *web.Visitor, b auth.Bucket, reason string) (try instance.Try, err error) {
	var refused error
	err = v.Tx(func(tx *store.Tx) (err error) {
		if try, err = v.CountSecond(tx, v.Caller(), b, v.User); err != nil {
			return err
		}
		over, err := overTries(v, tx)
		if err != nil {
			return err
		}
		if !over && !try.Refused() {
			return nil
		}
		refused = proof.RefusalInside(try, over)
		e := v.Audit(audit.LoginBlocked, audit.ResultBlocked)
		e.Details = because(reason)
		return try.Audit(tx, e)
	})
	if err != nil {
		return try, err
	}
	return try, refused
}

// overTries counts against the session or the pending sign-in, and ends it when
// it has used up its tries.
func overTries(v *web.Visitor, tx *store.Tx) (bool, error) {
	if v.Session.ID == "" {
		counted, err := tx.CountPending(v.Pending.IDHash)
		if err != nil || counted {
			return false, err
		}
		return true, tx.ShutPending(v.Pending.IDHash)
	}
	tries, err := tx.CountConfirm(v.Session.IDHash)
	if problem.Is(err, problem.NotFound) {
		return false, v.SignInAgain() // it ended while this request was on its way
	}
	if err != nil || tries <= maxConfirms {
		return false, err
	}
	if _, err := tx.EndSession(v.User.ID, v.Session.ID); err != nil {
		return true, err
	}
	return true, tx.Audit(v.Audit(audit.SessionEnded, audit.ResultBlocked))
}

// rightPassword checks the user's own password inside a session. The try must
// have been counted.
func rightPassword(v *web.Visitor, try instance.Try, typed, field string, event audit.Event, reason string) error {
	wrong := problem.Field(field, "That password is not right")
	spellings, err := password.Spellings(typed)
	if err != nil {
		return failed(v, try, event, reason, wrong)
	}
	login, found, err := v.DB.LoginByID(v.User.ID)
	if err != nil {
		return err
	}
	match, err := v.Hasher.Verify(v.Context(), password.Caller{Network: auth.Network(v.IP())}, login.Hash, spellings)
	if err != nil && !errors.Is(err, password.ErrCorrupt) {
		return unseen(v, try, err)
	}
	if !found || match == password.NoMatch {
		return failed(v, try, event, reason, wrong)
	}
	return nil
}

// unseen is Visitor.Unseen for a try that countTry has counted for the session.
func unseen(v *web.Visitor, try instance.Try, err error) error {
	return v.Unseen(try, err, func(tx *store.Tx) error { return tx.GiveConfirmBack(v.Session.IDHash) })
}

// failed writes a failed try down and returns why.
func failed(v *web.Visitor, try instance.Try, event audit.Event, reason string, why error) error {
	err := v.Record(func(tx *store.Tx) error {
		e := v.Audit(event, audit.ResultFailed)
		e.Details = because(reason)
		return try.Audit(tx, e)
	})
	if err != nil {
		return err
	}
	return why
}
