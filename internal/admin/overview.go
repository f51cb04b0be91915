package admin

import (
	"fmt"
	"net/url"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/views"
)

const (
	chartDays    = 14
	recentEvents = 10
	// stranded is how many invitations are counted at most.
	stranded = 1000
)

func showOverview(v *web.Visitor) (err error) {
	var page views.AdminOverview
	if page.Tiles, err = tiles(v); err != nil {
		return err
	}
	alone, err := onlyOne(v)
	if err != nil {
		return err
	}
	if alone {
		page.Checklist = checklist(v)
	} else if err := addActivity(v, &page); err != nil {
		return err
	}
	entries, err := v.DB.AuditEntries(v.Context(), store.AuditFilter{Limit: recentEvents})
	if err != nil {
		return err
	}
	page.Recent, page.Frame = web.Events(entries), v.Frame(nil)
	return v.Render(page)
}

// onlyOne reports whether there is no user besides the visitor.
func onlyOne(v *web.Visitor) (bool, error) {
	n, err := v.DB.Users(v.Context(), store.UserFilter{Limit: 2, Now: v.Now})
	return len(n) < 2, err
}

// checklist is what is left to do on a new instance.
func checklist(v *web.Visitor) []views.Task {
	return []views.Task{
		{Text: "Turn on two-step verification for yourself", Href: "/security", Done: v.User.Authenticators > 0},
		{Text: "Name this instance", Href: "/admin/settings/general", Done: v.Settings().InstanceName != auth.DefaultSettings().InstanceName},
		{Text: "Add the first user", Href: "/admin/users/new"},
	}
}

// tiles are the numbers that lead to the lists behind them.
func tiles(v *web.Visitor) ([]views.Tile, error) {
	all := []views.Tile{
		{Label: "Active users", Href: views.UserFilter{Status: "active"}.Path()},
		{Label: "Without two-step", Href: views.UserFilter{TwoStep: "off"}.Path()},
		{Label: "Locked right now", Href: views.UserFilter{Status: "locked"}.Path()},
	}
	for i, f := range []store.UserFilter{{Status: store.StatusActive}, {TwoStep: "off"}, {Status: store.StatusLocked}} {
		f.Now = v.Now
		n, err := v.DB.CountUsers(v.Context(), f)
		if err != nil {
			return nil, err
		}
		if all[i].Count = n; n > store.CountMax {
			all[i].Count, all[i].Note = store.CountMax, "or more"
		}
	}
	since := v.Now.Add(-24 * time.Hour)
	failed, err := v.DB.FailedSignIns(since)
	q := url.Values{"result": {string(audit.ResultFailed)}, "from": {since.UTC().Format(time.DateOnly)}}
	return append(all, views.Tile{Label: "Failed sign-ins, 24 h", Count: failed, Href: "/admin/audit?" + q.Encode()}), err
}

// addActivity adds the chart and what wants attention.
func addActivity(v *web.Visitor, page *views.AdminOverview) error {
	today := v.Now.UTC().Truncate(24 * time.Hour)
	first := today.AddDate(0, 0, 1-chartDays)
	counts, err := v.DB.SignInCounts(v.Context(), first)
	if err != nil {
		return err
	}
	page.Days = days(first, counts, v.Settings().TwoStep)
	page.Attention, err = attention(v)
	return err
}

// days sorts the counted steps into days. Where everybody has a second step a
// sign-in is complete with that; elsewhere most have none, and a right password
// stands for the sign-in.
func days(first time.Time, counts []store.SignInCount, policy auth.TwoStep) []views.Day {
	all := make([]views.Day, chartDays)
	for i := range all {
		all[i].Date = first.AddDate(0, 0, i)
	}
	for _, c := range counts {
		i := int(c.Day.Sub(first) / (24 * time.Hour))
		if i < 0 || i >= chartDays {
			continue // the clock was ahead once
		}
		second := c.Event != audit.LoginPassword
		switch {
		case c.Result == audit.ResultFailed:
			all[i].Failed += c.Count
		case c.Result == audit.ResultOK && second == policy.Demands(user.RoleUser):
			all[i].Succeeded += c.Count
		}
	}
	return all
}

// attention lists what an administrator should look at.
func attention(v *web.Visitor) (all []views.Notice, err error) {
	usable, err := v.DB.UsableAdministrators(adminDemands(v))
	if err != nil {
		return nil, err
	}
	if usable < 2 {
		all = append(all, views.Notice{
			Text: "Only one administrator can sign in. Add a second one, in case a phone is lost.",
			Href: views.UserFilter{Role: "admin"}.Path(), Words: "Administrators",
		})
	}
	if v.Settings().TwoStep != auth.TwoStepEveryone {
		all = append(all, views.Notice{
			Text: "Two-step verification is not required of everyone.", Href: "/admin/settings/sign-in", Words: "Sign-in settings",
		})
	}
	closed, err := v.DB.CountClosed()
	if err != nil {
		return nil, err
	}
	if closed > 0 {
		q := url.Values{"event": {string(audit.UserNotMe)}}
		all = append(all, views.Notice{Text: closedWords(closed), Href: "/admin/audit?" + q.Encode(), Words: "See what happened"})
	}
	waiting, err := v.DB.CountOpenRequests()
	if err != nil {
		return nil, err
	}
	if waiting > 0 {
		all = append(all, views.Notice{Text: waitingWords(waiting), Href: "/admin/requests", Words: "Lost phones"})
	}
	n, err := v.DB.StrandedInvitations(v.Now, stranded)
	if n > 0 {
		all = append(all, views.Notice{Text: strandedWords(n), Href: views.UserFilter{Status: "invited"}.Path(), Words: "Show them"})
	}
	return all, err
}

func closedWords(n int) string {
	if n == 1 {
		return "1 user said “this was not me” and has not chosen a new password yet."
	}
	return fmt.Sprintf("%d users said “this was not me” and have not chosen new passwords yet.", n)
}

func waitingWords(n int) string {
	if n == 1 {
		return "1 person has lost a phone and waits for an administrator."
	}
	return fmt.Sprintf("%d people have lost a phone and wait for an administrator.", n)
}

func strandedWords(n int) string {
	switch n {
	case 1:
		return "1 invited user has no link that works any more."
	case stranded:
		return "Many invited users have no link that works any more."
	}
	return fmt.Sprintf("%d invited users have no link that works any more.", n)
}
