package viewas

import (
	"github.com/a-h/templ"

	"latchkey/internal/account"
	"latchkey/internal/applications"
	"latchkey/internal/profile"
	"latchkey/internal/security"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/internal/web/present"
	"latchkey/views"
)

// profilePage is /profile as u has it.
func profilePage(v *web.Visitor, u user.User, f views.Frame) (templ.Component, error) {
	notices, err := unseen(v, u)
	page := profile.Page(v, u, notices)
	page.Frame = f
	return page, err
}

// unseen are the notices that u has not seen, and they stay so.
func unseen(v *web.Visitor, u user.User) (views.Notices, error) {
	return present.Notices(v.DB, u, func(store.Notice) bool { return false })
}

// securityPage is /security as u has it.
func securityPage(v *web.Visitor, u user.User, f views.Frame) (templ.Component, error) {
	page, err := security.Page(v, u)
	if err != nil {
		return nil, err
	}
	for i := range page.Ready {
		page.Ready[i].Href = "" // it would lead to the administrator's own page
	}
	page.Frame = f
	page.Notices, err = unseen(v, u)
	return page, err
}

// applicationsPage is /applications as u has it, in none of their browsers.
func applicationsPage(v *web.Visitor, u user.User, f views.Frame) (templ.Component, error) {
	page, err := applications.Page(v, u, account.Path(u)+"/as/applications", "")
	page.Frame = f
	return page, err
}

// activityPage is /security/activity as u has it.
func activityPage(v *web.Visitor, u user.User, f views.Frame) (templ.Component, error) {
	sent, err := v.Filters("before")
	if err != nil {
		return nil, err
	}
	in := forms.Filters{Sent: sent}
	before := in.Positive("before")
	if in.Bad {
		return nil, in.Mistake()
	}
	page, err := security.ActivityPage(v, u, account.Path(u)+"/as/activity", before)
	page.Frame = f
	return page, err
}
