// Package applications is what people may open: the page of it, and how they sign out of one.
package applications

import (
	"strings"

	"latchkey/internal/access"
	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/internal/web/route"
	"latchkey/views"
)

const listPath = views.MyApplicationsPath

// Mount adds the routes.
func Mount(s *web.Site) {
	s.Get(listPath, route.SignedIn, showList)
	s.Post(listPath+"/:app/sign-out", route.SignedIn, submitSignOut)
}

// pageSize is how many applications stand on a page.
const pageSize = 60

func showList(v *web.Visitor) error {
	page, err := Page(v, v.User, listPath, v.Session.ID)
	if err != nil {
		return err
	}
	page.Frame = v.Frame(nil)
	return v.Render(page)
}

// Page is what u may open, without its frame: for u, and for an administrator who views it as u. path
// is where the page is read; sessionID is the session whose browser is this one, "" for none.
func Page(v *web.Visitor, u user.User, path, sessionID string) (page views.MyApplications, err error) {
	sent, err := v.Filters("q", "after", "before")
	if err != nil {
		return page, err
	}
	in := forms.Filters{Sent: sent}
	f := store.ApplicationFilter{
		Text: strings.TrimSpace(in.Text("q")), Opens: u.ID, Enabled: true, After: in.Text("after"), Before: in.Text("before"), Limit: pageSize + 1,
	}
	if in.Bad || f.After != "" && f.Before != "" {
		return page, forms.ErrAddress
	}
	all, err := v.DB.Applications(v.Context(), f)
	if err != nil {
		return page, err
	}
	all, before, after := web.Page(all, pageSize, f.After, f.Before)
	to := views.MyApplicationFilter{Base: path, Q: f.Text}
	if before {
		page.Previous = to.At("before", all[0].Slug)
	}
	if after {
		page.Next = to.At("after", all[len(all)-1].Slug)
	}
	page.Q, page.Searchable = f.Text, f.Text != "" || before || after
	open, err := v.DB.OpenBy(v.Context(), u.ID, v.Now)
	for _, a := range all {
		page.Apps = append(page.Apps, shown(v, a, open, sessionID))
	}
	return page, err
}

// shown is one application, with since when it is open.
func shown(v *web.Visitor, a store.Application, open []store.OpenNow, sessionID string) views.MyApplication {
	m := views.MyApplication{Slug: a.Slug, Name: a.Name, Href: access.Launch(a, v.URL)}
	if len(a.Hosts) > 0 {
		m.Host = a.Hosts[0]
	}
	for _, o := range open {
		switch {
		case o.Slug != a.Slug:
		case o.SessionID == sessionID:
			m.Opened = o.Opened
		default:
			m.Elsewhere = true
		}
	}
	return m
}

// submitSignOut signs the visitor out of one application in this browser. What is open of it in
// other browsers stays: each is signed out on its own, or on the security page with everything
// in it (decision record 90).
func submitSignOut(v *web.Visitor) error {
	if _, err := v.Form(); err != nil {
		return err
	}
	slug := v.Param("app")
	err := v.Tx(func(tx *store.Tx) error {
		a, err := tx.RightTo(slug, "", v.User.ID)
		if err != nil {
			return err
		}
		err = access.CloseHere(tx, v.Audit("", audit.ResultOK), slug, v.Session.ID, v.User)
		switch {
		case problem.Is(err, problem.Conflict) && !a.MayOpen(): // others do not learn that it exists (AC-04)
			return problem.New(problem.NotFound, "")
		case err != nil && !problem.Is(err, problem.Conflict): // a conflict is a second press: it is as the visitor wanted
			return err
		}
		return v.SetFlash(tx, views.Flash{Kind: "good", Text: "You are signed out of " + a.Name + " in this browser."})
	})
	if err != nil {
		return err
	}
	return v.Redirect(listPath)
}
