package users

import (
	"errors"
	"strings"

	"github.com/a-h/templ"

	"latchkey/internal/account"
	"latchkey/internal/audit"
	"latchkey/internal/factor"
	"latchkey/internal/problem"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/views"
)

// The ways to the first sign-in; without mail there is only the link.
const (
	inviteByLink = "link"
	inviteByMail = "mail"
)

func showNew(v *web.Visitor) error {
	first := inviteByLink
	if v.HasMail() {
		first = inviteByMail
	}
	return v.Render(newPage(v, v.Filled(forms.Form{"role": string(user.RoleUser), "first_sign_in": first}, "Add user"), nil))
}

func newPage(v *web.Visitor, form forms.Form, err error) templ.Component {
	return views.UserNew{
		Frame: v.Frame(err), Username: form["username"], Name: form["name"], Email: form["email"],
		Role: form["role"], FirstSignIn: form["first_sign_in"], MailWorks: v.HasMail(), InviteDays: v.Settings().InviteDays,
	}
}

// submitNew adds a user and mails the invitation, or goes on to the page that shows
// its link once. Nobody types another's password here (AC-05).
func submitNew(v *web.Visitor) error {
	form, err := v.Form("username", "name", "email", "role", "first_sign_in")
	if err != nil {
		return err
	}
	n, err := readNew(v, form)
	if err != nil {
		err = errors.Join(err, problem.Only(account.InTheBin(v.DB.NamesTaken(n.Username, n.EmailKey, n.ID))))
	} else {
		err = v.Tx(func(tx *store.Tx) error { return invite(v, tx, n, form["first_sign_in"]) })
	}
	if err != nil {
		return v.Reject(err, newPage(v, form, err))
	}
	if form["first_sign_in"] == inviteByMail {
		return v.Redirect("/admin/users/" + n.ID)
	}
	return v.Redirect("/admin/users/" + n.ID + "/" + account.Link)
}

func invite(v *web.Visitor, tx *store.Tx, n store.NewUser, way string) error {
	a := action(v, tx, "")
	if err := a.Add(n); err != nil {
		return err
	}
	u, err := tx.User(n.ID)
	if err != nil {
		return err
	}
	if way == inviteByMail {
		if err := a.MailLink(u); err != nil {
			return err
		}
		return v.SetFlash(tx, views.Flash{Kind: "good", Text: account.Shown(u) + " has been added. " + account.Mailed(u)})
	}
	a.Approved = true // the account is new: there is nobody whose place could be taken
	link, err := a.Invite(u)
	if err != nil {
		return err
	}
	return setLink(v, tx, n.ID, link)
}

// readNew checks every field, so that all mistakes are told at once.
func readNew(v *web.Visitor, form forms.Form) (store.NewUser, error) {
	n := store.NewUser{ID: secret.ID()}
	var username, name, email, role error
	n.Username, username = user.CheckUsername(form["username"])
	n.Name, name = user.CheckName(form["name"])
	n.Email, n.EmailKey, email = user.CheckEmail(form["email"])
	n.Role, role = user.ParseRole(form["role"])
	first := checkWay(v, form["first_sign_in"])
	if form["first_sign_in"] == inviteByMail && form["email"] == "" && first == nil {
		email = problem.Field("email", "Enter an email address, or choose the link")
	}
	return n, errors.Join(username, name, email, role, first)
}

func checkWay(v *web.Visitor, way string) error {
	switch {
	case way == inviteByLink, way == inviteByMail && v.HasMail():
		return nil
	case way == inviteByMail:
		return problem.Field("first_sign_in", "Mail is not set up, so the invitation cannot be sent. Choose the link.")
	}
	return problem.Field("first_sign_in", "Choose how they will first sign in")
}

// action is what the visitor does inside this transaction.
func action(v *web.Visitor, tx *store.Tx, reason string) account.Action {
	return account.Action{Instance: v.Instance, Tx: tx, By: v.Audit("", audit.ResultOK), Reason: reason}
}

// approver is the visitor, who reads in advance who must approve something.
func approver(v *web.Visitor) account.Approver {
	return account.Approver{Instance: v.Instance, ID: v.User.ID, Now: v.Now, Minute: v.Minute}
}

// setLink keeps a new link for the next page of this session. It is bound to the
// user, so that it is never shown on another one's page.
func setLink(v *web.Visitor, tx *store.Tx, userID, link string) error {
	return v.SetOnce(tx, userID+" "+link)
}

// takeLink returns the page with the new link of the user; ok is false if there
// is none for this session or it does not work any more.
func takeLink(v *web.Visitor, u user.User) (page views.UserLink, ok bool, err error) {
	text, mine := strings.CutPrefix(v.TakeOnce(), u.ID+" ")
	if !mine {
		return page, false, nil
	}
	l, ok, err := v.DB.LinkOf(u.ID, v.Now)
	if err != nil || !ok {
		return page, false, err
	}
	page = views.UserLink{
		Frame: v.Frame(nil), ID: u.ID, Username: u.Username, Name: u.Name,
		Invitation: l.Purpose == store.PurposeInvite, Link: text, Expires: l.Ends,
		TwoStep: u.MustEnrol || v.Settings().TwoStep.Demands(u.Role),
	}
	v.PreventBackCache()
	page.QRSize, page.QRPath, err = factor.QR(text)
	return page, err == nil, err
}
