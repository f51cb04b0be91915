package applications

import (
	"strings"

	"latchkey/internal/access"
	"latchkey/internal/account"
	"latchkey/internal/account/explain"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/views"
)

// showWho says who may open an application and why, page by page, and answers for one person.
func showWho(v *web.Visitor) error {
	a, err := chosen(v)
	if err != nil {
		return err
	}
	sent, err := v.Filters("user", "after", "before")
	if err != nil {
		return err
	}
	in := forms.Filters{Sent: sent}
	f := store.UserFilter{After: in.Key("after"), Before: in.Key("before"), Limit: pageSize + 1, Now: v.Now}
	page := views.ApplicationWho{Asked: strings.TrimSpace(sent["user"])}
	if in.Bad || f.After != "" && f.Before != "" {
		return forms.ErrAddress
	}
	var groups []store.Group
	if page.Application, groups, err = withGroups(v, a); err != nil {
		return err
	}
	if page.Asked != "" {
		if err := check(v, a, groups, &page); err != nil {
			return err
		}
	}
	if err := addOpeners(v, a, f, &page); err != nil {
		return err
	}
	page.Frame = v.Frame(nil)
	return v.Render(page)
}

// addOpeners adds a page of those who may open it.
func addOpeners(v *web.Visitor, a store.Application, f store.UserFilter, page *views.ApplicationWho) error {
	n, err := v.DB.CountOpeners(v.Context(), a)
	if err != nil {
		return err
	}
	page.Openers = views.People(n)
	if n.N == 0 {
		return nil
	}
	users, err := v.DB.Openers(v.Context(), a, f)
	if err != nil {
		return err
	}
	users, before, after := web.Page(users, pageSize, f.After, f.Before)
	if before {
		page.Previous = path(a.Slug) + "/who?before=" + users[0].ID
	}
	if after {
		page.Next = path(a.Slug) + "/who?after=" + users[len(users)-1].ID
	}
	page.Rows, err = openers(v, a, users)
	return err
}

// check answers for the person who was asked for.
func check(v *web.Visitor, a store.Application, groups []store.Group, page *views.ApplicationWho) error {
	u, err := v.DB.UserNamed(page.Asked)
	if problem.Is(err, problem.NotFound) {
		page.Answer, page.Reason = "No user has this name.", "Nobody signs in as “"+page.Asked+"”. Check the spelling."
		page.Fix, page.FixWords = views.UserFilter{Q: page.Asked}.Path(), "Search users"
		return nil
	}
	if err != nil {
		return err
	}
	in, err := v.DB.ReasonsOf(v.Context(), a.Slug, []string{u.ID})
	if err != nil {
		return err
	}
	verdict := access.Judge(a, u, in[u.ID], groups)
	page.Good, page.Answer, page.Reason = verdict.Opens, verdict.Answer, verdict.Reason
	page.Fix, page.FixWords = fix(a, u, verdict)
	if !verdict.Opens {
		return nil
	}
	// They have access, and may not get that far.
	e, err := explain.Of(v.Instance, u, v.Now)
	if err == nil && len(e.Failing) > 0 {
		page.Good = false
		page.Answer = account.Shown(u) + " has access to " + a.Name + ", but cannot sign in."
		page.Reason = verdict.Reason + " " + e.Answer()
		page.Fix, page.FixWords = account.Path(u)+"/explain", "See why"
	}
	return err
}

// fix is where it can be put right, and the words of its button.
func fix(a store.Application, u user.User, verdict access.Verdict) (href, words string) {
	switch verdict.Way {
	case access.Enabling:
		return path(a.Slug) + "/enable", "Enable " + a.Name
	case access.Joining:
		return views.GroupsPath + "/" + verdict.Group, "Add to " + verdict.Title
	case access.Listing:
		return path(a.Slug) + "/edit", "Choose groups"
	case access.Restoring:
		return account.Path(u) + "/" + account.Restore, "Restore user"
	case access.Activating:
		return account.Path(u) + "/" + account.Enable, "Enable user"
	}
	return account.Path(u), "Open their page"
}
