package security

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/mail"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/proof"
	"latchkey/internal/web/session"
	"latchkey/views"
)

// showRecoveryCodes shows new codes until the person says that they are saved,
// for at most ten minutes and in this session only.
func showRecoveryCodes(v *web.Visitor) error {
	codes, ok, err := proof.NewCodesOf(&v.Holder)
	if err != nil {
		return err
	}
	if !ok {
		return v.Redirect("/security")
	}
	page, err := newCodesPage(v, codes, session.SafeNext(v.Query("next")), nil)
	if err != nil {
		return err
	}
	return v.Render(page)
}

func newCodesPage(v *web.Visitor, codes proof.NewCodes, next string, problem error) (templ.Component, error) {
	steps, err := newCodesSteps(v, codes)
	return views.RecoveryCodes{
		Frame: v.Frame(problem), Steps: steps, Codes: codes.Codes, URL: v.URL.String(), Username: v.User.Username, Made: codes.Made,
		Next: next,
	}, err
}

func submitSaved(v *web.Visitor) error {
	form, err := v.Form("saved", "next")
	if err != nil {
		return err
	}
	codes, ok, err := proof.NewCodesOf(&v.Holder)
	if err != nil {
		return err
	}
	if ok && form["saved"] == "" {
		missing := problem.Field("saved", "Tick the box when you have saved the codes")
		page, err := newCodesPage(v, codes, session.SafeNext(form["next"]), missing)
		if err != nil {
			return err
		}
		return v.Reject(missing, page)
	}
	if !ok {
		return v.Redirect("/profile")
	}
	var tokens session.Tokens
	err = v.Tx(func(tx *store.Tx) error {
		if err := tx.DropNewCodes(v.Session.ID); err != nil {
			return err
		}
		// A changed cookie is what makes a browser throw away the page with the codes,
		// which it would show again when somebody goes back, no-store or not.
		tokens, err = v.RenewSession(tx, v.Session.CredVersion, v.Session.Proofs)
		return err
	})
	if err != nil {
		return err
	}
	v.SendTokens(tokens)
	if next := session.SafeNext(form["next"]); next != "" {
		return v.Redirect(next)
	}
	return v.Redirect(afterCodes(v))
}

// afterCodes leads the first administrator, who is alone here, to what is left to set
// up, and everybody else to their profile.
func afterCodes(v *web.Visitor) string {
	if v.User.Role != user.RoleAdmin {
		return auth.StepDone.Path()
	}
	if others, err := v.DB.HasOthers(v.Context()); err != nil || others {
		return auth.StepDone.Path() // the codes are saved, whatever fails now
	}
	return "/admin"
}

// showRecoveryText is the codes as a text file.
func showRecoveryText(v *web.Visitor) error {
	codes, ok, err := proof.NewCodesOf(&v.Holder)
	if err != nil {
		return err
	}
	if !ok {
		return v.Redirect("/security")
	}
	instance := v.Settings().InstanceName
	text := fmt.Sprintf("%s recovery codes\n%s\nUsername: %s\nMade: %s\n\nEach code works once.\n\n%s\n",
		instance, v.URL, v.User.Username, views.Minute(codes.Made, v.Zone()), strings.Join(codes.Codes, "\n"))
	v.Attachment(fileName(instance) + "-recovery-codes-" + v.User.Username + ".txt")
	return v.Text(text)
}

// fileName keeps what every file system and header takes.
func fileName(s string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return '-'
	}, strings.ToLower(s))
	return strings.Trim(name, "-")
}

func showNewRecoveryCodes(v *web.Visitor) error {
	if v.User.Authenticators == 0 {
		return v.Redirect("/security")
	}
	return v.Render(views.NewRecoveryCodes{Frame: v.Frame(nil), Left: v.User.CodesLeft})
}

// submitNewRecoveryCodes replaces all codes at once; the old ones are dead with
// the commit that shows the new ones.
func submitNewRecoveryCodes(v *web.Visitor) error {
	if _, err := v.Form(); err != nil {
		return err
	}
	if v.User.Authenticators == 0 {
		return problem.New(problem.Conflict, "Set up an authenticator app first.")
	}
	err := v.Tx(func(tx *store.Tx) error {
		if err := makeRecoveryCodes(v, tx); err != nil {
			return err
		}
		return v.Notify(tx, v.User, mail.RecoveryMade, v.Audit(audit.RecoveryMade, audit.ResultOK), mail.Facts{})
	})
	if err != nil {
		return err
	}
	return v.Redirect("/security/recovery-codes")
}

func makeRecoveryCodes(v *web.Visitor, tx *store.Tx) error {
	if err := proof.NewRecoveryCodes(&v.Holder, tx, v.User.ID, v.Session.ID); err != nil {
		return err
	}
	return tx.Audit(v.Audit(audit.RecoveryMade, audit.ResultOK))
}

// onFrom leads on from an enrolment to where the sign-in was going, behind codes that are not saved
// yet.
func onFrom(path, next string) string {
	switch {
	case next == "":
		return path
	case path == codesPath:
		return codesPath + "?next=" + url.QueryEscape(next)
	}
	return next
}

// codesPath is the page of codes that are not saved yet.
const codesPath = "/security/recovery-codes"
