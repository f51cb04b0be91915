package admin

import (
	"net/url"
	"strconv"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/internal/web/present"
	"latchkey/views"
)

const (
	chartDays    = 14
	chartLong    = 30
	recentEvents = 10
)

func showOverview(v *web.Visitor) error {
	shownDays, err := readDays(v)
	if err != nil {
		return err
	}
	page := views.AdminOverview{Long: shownDays == chartLong}
	if page.Tiles, err = tiles(v); err != nil {
		return err
	}
	others, err := v.DB.HasOthers(v.Context())
	if err != nil {
		return err
	}
	if page.Checklist, err = checklist(v); err != nil {
		return err
	}
	if !others {
		copied, err := aboutCopy(v)
		if err != nil {
			return err
		}
		late, err := aboutStreams(v)
		if err != nil {
			return err
		}
		page.Alone, page.Attention = true, append(append(copied, proxyNotices(v)...), late...)
	} else if err := addActivity(v, &page, shownDays); err != nil {
		return err
	}
	entries, err := v.DB.Headlines(v.Context(), recentEvents)
	if err != nil {
		return err
	}
	page.Recent, page.Frame = present.NamedEvents(entries, ""), v.Frame(nil)
	return v.Render(page)
}

// readDays reads how many days the chart is to show.
func readDays(v *web.Visitor) (int, error) {
	sent, err := v.Filters("days")
	if err != nil {
		return 0, err
	}
	switch sent["days"] {
	case "":
		return chartDays, nil
	case strconv.Itoa(chartLong):
		return chartLong, nil
	}
	return 0, problem.New(problem.BadRequest, "The chart shows 14 or 30 days.")
}

// tiles are the numbers that lead to the lists behind them.
func tiles(v *web.Visitor) ([]views.Tile, error) {
	all := []views.Tile{
		{Label: "Active users", Href: views.UserFilter{Status: "active"}.Path()},
		{Label: "Without two-step", Href: views.UserFilter{Status: "active", TwoStep: "off"}.Path()},
		{Label: "Locked right now", Href: views.UserFilter{Status: "locked"}.Path()},
	}
	for i, f := range []store.UserFilter{{Status: store.StatusActive}, store.WithoutTwoStep("", v.Now), {Status: store.StatusLocked}} {
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
	q := url.Values{"result": {string(audit.ResultFailed)}, "from": {since.In(v.Zone()).Format(time.DateOnly)}}
	return append(all, views.Tile{Label: "Failed sign-ins, 24 h", Count: failed, Href: "/admin/audit?" + q.Encode()}), err
}

// progress is how far a policy is whose deadline is still to come; nil for none.
func progress(v *web.Visitor) (*views.Progress, error) {
	s := v.Settings()
	if !s.InGrace(v.Now) {
		return nil, nil
	}
	late, err := v.DB.CountUsers(v.Context(), store.WithoutTwoStep("", v.Now))
	if err != nil {
		return nil, err
	}
	all, err := v.DB.CountUsers(v.Context(), store.UserFilter{Status: store.StatusActive, Now: v.Now})
	return &views.Progress{
		Late: late, All: all, CountMax: store.CountMax, Deadline: s.TwoStepDeadline, Left: s.GraceEnds().Sub(v.Now),
	}, err
}

// addActivity adds the chart, how far a policy with a deadline is, and what wants
// attention.
func addActivity(v *web.Visitor, page *views.AdminOverview, shownDays int) error {
	today := v.Now.UTC().Truncate(24 * time.Hour)
	first := today.AddDate(0, 0, 1-shownDays)
	counts, err := v.DB.SignInCounts(v.Context(), first, v.Now)
	if err != nil {
		return err
	}
	page.Days = days(first, shownDays, counts, v.Settings())
	if page.Progress, err = progress(v); err != nil {
		return err
	}
	page.Attention, err = attention(v)
	return err
}

// days sorts the counted steps into days. Where everybody had a second step all the
// time a sign-in is complete with that; elsewhere many have none, and a right password
// stands for the sign-in.
func days(first time.Time, shown int, counts []store.SignInCount, settings auth.Settings) []views.Day {
	everyone := settings.TwoStep == auth.TwoStepEveryone && settings.TwoStepSince.Before(first) && settings.TwoStepDeadline.Before(first)
	all := make([]views.Day, shown)
	for i := range all {
		all[i].Date = first.AddDate(0, 0, i)
	}
	for _, c := range counts {
		i := int(c.Day.Sub(first) / (24 * time.Hour))
		if i < 0 || i >= shown {
			continue // the clock was ahead once
		}
		second := c.Event != audit.LoginPassword
		switch {
		case c.Result == audit.ResultFailed:
			all[i].Failed += c.Count
		case c.Result == audit.ResultOK && second == everyone:
			all[i].Succeeded += c.Count
		}
	}
	return all
}
