package admin

import (
	"context"
	"strings"

	"latchkey/internal/audit"
	"latchkey/internal/instance"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/views"
)

// lastTries is how many attempts the page shows.
const lastTries = 10

// try is an attempt to sign in.
type try struct {
	entry audit.Entry
	words string
}

func (t try) failed() bool { return t.entry.Result != audit.ResultOK }

// triesOf are the newest attempts to sign in as a user.
func triesOf(i *instance.Instance, u user.User) ([]try, error) {
	entries, err := i.DB.SignInTries(context.Background(), u.ID, lastTries)
	tries := make([]try, len(entries))
	for i, e := range entries {
		tries[i] = try{e, audit.Sentence(e)}
	}
	return tries, err
}

// showExplain answers why a user can or cannot sign in.
func showExplain(v *web.Visitor) error {
	u, err := chosen(v)
	if err != nil {
		return err
	}
	e, err := Explain(v.Instance, u, v.Now)
	if err != nil {
		return err
	}
	page := views.Explain{ID: u.ID, Username: u.Username, Name: u.Name, Answer: e.Answer(), Reason: e.Reason(), Rest: e.Rest()}
	for i, c := range e.Failing {
		shown := viewCheck(v, u, c)
		if i == 0 {
			page.First, page.Tell = &shown, c.Tell
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
	entries, err := v.DB.SignInTries(v.Context(), u.ID, lastTries)
	if err != nil {
		return err
	}
	page.Tries, page.Frame = web.NamedEvents(entries, u.Username), v.Frame(nil)
	return v.Render(page)
}

// viewCheck offers what helps, unless the act would be refused anyway.
func viewCheck(v *web.Visitor, u user.User, c Check) views.Check {
	shown := views.Check{Name: c.Name, Words: c.Words}
	if c.fix != "" && noChange(c.fix, u) == "" && (u.ID != v.User.ID || ownRefusal(c.fix) == "") {
		shown.Fix, shown.FixWords = userPath(u)+"/"+c.fix, fixWords(c.fix, u)
	}
	return shown
}

func fixWords(kind string, u user.User) string {
	switch kind {
	case kindRestore:
		return "Restore the account"
	case kindEnable:
		return "Enable the account"
	case kindUnlock:
		return "Unlock the account"
	case kindReset:
		return "Reset two-step verification"
	case kindLink:
		if !u.HasPassword {
			return "Send an invitation"
		}
	}
	return "Send password link"
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
		u, missing, err := ExplainName(v.Instance, page.Username)
		if err != nil {
			return err
		}
		if missing == nil {
			return v.Redirect(userPath(u) + "/explain")
		}
		page.Answer, page.Reason = missing.Answer, missing.Words
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
