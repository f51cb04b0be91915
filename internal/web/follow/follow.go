// Package follow is what pages behind a link in a mail have in common: how it is followed, whether
// it still works, and what is said when it does not.
package follow

import (
	"net/http"
	"strings"

	"latchkey/internal/auth"
	"latchkey/internal/problem"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/views"
)

// Link moves the token of the route's link out of the address, so that
// neither history nor a Referer holds it, and goes on to a page of this stage. It
// uses nothing up: mail scanners follow links too.
//
// It is mounted for GET and POST. Somebody else's link may be opened by a foreign page
// (login CSRF), so a GET never takes the place of what this browser is in the middle of:
// it asks, and the answer is the POST.
func Link(v *web.Visitor, stage auth.Step, path string, purposes ...store.Purpose) error {
	if v.Posts() {
		if _, err := v.Form(); err != nil {
			return err
		}
	}
	link, ok, err := v.LivingLink(secret.HashToken(v.Param("token")), purposes)
	if err != nil {
		return err
	}
	if !ok {
		return Expired(v)
	}
	if !v.Posts() {
		if !v.Way.Navigates() {
			return v.Onward()
		}
		under, err := v.UnderWay()
		if err != nil {
			return err
		}
		if under != "" && v.Pending.LinkHash == link.TokenHash && v.Pending.Stage == stage {
			return v.Redirect(path) // the same link once more
		}
		if under != "" {
			return askWhich(v, link, under)
		}
	}
	if err := v.Follow(link, stage); err != nil {
		return err
	}
	return v.Redirect(path)
}

// askWhich asks whether the link shall take the place of what goes on at this path.
func askWhich(v *web.Visitor, link store.Link, path string) error {
	u, err := v.DB.User(link.UserID)
	if err != nil {
		return err
	}
	page := views.LinkInstead{
		Frame: v.Frame(nil), Path: v.Path(), Username: u.Username, Same: u.ID == v.User.ID,
		Current: v.User.Username, CurrentPath: path,
	}
	switch v.Pending.Stage {
	case auth.StepNewPassword:
		page.Doing = views.ChoosingPassword
	case auth.StepEnrol:
		page.Doing = views.SettingUpApp
	case auth.StepLink:
		page.Doing = views.FollowingLink
	}
	return v.Render(page)
}

// Page is the handler of a page behind a link that was followed to it. h gets the link,
// which still works and is of one of these kinds: a page never takes a link of another
// kind (CR-05). Where there is none, or h says by a problem.NotFound that somebody else was
// faster with it, the page says why the link does not work.
func Page(h func(v *web.Visitor, link store.Link) error, purposes ...store.Purpose) web.Handler {
	return func(v *web.Visitor) error {
		link, ok, err := v.LivingLink(v.Pending.LinkHash, purposes)
		if err != nil {
			return err
		}
		if !ok {
			return Expired(v)
		}
		if err := h(v, link); !problem.Is(err, problem.NotFound) {
			return err
		}
		return Expired(v)
	}
}

// Form is Page for the form of such a page, which has these fields. What no page
// of ours sends is refused as such, whatever the link is.
func Form(h func(v *web.Visitor, link store.Link, form forms.Form) error, fields []string, purposes ...store.Purpose) web.Handler {
	return func(v *web.Visitor) error {
		form, err := v.Form(fields...)
		if err != nil {
			return err
		}
		return Page(func(v *web.Visitor, link store.Link) error { return h(v, link, form) }, purposes...)(v)
	}
}

// Expired answers why the link that the visitor holds does not work: the one in the
// address, or the one that was followed to this page.
func Expired(v *web.Visitor) error {
	hash := v.Pending.LinkHash
	if token := v.Param("token"); token != "" {
		hash = secret.HashToken(token)
	}
	e, err := v.DB.LinkStateOf(hash, v.Now)
	if err != nil {
		return err
	}
	if e.State == store.LinkUnknown || e.State == store.LinkLiving { // it is a link to another page
		e = store.EndedLink{}
		if strings.HasPrefix(v.Path(), "/reset") {
			e.Purpose = store.PurposeReset
		}
	}
	return v.RenderStatus(http.StatusGone, views.LinkOver{
		Frame: v.Frame(nil), State: string(e.State), Purpose: string(e.Purpose), At: e.At, Lifetime: e.Lifetime, CanReset: v.HasMail(),
	})
}
