package login

import (
	"github.com/a-h/templ"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/problem"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/views"
)

func followInvitation(v *web.Visitor) error   { return follow(v, store.PurposeInvite, "/invite") }
func followPasswordLink(v *web.Visitor) error { return follow(v, store.PurposePassword, "/reset") }

// follow moves a link's token out of the address, so that neither history nor a
// Referer holds it. It uses nothing up: mail scanners follow links too.
func follow(v *web.Visitor, purpose store.Purpose, path string) error {
	hash := secret.HashToken(v.Param("token"))
	link, ok, err := v.DB.LinkByHash(hash, purpose, v.Now)
	if err != nil {
		return err
	}
	if !ok {
		return v.RenderStatus(410, views.LinkExpired{Frame: v.Frame(nil)})
	}
	var token string
	err = v.Tx(func(tx *store.Tx) (err error) {
		token, err = v.StartPending(tx, store.Pending{
			UserID: link.UserID, CredVersion: link.CredVersion, Stage: auth.StepNewPassword, LinkHash: link.TokenHash,
		})
		return err
	})
	if err != nil {
		return err
	}
	v.SendPending(token)
	return v.Redirect(path)
}

// purpose is what the link that the visitor followed is for; the page under the
// other path does not exist for him.
func purpose(v *web.Visitor) (p store.Purpose, ok bool, err error) {
	p = store.PurposePassword
	if v.Route() == "/invite" {
		p = store.PurposeInvite
	}
	_, ok, err = v.DB.LinkByHash(v.Pending.LinkHash, p, v.Now)
	return p, ok, err
}

func showNewPassword(v *web.Visitor) error {
	p, ok, err := purpose(v)
	if err != nil {
		return err
	}
	if !ok {
		return showOther(v)
	}
	return v.Render(newPasswordPage(v, p, nil))
}

// showOther leads somebody with an invitation, whom the next step sent to /reset,
// to the page of his link; every other link is over.
func showOther(v *web.Visitor) error {
	_, ok, err := v.DB.LinkByHash(v.Pending.LinkHash, store.PurposeInvite, v.Now)
	if err != nil {
		return err
	}
	if ok && v.Route() == "/reset" {
		return v.Redirect("/invite")
	}
	return v.RenderStatus(410, views.LinkExpired{Frame: v.Frame(nil)})
}

func newPasswordPage(v *web.Visitor, p store.Purpose, err error) templ.Component {
	return views.NewPassword{
		Frame: v.Frame(err), Invitation: p == store.PurposeInvite, Username: v.User.Username, Name: v.User.Name,
		MinLength: v.Settings().MinPassword(),
	}
}

func submitNewPassword(v *web.Visitor) error {
	form, err := v.Form("new_password")
	if err != nil {
		return err
	}
	p, ok, err := purpose(v)
	if err != nil {
		return err
	}
	if !ok {
		return v.RenderStatus(410, views.LinkExpired{Frame: v.Frame(nil)})
	}
	path, err := setPassword(v, p, form["new_password"])
	if problem.Is(err, problem.NotFound) {
		return v.RenderStatus(410, views.LinkExpired{Frame: v.Frame(nil)})
	}
	if err != nil {
		return v.Reject(err, newPasswordPage(v, p, err))
	}
	return v.Redirect(path)
}

// errUsedLink is a link that somebody else was faster with.
var errUsedLink = problem.New(problem.NotFound, "This link has been used.")

// setPassword uses the link up and stores the password. An invitation goes
// straight on to the next step; a password link never signs in and leaves two-step
// verification alone (MA-04).
func setPassword(v *web.Visitor, p store.Purpose, typed string) (path string, err error) {
	clean, err := v.CheckNewPassword(v.User, typed)
	if err != nil {
		return "", err
	}
	hash, err := v.HashPassword(clean)
	if err != nil {
		return "", err
	}
	path = "/login?notice=password-changed"
	send := func() {}
	err = v.Tx(func(tx *store.Tx) error {
		taken, err := tx.TakeLink(v.Pending.LinkHash, p, v.Now)
		if err != nil || !taken {
			return orElse(err, errUsedLink)
		}
		u, err := replacePassword(v, tx, hash)
		if err != nil {
			return err
		}
		if err := tx.Audit(v.Audit(audit.PasswordReset, audit.ResultOK)); err != nil {
			return err
		}
		if p == store.PurposeInvite {
			var step auth.Step
			step, send, err = issue(v, tx, u, "")
			path = step.Path()
		}
		return err
	})
	if err != nil {
		return "", err
	}
	v.DropPendingCookie()
	send()
	return path, nil
}

// replacePassword stores the hash and ends everything that was issued before.
func replacePassword(v *web.Visitor, tx *store.Tx, hash string) (user.User, error) {
	if _, err := v.TakePending(tx); err != nil {
		return user.User{}, err
	}
	if done, err := tx.SetPassword(v.User.ID, hash, v.Now); err != nil || !done {
		return user.User{}, orElse(err, errUsedLink)
	}
	for _, end := range []func(string) error{tx.DropPending, tx.DropLinks, tx.DropBrowsers, tx.AllowEnrolment} {
		if err := end(v.User.ID); err != nil {
			return user.User{}, err
		}
	}
	if _, err := tx.EndSessions(v.User.ID, ""); err != nil {
		return user.User{}, err
	}
	if err := v.Unlock(tx, v.User); err != nil {
		return user.User{}, err
	}
	return tx.User(v.User.ID)
}
