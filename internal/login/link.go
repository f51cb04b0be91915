package login

import (
	"errors"

	"github.com/a-h/templ"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/ending"
	"latchkey/internal/instance"
	"latchkey/internal/mail"
	"latchkey/internal/password"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/follow"
	"latchkey/internal/web/forms"
	"latchkey/internal/web/proof"
	"latchkey/views"
)

func followInvitation(v *web.Visitor) error {
	return follow.Link(v, auth.StepNewPassword, "/invite", store.PurposeInvite)
}

func followPasswordLink(v *web.Visitor) error {
	return follow.Link(v, auth.StepNewPassword, "/reset", store.PurposePassword, store.PurposeReset)
}

func showNewPassword(v *web.Visitor, link store.Link) error {
	return v.Render(newPasswordPage(v, link.Purpose, nil))
}

// showReset also leads somebody with an invitation, whom the next step sent to /reset,
// to the page of their link.
func showReset(v *web.Visitor, link store.Link) error {
	if link.Purpose == store.PurposeInvite {
		return v.Redirect("/invite")
	}
	return showNewPassword(v, link)
}

func newPasswordPage(v *web.Visitor, p store.Purpose, err error) templ.Component {
	steps := views.Steps{At: 1, Of: 3}
	if p != store.PurposeInvite || v.StepFor(v.User, auth.Proofs{Password: v.Now}) != auth.StepEnrol {
		steps = views.Steps{} // nothing follows that must be done
	}
	return views.NewPassword{
		Frame: v.Frame(err), Steps: steps, Invitation: p == store.PurposeInvite, Username: v.User.Username, Name: v.User.Name,
		MinLength: v.Settings().MinPassword(v.Now),
	}
}

func submitNewPassword(v *web.Visitor, link store.Link, form forms.Form) error {
	path, err := setPassword(v, link.Purpose, form["new_password"])
	if errors.Is(err, errMemory) {
		return err // the form would invite them to try again
	}
	if err != nil {
		return v.Reject(err, newPasswordPage(v, link.Purpose, err))
	}
	return v.Redirect(path)
}

// errUsedLink is a link that somebody else was faster with.
var errUsedLink = problem.New(problem.NotFound, "This link has been used.")

// setPassword uses the link up and stores the password. An invitation goes
// straight on to the next step; a password link never signs in and leaves two-step
// verification alone (MA-04).
func setPassword(v *web.Visitor, p store.Purpose, typed string) (path string, err error) {
	hash, compared, err := hashNew(v, typed)
	if err != nil {
		return "", err
	}
	e := v.Audit(audit.PasswordReset, audit.ResultOK)
	path = "/login?notice=password-changed"
	if !compared {
		path, e.Details = "/login?notice=password-uncompared", because(audit.ReasonUncompared)
	}
	send := func() {}
	err = v.Tx(func(tx *store.Tx) error {
		link, err := takeLink(v, tx, p)
		if err != nil {
			return err
		}
		u, err := replacePassword(v, tx, p, hash)
		if err != nil {
			return err
		}
		if err := tx.Audit(e); err != nil {
			return err
		}
		if p != store.PurposeInvite {
			return v.Notify(tx, u, mail.PasswordChanged, e, mail.Facts{})
		}
		path, send, err = acceptInvitation(v, tx, u, link)
		return err
	})
	if err != nil {
		return "", err
	}
	v.DropPendingCookie()
	send()
	return path, nil
}

// hashNew checks a new password and hashes it; compared is false if it could not be compared
// with the one that was closed.
func hashNew(v *web.Visitor, typed string) (hash string, compared bool, err error) {
	clean, err := proof.CheckNewPassword(&v.Holder, v.User, typed)
	if err != nil {
		return "", false, err
	}
	if compared, err = refuseClosed(v, typed); err != nil {
		return "", false, err
	}
	hash, err = proof.HashPassword(&v.Holder, clean)
	return hash, compared, err
}

// acceptInvitation takes the address that the invitation was sent to for confirmed, and
// issues what the new password is worth.
func acceptInvitation(v *web.Visitor, tx *store.Tx, u user.User, link store.Link) (path string, send func(), err error) {
	if err := tx.AddressReached(u.ID, link.Subject); err != nil {
		return "", nil, err
	}
	step, send, err := issue(v, tx, u, instance.Try{}, "")
	return step.Path(), send, err
}

// errMemory is what a user can do nothing about, and an administrator alone neither.
var errMemory = &problem.Problem{
	Kind: problem.Conflict, Title: "Your password was not changed",
	Message: "A new password must not be the one you closed, and this server has too little memory to compare them. " +
		"Tell your administrator. Once the server has more memory, you can use your link again.",
}

// refuseClosed refuses the password that the user closed with "this was not me":
// somebody else knows it. compared is false if nobody can tell whether it is the same
// because the closed hash is broken. It is not refused then, since nobody could ever let
// the user in again; but the user is told. Where only the memory is missing, which the
// operator can give, every password is refused.
func refuseClosed(v *web.Visitor, typed string) (compared bool, err error) {
	closed, err := v.DB.ClosedHash(v.User.ID)
	if err != nil || closed == "" {
		return true, err
	}
	spellings, err := password.Spellings(typed)
	if err != nil {
		return false, err
	}
	same, err := v.Hasher.Verify(v.Context(), password.Caller{Network: auth.Network(v.IP())}, closed, spellings)
	if errors.Is(err, password.ErrCorrupt) {
		v.Log.Error("a new password cannot be compared with the closed one", "id", v.RequestID, "user", v.User.ID, "error", err)
		if errors.Is(err, password.ErrMemory) {
			return false, errMemory
		}
		return false, nil
	}
	if err == nil && same != password.NoMatch {
		err = problem.Field("new_password", "Choose another password: somebody else may know this one")
	}
	return true, err
}

// takeLink uses the link up that was followed. It is looked at once more inside the
// transaction: the user's address may have changed while the password was hashed.
func takeLink(v *web.Visitor, tx *store.Tx, p store.Purpose) (store.Link, error) {
	link, living, err := tx.LinkByHash(v.Pending.LinkHash, p, v.Now)
	if err != nil || !living {
		return link, orElse(err, errUsedLink)
	}
	taken, err := tx.TakeLink(link.TokenHash, p, v.Now)
	if err == nil && !taken {
		err = errUsedLink
	}
	return link, err
}

// replacePassword stores the hash and ends everything that was issued before. After
// a reset of two-step verification only a link that an administrator made opens the
// way to a new enrolment: a mailbox is no second factor.
func replacePassword(v *web.Visitor, tx *store.Tx, p store.Purpose, hash string) (user.User, error) {
	if _, err := v.TakePending(tx); err != nil {
		return user.User{}, err
	}
	if done, err := tx.SetPassword(v.User.ID, hash, v.Now); err != nil || !done {
		return user.User{}, orElse(err, errUsedLink)
	}
	if p != store.PurposeReset {
		if err := tx.AllowEnrolment(v.User.ID); err != nil {
			return user.User{}, err
		}
	}
	e := v.Audit("", audit.ResultOK)
	e.Details = []audit.Detail{{Name: "reason", After: string(ending.CausePasswordByLink)}}
	if _, err := v.Revoke(tx, ending.CausePasswordByLink, e, ""); err != nil {
		return user.User{}, err
	}
	if err := v.OpenPassword(tx, v.User); err != nil {
		return user.User{}, err
	}
	return tx.User(v.User.ID)
}
