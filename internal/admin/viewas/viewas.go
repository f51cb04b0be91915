// Package viewas is how an administrator who helps somebody looks at that user's own
// pages. It is no second sign-in: the visitor stays the administrator everywhere, in
// every handler and every audit row, and four routes read what the user's pages would
// show. None of them writes, so no handler can act as the user, by mistake or by a forged
// form (AC-05). The pages are built by packages profile, security and
// applications, so that both always show the same.
package viewas

import (
	"strconv"
	"time"

	"github.com/a-h/templ"

	"latchkey/internal/account"
	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/route"
	"latchkey/views"
)

// grantFor is how long pages may be looked at after a reason was given.
const grantFor = 15 * time.Minute

// Mount adds the routes.
func Mount(s *web.Site) {
	s.Get("/admin/users/:id/view-as", route.Administrator, show)
	s.Post("/admin/users/:id/view-as", route.Administrator, submit)
	s.Get("/admin/users/:id/as/profile", route.Administrator, viewing("profile", profilePage))
	s.Get("/admin/users/:id/as/security", route.Administrator, viewing("security", securityPage))
	s.Get("/admin/users/:id/as/applications", route.Administrator, viewing("applications", applicationsPage))
	s.Get("/admin/users/:id/as/activity", route.Administrator, viewing("activity", activityPage))
	s.Post("/viewing/end", route.SignedIn, submitEnd)
}

// chosen is the user of the route; an id that does not exist is a 404 page.
func chosen(v *web.Visitor) (user.User, error) { return v.DB.User(v.Param("id")) }

// refusal says why a user's pages cannot be looked at; "" if they can.
func refusal(v *web.Visitor, u user.User) string {
	switch {
	case u.ID == v.User.ID:
		return "These are your own pages: open Profile and Security in the menu."
	case !u.DeletedAt.IsZero():
		return "This user is in the recycle bin and has no pages. Restore the user first."
	}
	return ""
}

func show(v *web.Visitor) error {
	u, err := chosen(v)
	if err != nil {
		return err
	}
	return v.Render(reasonPage(v, u, v.Filled(nil, "")["reason"], nil))
}

func reasonPage(v *web.Visitor, u user.User, reason string, err error) templ.Component {
	return views.ViewAs{
		Frame: v.Frame(err), ID: u.ID, Name: account.Shown(u), Minutes: strconv.Itoa(int(grantFor / time.Minute)),
		Reason: reason, Refused: refusal(v, u),
	}
}

// submit writes down why, where the user can read it, and opens the pages.
func submit(v *web.Visitor) error {
	form, err := v.Form("reason")
	if err != nil {
		return err
	}
	u, err := chosen(v)
	if err != nil {
		return err
	}
	reason, err := user.CheckReason(form["reason"])
	if err == nil {
		err = v.Tx(func(tx *store.Tx) error { return grant(v, tx, u, reason) })
	}
	if err != nil {
		return v.Reject(err, reasonPage(v, u, form["reason"], err))
	}
	return v.Redirect(account.Path(u) + "/as/profile")
}

// grant lets the session of the visitor see the pages of u for a while, inside the
// transaction that writes it down.
func grant(v *web.Visitor, tx *store.Tx, u user.User, reason string) error {
	u, err := tx.User(u.ID)
	if err != nil {
		return err
	}
	if refused := refusal(v, u); refused != "" {
		return problem.New(problem.Conflict, refused)
	}
	if err := tx.SetViewGrant(store.ViewGrant{SessionID: v.Session.ID, UserID: u.ID, Ends: v.Now.Add(grantFor)}); err != nil {
		return err
	}
	return account.Action{Instance: v.Instance, Tx: tx, By: v.Audit("", audit.ResultOK), Reason: reason}.Viewed(u)
}

// submitEnd ends what the visitor's session may look at. It only takes a right away, so
// it needs no new proof, and nobody is asked for one in order to stop.
func submitEnd(v *web.Visitor) error {
	if _, err := v.Form(); err != nil {
		return err
	}
	var id string
	err := v.Tx(func(tx *store.Tx) (err error) {
		id, err = tx.EndViewGrant(v.Session.ID)
		return err
	})
	if err != nil {
		return err
	}
	if id == "" {
		return v.Redirect("/")
	}
	return v.Redirect(account.Path(user.User{ID: id}))
}

// viewing wraps a page of the user of the route. Without a living grant for that very
// user the visitor is asked for a reason first.
func viewing(page string, draw func(*web.Visitor, user.User, views.Frame) (templ.Component, error)) web.Handler {
	return func(v *web.Visitor) error {
		u, err := chosen(v)
		if err != nil {
			return err
		}
		l, ok, err := v.DB.ViewGrantOf(v.Session.ID, u.ID, v.Now)
		if err != nil {
			return err
		}
		if !ok || refusal(v, u) != "" {
			return v.Redirect(account.Path(u) + "/view-as")
		}
		f := v.Frame(nil)
		f.Viewing = &views.Viewing{ID: u.ID, Name: account.Shown(u), Until: l.Ends, Page: page}
		f.SetUpBy = v.Grace(u, v.Now)
		drawn, err := draw(v, u, f)
		if err != nil {
			return err
		}
		return v.Render(drawn)
	}
}
