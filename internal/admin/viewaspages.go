package admin

import (
	"strconv"

	"github.com/a-h/templ"

	"latchkey/internal/account"
	"latchkey/internal/instance"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/present"
	"latchkey/views"
)

const (
	// recentSeen is how many events the security page has, seenPage a page of the
	// activity: as many as the user sees.
	recentSeen = 10
	seenPage   = 50
)

// seenProfile is /profile as u has it.
func seenProfile(v *web.Visitor, u user.User, f views.Frame) (templ.Component, error) {
	notices, err := seenNotices(v, u)
	return views.Profile{
		Frame: f, Username: u.Username, Name: u.Name, Email: u.Email, EmailPending: u.EmailPending,
		EmailUnconfirmed: u.Email != "" && !u.EmailConfirmed && v.HasMail(), Role: string(u.Role), Since: u.Created,
		TwoStep: u.Authenticators > 0, CodesLeft: u.CodesLeft, Ready: present.RecoveryWords(u, v.HasMail()), Notices: notices,
	}, err
}

// seenNotices are those that u has not seen, and they stay so.
func seenNotices(v *web.Visitor, u user.User) (n views.Notices, err error) {
	return present.Notices(v.DB, u, func(store.Notice) bool { return false })
}

// seenSecurity is /security as u has it.
func seenSecurity(v *web.Visitor, u user.User, f views.Frame) (templ.Component, error) {
	page := views.Security{Frame: f, PasswordChanged: u.PasswordChanged}
	page.CanRemoveLast = !u.MustEnrol && !v.Settings().TwoStep.Demands(u.Role)
	apps, err := v.DB.Authenticators(u.ID)
	if err != nil {
		return nil, err
	}
	for _, a := range apps {
		page.Authenticators = append(page.Authenticators, present.Authenticator(a))
	}
	sessions, err := v.DB.Sessions(u.ID, v.Now)
	if err != nil {
		return nil, err
	}
	page.Sessions = present.Sessions(sessions, "")
	if page.CodesTotal, page.CodesLeft, err = v.DB.RecoveryCodes(u.ID); err != nil {
		return nil, err
	}
	if err := seenBrowsers(v, u, &page); err != nil {
		return nil, err
	}
	entries, err := v.DB.AuditEntries(v.Context(), store.AuditFilter{Subject: u.ID, Limit: recentSeen})
	if err != nil {
		return nil, err
	}
	page.Activity = present.OwnEvents(u.ID, entries)
	for _, t := range present.RecoveryTasks(u, v.HasMail()) {
		t.Href = "" // it would lead to the administrator's own page
		page.Ready = append(page.Ready, t)
	}
	page.Notices, err = seenNotices(v, u)
	return page, err
}

func seenBrowsers(v *web.Visitor, u user.User, page *views.Security) error {
	page.AlwaysAsked = v.AlwaysAsked(u.Role)
	if v.RememberDays(u.Role) == 0 {
		return nil
	}
	page.CanRemember = u.Authenticators > 0
	all, err := v.DB.RememberedBrowsers(u.ID, v.Now)
	for _, b := range all {
		page.Browsers = append(page.Browsers, views.Browser{Name: instance.BrowserName(b.UserAgent), IP: b.IP, LastUsed: b.LastUsed, Ends: b.RememberedUntil})
	}
	return err
}

// seenActivity is /security/activity as u has it.
func seenActivity(v *web.Visitor, u user.User, f views.Frame) (templ.Component, error) {
	sent, err := v.Filters("before")
	if err != nil {
		return nil, err
	}
	in, path := web.Filters{Sent: sent}, account.Path(u)+"/as/activity"
	filter := store.AuditFilter{About: u.ID, Limit: seenPage + 1, Before: in.Positive("before")}
	if in.Bad {
		return nil, in.Mistake()
	}
	entries, err := v.DB.AuditEntries(v.Context(), filter)
	page := views.Activity{Frame: f}
	if filter.Before > 0 {
		page.Newer = path
	}
	if len(entries) > seenPage {
		entries = entries[:seenPage]
		page.Older = path + "?before=" + strconv.FormatInt(entries[seenPage-1].Seq, 10)
	}
	page.Events = present.OwnEvents(u.ID, entries)
	return page, err
}
