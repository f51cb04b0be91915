package users

import (
	"latchkey/internal/access"
	"latchkey/internal/account"
	"latchkey/internal/audit"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/views"
)

// userApplications is how many applications stand on a user's page.
const userApplications = 25

// addApplications adds what the user has access to and why, and what is open in which browser.
func addApplications(v *web.Visitor, u user.User, page *views.UserPage) error {
	all, err := access.OpenTo(v.Context(), v.DB.Reader, u, userApplications)
	if err != nil {
		return err
	}
	page.AppsTotal = all.Total
	open, err := v.DB.OpenBy(v.Context(), u.ID, v.Now)
	if err != nil {
		return err
	}
	for _, a := range all.First {
		shown := views.UserApplication{Slug: a.Slug, Name: a.Name, Why: a.Why, Disabled: a.Disabled}
		for _, o := range open {
			if o.Slug == a.Slug && o.Opened.After(shown.Opened) {
				shown.Opened = o.Opened
			}
		}
		page.Applications = append(page.Applications, shown)
	}
	for i, s := range page.Sessions {
		for _, o := range open {
			if o.SessionID == s.ID {
				page.Sessions[i].Open = append(page.Sessions[i].Open, o.Name)
			}
		}
	}
	return nil
}

// submitEndApplication signs the user out of one application in every browser.
func submitEndApplication(v *web.Visitor) error {
	if _, err := v.Form(); err != nil {
		return err
	}
	u, err := chosen(v)
	if err != nil {
		return err
	}
	a, err := v.DB.Application(v.Param("app"))
	if err != nil {
		return err
	}
	err = v.Tx(func(tx *store.Tx) error {
		if err := access.CloseAll(tx, v.Audit("", audit.ResultOK), a.Slug, u); err != nil {
			return err
		}
		return v.SetFlash(tx, views.Flash{Kind: "good", Text: account.Shown(u) + " is signed out of " + a.Name + "."})
	})
	if err != nil {
		return err
	}
	return v.Redirect(account.Path(u))
}
