package users

import (
	"time"

	"github.com/a-h/templ"

	"latchkey/internal/account"
	"latchkey/internal/account/revert"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/internal/web/present"
	"latchkey/views"
)

// userEvents is how many events stand on a user's page.
const userEvents = 20

// chosen is the user of the route; an id that does not exist is a 404 page.
func chosen(v *web.Visitor) (user.User, error) { return v.DB.User(v.Param("id")) }

func showUser(v *web.Visitor) error {
	u, err := chosen(v)
	if err != nil {
		return err
	}
	page, err := userPage(v, u, v.FilledFrom(account.Path(u)+"/notes", forms.Form{"note": ""}, "Add note"), nil)
	if err != nil {
		return err
	}
	return v.Render(page)
}

// userPage is everything about a user; form is the note that was typed.
func userPage(v *web.Visitor, u user.User, form forms.Form, mistake error) (templ.Component, error) {
	page := views.UserPage{
		ID: u.ID, Username: u.Username, Name: u.Name, Email: u.Email,
		EmailUnconfirmed: u.Email != "" && !u.EmailConfirmed && v.HasMail(),
		Role:             string(u.Role), Status: present.Standing(u, v.Now), Invited: !u.HasPassword,
		Created: u.Created, LastSignIn: u.LastSignIn, PasswordChanged: u.PasswordChanged, LockedUntil: u.LockedUntil, MustEnrol: u.MustEnrol,
		Self: u.ID == v.User.ID, Back: v.CameFrom("/admin/users"), Note: form["note"],
	}
	if page.Invited {
		page.PasswordChanged = time.Time{} // there is no password that could have been
	}
	page.Demanded = u.MustEnrol || v.Settings().TwoStep.Demands(u.Role) && v.Grace(u, v.Now).IsZero()
	for _, add := range []func(*web.Visitor, user.User, *views.UserPage) error{addHoldings, addApplications, addState, addNotes} {
		if err := add(v, u, &page); err != nil {
			return nil, err
		}
	}
	var err error
	if page.LastAdmin, err = v.DB.LastAdministrator(adminDemands(v), u.ID); err != nil {
		return nil, err
	}
	page.Frame = v.Frame(mistake)
	return page, nil
}

// adminDemands reports whether the policy wants an authenticator from administrators.
func adminDemands(v *web.Visitor) bool { return v.Settings().TwoStep.Demands(user.RoleAdmin) }

// addHoldings adds what else is known of the user: names and dates of the
// authenticators and never their secrets, sessions, the newest events.
func addHoldings(v *web.Visitor, u user.User, page *views.UserPage) error {
	apps, err := v.DB.Authenticators(u.ID)
	if err != nil {
		return err
	}
	for _, a := range apps {
		page.Authenticators = append(page.Authenticators, present.Authenticator(a))
	}
	if _, page.CodesLeft, err = v.DB.RecoveryCodes(u.ID); err != nil {
		return err
	}
	sessions, err := v.DB.Sessions(u.ID, v.Now)
	if err != nil {
		return err
	}
	groups, err := v.DB.GroupsOf(u.ID)
	if err != nil {
		return err
	}
	for _, m := range groups {
		page.Groups = append(page.Groups, views.Group{Name: m.Group, Label: m.Label})
	}
	page.Sessions = present.Sessions(sessions, v.Session.ID)
	entries, err := v.DB.AuditEntries(v.Context(), store.AuditFilter{Subject: u.ID, Limit: userEvents})
	page.Activity = present.NamedEvents(entries, u.Username)
	for i, e := range entries {
		page.Activity[i].Revert = revert.Path(e)
	}
	return err
}
