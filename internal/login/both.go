package login

import (
	"errors"

	"github.com/a-h/templ"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/factor"
	"latchkey/internal/instance"
	"latchkey/internal/problem"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/internal/web/proof"
	"latchkey/internal/web/session"
	"latchkey/views"
)

// The page for a password and a code together: for somebody who has both while a stranger's
// wrong passwords keep new browsers from trying the password alone. It answers the same
// whichever of them was wrong (see Instance.CountBoth).

func showBoth(v *web.Visitor) error {
	next := session.SafeNext(v.Query("next"))
	if ok, err := v.SignedIn(); err != nil {
		return err
	} else if ok {
		return v.Redirect(target(next))
	}
	v.MarkBrowser()
	return v.Render(bothPage(v, nil, forms.Form{"use": v.Query("use"), "next": next}))
}

func bothPage(v *web.Visitor, err error, form forms.Form) templ.Component {
	return views.LoginBoth{
		Frame: v.Frame(err), Recovery: form["use"] == useRecovery, Username: form["username"], Next: session.SafeNext(form["next"]), CanReset: v.HasMail(),
	}
}

// useRecovery is the value of "use" that asks for a recovery code in the place of one
// from the app.
const useRecovery = "recovery"

func submitBoth(v *web.Visitor) error {
	form, err := v.Form("username", "password", "code", "recovery_code", "use", "next")
	if err != nil {
		return err
	}
	if unused := map[string]string{"": "recovery_code", useRecovery: "code"}[form["use"]]; unused == "" || form[unused] != "" {
		return problem.New(problem.BadRequest, "The form does not say which of the codes is in it.")
	}
	next := session.SafeNext(form["next"])
	s, codeErr := readSecond(form)
	if err = errors.Join(filled(form), codeErr); err == nil {
		if err = checkBoth(v, form["username"], form["password"], s); err == nil {
			if v.Pending.Next != "" {
				next = v.Pending.Next // the last recovery code was used
			}
			return v.Redirect(target(next))
		}
	}
	return v.Reject(err, bothPage(v, err, form))
}

// second is a code from an app, or a recovery code.
type second struct {
	code   string
	bucket auth.Bucket
	kind   string
	event  audit.Event
	wrong  error        // the one answer to every wrong combination
	try    instance.Try // once the code was counted
}

// readSecond reads whichever of the two was asked for. A recovery code is taken in the
// place of a code as well.
func readSecond(form forms.Form) (second, error) {
	recovery := second{bucket: auth.BucketRecovery, kind: auth.SecondRecovery, event: audit.LoginRecovery, wrong: wrongBoth("recovery_code")}
	if form["use"] == useRecovery {
		code, err := proof.ReadRecoveryCode(form["recovery_code"])
		recovery.code = code
		return recovery, err
	}
	code, err := proof.ReadCode(form["code"])
	if err == nil {
		return second{code: code, bucket: auth.BucketCode, kind: auth.SecondCode, event: audit.LoginCode, wrong: wrongBoth("code")}, nil
	}
	if code, ok := factor.CleanRecoveryCode(form["code"]); ok {
		recovery.code, recovery.wrong = code, wrongBoth("code")
		return recovery, nil
	}
	return second{}, err
}

func wrongBoth(field string) error {
	const words = "Check your username, password and code"
	return errors.Join(problem.Field("username", words), problem.Field("password", words), problem.Field(field, words))
}
