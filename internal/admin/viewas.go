package admin

import (
	"strconv"
	"time"

	"github.com/a-h/templ"

	"latchkey/internal/account"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/views"
)

// An administrator who helps somebody may look at that user's own pages. It is no
// second sign-in: the visitor stays the administrator everywhere, in every handler and
// every audit row, and three routes of their own read what the user's pages would show.
// None of them writes, so no handler can act as the user, by mistake or by a forged
// form (AC-05).

// lookFor is how long pages may be looked at after a reason was given.
const lookFor = 15 * time.Minute

// lookRefusal says why a user's pages cannot be looked at; "" if they can.
func lookRefusal(v *web.Visitor, u user.User) string {
	switch {
	case u.ID == v.User.ID:
		return "These are your own pages: open Profile and Security in the menu."
	case !u.DeletedAt.IsZero():
		return "This user is in the recycle bin and has no pages. Restore the user first."
	}
	return ""
}

func showViewAs(v *web.Visitor) error {
	u, err := chosen(v)
	if err != nil {
		return err
	}
	return v.Render(viewAsPage(v, u, v.Filled(nil, "")["reason"], nil))
}

func viewAsPage(v *web.Visitor, u user.User, reason string, err error) templ.Component {
	return views.ViewAs{
		Frame: v.Frame(err), ID: u.ID, Name: account.Shown(u), Minutes: strconv.Itoa(int(lookFor / time.Minute)),
		Reason: reason, Refused: lookRefusal(v, u),
	}
}

// submitViewAs writes down why, where the user can read it, and opens the pages.
func submitViewAs(v *web.Visitor) error {
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
		err = v.Tx(func(tx *store.Tx) error { return look(v, tx, u, reason) })
	}
	if err != nil {
		return v.Reject(err, viewAsPage(v, u, form["reason"], err))
	}
	return v.Redirect(account.Path(u) + "/as/profile")
}

func look(v *web.Visitor, tx *store.Tx, u user.User, reason string) error {
	u, err := tx.User(u.ID)
	if err != nil {
		return err
	}
	if refused := lookRefusal(v, u); refused != "" {
		return problem.New(problem.Conflict, refused)
	}
	if err := tx.SetViewGrant(store.ViewGrant{SessionID: v.Session.ID, UserID: u.ID, Ends: v.Now.Add(lookFor)}); err != nil {
		return err
	}
	return action(v, tx, reason).Viewed(u)
}

// submitEndLook ends the look of the visitor's session. It only takes a right away, so
// it needs no new proof, and nobody is asked for one in order to stop.
func submitEndLook(v *web.Visitor) error {
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
	return v.Redirect("/admin/users/" + id)
}

// looking wraps a page of the user of the route. Without a living look at that very
// user the visitor is asked for a reason first.
func looking(page string, draw func(*web.Visitor, user.User, views.Frame) (templ.Component, error)) web.Handler {
	return func(v *web.Visitor) error {
		u, err := chosen(v)
		if err != nil {
			return err
		}
		l, ok, err := v.DB.ViewGrantOf(v.Session.ID, u.ID, v.Now)
		if err != nil {
			return err
		}
		if !ok || lookRefusal(v, u) != "" {
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
