package admin

import (
	"errors"
	"strings"

	"github.com/a-h/templ"

	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/views"
)

// byLink is the one way to the first sign-in that works without mail.
const byLink = "link"

func showNew(v *web.Visitor) error {
	return v.Render(newPage(v, web.Form{"role": string(user.RoleUser), "first_sign_in": byLink}, nil))
}

func newPage(v *web.Visitor, form web.Form, err error) templ.Component {
	return views.UserNew{
		Frame: v.Frame(err), Username: form["username"], Name: form["name"], Email: form["email"],
		Role: form["role"], FirstSignIn: form["first_sign_in"],
	}
}

// submitNew adds a user with an invitation and goes on to the page that shows its
// link once. Nobody types another's password here (AC-05).
func submitNew(v *web.Visitor) error {
	form, err := v.Form("username", "name", "email", "role", "first_sign_in")
	if err != nil {
		return err
	}
	n, err := readNew(form)
	if err == nil {
		err = v.Tx(func(tx *store.Tx) error {
			a := act(v, tx, "")
			if err := a.Add(n); err != nil {
				return err
			}
			link, err := a.Invite(user.User{ID: n.ID})
			if err != nil {
				return err
			}
			return setLink(v, tx, n.ID, link)
		})
	}
	if err != nil {
		return v.Reject(err, newPage(v, form, err))
	}
	return v.Redirect("/admin/users/" + n.ID + "/" + kindLink)
}

// readNew checks every field, so that all mistakes are told at once.
func readNew(form web.Form) (store.NewUser, error) {
	n := store.NewUser{ID: secret.ID()}
	var username, name, email, role, first error
	n.Username, username = user.CheckUsername(form["username"])
	n.Name, name = user.CheckName(form["name"])
	n.Email, n.EmailKey, email = user.CheckEmail(form["email"])
	n.EmailConfirmed = n.Email != "" // there is no mail that could confirm it
	n.Role, role = user.ParseRole(form["role"])
	switch form["first_sign_in"] {
	case byLink:
	case "mail":
		first = problem.Field("first_sign_in", "Mail is not set up, so the invitation cannot be sent. Choose the link.")
	default:
		first = problem.Field("first_sign_in", "Choose how they sign in first")
	}
	return n, errors.Join(username, name, email, role, first)
}

// act is what the visitor does inside this transaction.
func act(v *web.Visitor, tx *store.Tx, reason string) Act {
	return Act{Site: v.Site, Tx: tx, By: v.Audit("", audit.ResultOK), Reason: reason}
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
	return views.UserLink{
		Frame: v.Frame(nil), ID: u.ID, Username: u.Username, Name: u.Name,
		Invitation: l.Purpose == store.PurposeInvite, Link: text, Expires: l.Ends,
	}, true, nil
}
