package users

import (
	"strings"

	"latchkey/internal/account"
	"latchkey/internal/account/explain"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/present"
	"latchkey/views"
)

// showExplain answers why a user can or cannot sign in.
func showExplain(v *web.Visitor) error {
	u, err := chosen(v)
	if err != nil {
		return err
	}
	e, err := explain.Of(v.Instance, u, v.Now)
	if err != nil {
		return err
	}
	page := views.Explain{ID: u.ID, Username: u.Username, Name: u.Name, Answer: e.Answer(), Reason: said(e.Reason()), Rest: e.Rest()}
	for i, c := range e.Failing {
		shown := viewCheck(v, u, c)
		if i == 0 {
			page.First, page.Tell = &shown, said(c.Tell)
			continue
		}
		page.Also = append(page.Also, shown)
	}
	for _, c := range e.Passing {
		page.Passing = append(page.Passing, viewCheck(v, u, c))
	}
	if waiting, found, err := v.DB.PendingAuthenticator(u.ID, v.Now); err != nil {
		return err
	} else if found {
		page.Enrolling = waiting.Ends
	}
	entries, err := v.DB.SignInTries(v.Context(), u.ID, explain.LastTries)
	if err != nil {
		return err
	}
	page.Tries, page.Frame = present.NamedEvents(entries, u.Username), v.Frame(nil)
	return v.Render(page)
}

// viewCheck offers what helps, unless the action would be refused anyway.
func viewCheck(v *web.Visitor, u user.User, c explain.Check) views.Check {
	shown := views.Check{Name: c.Name, Words: said(c.Words)}
	if k, known := account.KindOf(c.Fix); known && k.Refusal(u, v.User.ID) == "" {
		shown.Fix, shown.FixWords = account.Path(u)+"/"+k.Name, views.FixWords(k.Name, !u.HasPassword)
	}
	return shown
}

// showExplainName asks for a name and answers for it: the users have pages of their own,
// and a name that nobody has may stand in an import.
func showExplainName(v *web.Visitor) error {
	sent, err := v.Filters("user")
	if err != nil {
		return err
	}
	page := views.ExplainName{Username: strings.TrimSpace(sent["user"])}
	if page.Username != "" {
		u, missing, err := explain.Name(v.Instance, page.Username)
		if err != nil {
			return err
		}
		if missing == nil {
			return v.Redirect(account.Path(u) + "/explain")
		}
		page.Answer, page.Reason = missing.Answer, said(missing.Words)
		switch {
		case missing.Owner == v.User.ID && missing.ImportID != "":
			page.Fix, page.FixWords = views.ImportsPath+"?batch="+missing.ImportID, "Open the import"
		case !missing.Known:
			page.Fix, page.FixWords = views.UserFilter{Q: page.Username}.Path(), "Search users"
		}
	}
	page.Frame = v.Frame(nil)
	return v.Render(page)
}
