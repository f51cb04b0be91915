// Package requests is the pages on which an administrator decides about somebody who lost
// their phone, and a second one about what another administrator asked for.
package requests

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"latchkey/internal/account"
	"latchkey/internal/factor"
	"latchkey/internal/instance"
	"latchkey/internal/problem"
	"latchkey/internal/requestwords"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/internal/web/route"
	"latchkey/views"
)

// requestPage is how many requests of each kind stand on a page: 50.
const requestPage = 50

// Mount adds the routes.
func Mount(s *web.Site) {
	w := words{requestwords.New(s.Instance)}
	s.Background(w.Job())
	s.Get("/admin/requests", route.Administrator, w.list)
	s.Get(views.RequestWordsPath, route.Administrator, w.show)
	s.Get(views.RequestWordsPath+".csv", route.Administrator, w.export)
	s.Get("/admin/requests/:id", route.Administrator, showRequest)
	s.Post("/admin/requests/:id", route.Administrator, submitRequest)
	s.Get(account.ApprovalPath(":id"), route.Administrator, showApproval)
	s.Post(account.ApprovalPath(":id"), route.Administrator, submitApproval)
}

// showRequests shows the beginning of every list, or one of them from somewhere on.
func showRequests(v *web.Visitor) error {
	sent, err := v.Filters("show", "after")
	if err != nil {
		return err
	}
	in := forms.Filters{Sent: sent}
	show, after := in.OneOf("show", views.RequestLists()...), place(&in)
	if in.Bad {
		return in.Mistake()
	}
	page := views.Requests{One: show != ""}
	for _, name := range views.RequestLists() {
		if page.One && name != show {
			continue
		}
		l, err := list(v, name, after)
		if err != nil {
			return err
		}
		if len(l.Rows) > 0 {
			page.Lists = append(page.Lists, l)
		}
	}
	page.Frame = v.Frame(nil)
	return v.Render(page)
}

// place is where the page begins, as list wrote it.
func place(in *forms.Filters) (p store.Place) {
	after := in.Key("after")
	if after == "" {
		return p
	}
	made, id, _ := strings.Cut(after, "-")
	at, err := strconv.ParseInt(made, 10, 64)
	if err != nil || at < 1 || id == "" || in.Sent["show"] == "" {
		in.Refuse("The place in the list in this page’s address does not exist.")
	}
	return store.Place{Made: time.UnixMilli(at), ID: id}
}

// list is a page of one list.
func list(v *web.Visitor, name string, after store.Place) (l views.RequestList, err error) {
	l.Name = name
	switch open := name == views.ListApprovals || name == views.ListWaiting; name {
	case views.ListApprovals, views.ListApproved:
		l.Rows, err = rows(approvalRow)(v.DB.Approvals(open, after, requestPage+1))
	default:
		l.Rows, err = rows(requestRow)(v.DB.Requests(open, after, requestPage+1))
	}
	if len(l.Rows) > requestPage {
		l.Rows = l.Rows[:requestPage]
		last := l.Rows[requestPage-1]
		l.More = fmt.Sprintf("/admin/requests?show=%s&after=%d-%s", name, last.Made.UnixMilli(), last.ID)
	}
	return l, err
}

// rows shows each.
func rows[T any](row func(T) views.Request) func([]T, error) ([]views.Request, error) {
	return func(all []T, err error) (shown []views.Request, _ error) {
		for _, one := range all {
			shown = append(shown, row(one))
		}
		return shown, err
	}
}

func requestRow(q store.Request) views.Request {
	return views.Request{ID: q.ID, Username: q.Username, Name: q.Name, Status: string(q.Status), Made: q.Made, By: q.DecidedName}
}

// asked is the request of the route and the user who made it.
func asked(v *web.Visitor) (store.Request, user.User, error) {
	return ofRoute(v, v.DB.Request, func(q store.Request) string { return q.UserID })
}

// ofRoute finds what the route is about, and the user whom it concerns.
func ofRoute[T any](v *web.Visitor, find func(id string) (T, bool, error), concerned func(T) string) (T, user.User, error) {
	q, ok, err := find(v.Param("id"))
	if err == nil && !ok {
		err = problem.New(problem.NotFound, "")
	}
	if err != nil {
		return q, user.User{}, err
	}
	u, err := v.DB.User(concerned(q))
	return q, u, err
}

func showRequest(v *web.Visitor) error {
	q, u, err := asked(v)
	if err != nil {
		return err
	}
	if link, mine := strings.CutPrefix(v.TakeOnce(), q.ID+" "); mine {
		return showPhoneLink(v, q, u, link)
	}
	page, err := requestFacts(v, q, u, v.Filled(nil, "Decide"), nil)
	if err != nil {
		return err
	}
	return v.Render(page)
}

// showPhoneLink shows the link of a request that has just been approved, this once.
func showPhoneLink(v *web.Visitor, q store.Request, u user.User, link string) error {
	size, path, err := factor.QR(link)
	if err != nil {
		return err
	}
	v.PreventBackCache()
	return v.Render(views.UserLink{
		Frame: v.Frame(nil), ID: u.ID, Username: u.Username, Name: u.Name, NewPhone: true,
		Link: link, Expires: q.Decided.Add(instance.PhoneFor), QRSize: size, QRPath: path,
	})
}

func requestFacts(v *web.Visitor, q store.Request, u user.User, form forms.Form, err error) (templ.Component, error) {
	page := views.RequestPage{
		Request: requestRow(q), UserID: u.ID, Role: string(u.Role), Message: q.Message, Contact: q.Contact,
		Browser: instance.BrowserName(q.Browser), IP: q.IP, KnownBrowser: q.KnownBrowser, UsualNetwork: q.UsualNetwork,
		LastSignIn: u.LastSignIn, CodesLeft: u.CodesLeft, Authenticators: u.Authenticators, Opens: q.Opens, Ends: q.Ends,
		Again: q.Again, AgainMessage: q.AgainMessage, AgainContact: q.AgainContact, AgainFrom: q.AgainFrom,
		First: q.FirstName, Reason: q.Reason, DecidedAt: q.Decided, Typed: form["reason"], Decision: form["decision"], Mailed: v.HasMail() && u.EmailConfirmed,
	}
	page.Frame = v.Frame(err)
	if q.Status != store.RequestOpen {
		return page, nil
	}
	var readErr error
	page.NeedsTwo, page.NobodyElse, readErr = account.Approver{Instance: v.Instance, ID: v.User.ID, Now: v.Now, Minute: v.Minute}.Second(u)
	if readErr == nil {
		page.Refused = account.RequestRefusal(q, v.User.ID)
	}
	return page, readErr
}
