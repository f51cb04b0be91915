package applications

import (
	"latchkey/internal/access"
	"latchkey/internal/account"
	"latchkey/internal/audit"
	"latchkey/internal/instance"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/internal/web/present"
	"latchkey/views"
)

// firstOpeners is how many of those who may open an application stand on its page.
const firstOpeners = 5

func showOne(v *web.Visitor) error {
	a, err := chosen(v)
	if err != nil {
		return err
	}
	sent, err := v.Filters("after")
	if err != nil {
		return err
	}
	in := forms.Filters{Sent: sent}
	after := in.Key("after")
	if in.Bad {
		return forms.ErrAddress
	}
	page := views.ApplicationPage{Public: a.Public, Start: access.Launch(a, v.URL), ProofMinutes: a.ProofMinutes, Snippets: snippets(a)}
	if page.Application, _, err = withGroups(v, a); err != nil {
		return err
	}
	if page.Asked, page.AskedFrom, err = v.DB.Asked(a.Slug); err != nil {
		return err
	}
	if err := addPeople(v, a, &page); err != nil {
		return err
	}
	if err := addSessions(v, a, after, &page); err != nil {
		return err
	}
	page.Frame = v.Frame(nil)
	return v.Render(page)
}

// addPeople adds who may open it: how many, and a few of them.
func addPeople(v *web.Visitor, a store.Application, page *views.ApplicationPage) error {
	n, err := v.DB.CountOpeners(v.Context(), a)
	if err != nil {
		return err
	}
	page.Openers = views.People(n)
	if n, err = v.DB.CountEverybody(v.Context()); err != nil {
		return err
	}
	page.Everybody = views.People(n)
	if page.Openers.N == 0 {
		return nil
	}
	users, err := v.DB.Openers(v.Context(), a, store.UserFilter{Limit: firstOpeners, Now: v.Now})
	if err != nil {
		return err
	}
	page.First, err = openers(v, a, users)
	return err
}

// openers are users with why they may open an application.
func openers(v *web.Visitor, a store.Application, users []user.User) ([]views.Opener, error) {
	in := map[string][]store.Membership{}
	if !a.Everyone {
		ids := make([]string, len(users))
		for i, u := range users {
			ids[i] = u.ID
		}
		var err error
		if in, err = v.DB.ReasonsOf(v.Context(), a.Slug, ids); err != nil {
			return nil, err
		}
	}
	all := make([]views.Opener, len(users))
	for i, u := range users {
		all[i] = views.Opener{User: present.UserRow(u, v.Now), Why: access.Why(a, in[u.ID])}
	}
	return all, nil
}

// addSessions adds where it is open now, the newest first.
func addSessions(v *web.Visitor, a store.Application, after string, page *views.ApplicationPage) error {
	n, err := v.DB.CountOpenNow(v.Context(), a.Slug, v.Now)
	if err != nil {
		return err
	}
	page.Open = views.People(n)
	all, err := v.DB.OpenOf(v.Context(), a.Slug, after, pageSize+1, v.Now)
	if err != nil {
		return err
	}
	if after != "" {
		page.Newest = path(a.Slug)
	}
	if len(all) > pageSize {
		all = all[:pageSize]
		page.Older = path(a.Slug) + "?after=" + all[pageSize-1].ID
	}
	for _, o := range all {
		page.Sessions = append(page.Sessions, views.OpenSession{
			ID: o.ID, UserID: o.User.ID, Name: account.Shown(o.User), Browser: instance.BrowserName(o.UserAgent), Host: o.Host, Opened: o.Opened,
		})
	}
	return nil
}

// submitEnd signs somebody out of the application in one browser.
func submitEnd(v *web.Visitor) error {
	if _, err := v.Form(); err != nil {
		return err
	}
	a, err := chosen(v)
	if err != nil {
		return err
	}
	err = v.Tx(func(tx *store.Tx) error {
		o, err := access.Close(tx, v.Audit("", audit.ResultOK), a.Slug, v.Param("session"))
		if err != nil {
			return err
		}
		return v.SetFlash(tx, good(account.Shown(o.User)+" is signed out of "+a.Name+" in "+instance.BrowserName(o.UserAgent)+"."))
	})
	if err != nil {
		return err
	}
	return v.Redirect(path(a.Slug))
}
