// Package requests is the pages on which an administrator decides about somebody who lost
// their phone, and a second one about what another administrator asked for.
package requests

import (
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"latchkey/internal/account"
	"latchkey/internal/factor"
	"latchkey/internal/instance"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/views"
)

const (
	// requestPage is how many requests of each kind stand on a page.
	requestPage = 50
	// approvalsShown is how many of each kind stand on a page: 50.
	approvalsShown = 50
)

// Mount adds the routes.
func Mount(s *web.Site) {
	s.Get("/admin/requests", web.Administrator, showRequests)
	s.Get("/admin/requests/:id", web.Administrator, showRequest)
	s.Post("/admin/requests/:id", web.Administrator, submitRequest)
	s.Get(account.ApprovalPath(":id"), web.Administrator, showApproval)
	s.Post(account.ApprovalPath(":id"), web.Administrator, submitApproval)
}

func showRequests(v *web.Visitor) error {
	sent, err := v.Filters("before")
	if err != nil {
		return err
	}
	in := forms.Filters{Sent: sent}
	last := in.Positive("before")
	if in.Bad {
		return in.Mistake()
	}
	var before time.Time
	if last > 0 {
		before = time.UnixMilli(last)
	}
	var page views.Requests
	open, err := v.DB.Requests(true, time.Time{}, requestPage)
	if err != nil {
		return err
	}
	decided, err := v.DB.Requests(false, before, requestPage+1)
	if err != nil {
		return err
	}
	if len(decided) > requestPage {
		decided = decided[:requestPage]
		page.Older = "/admin/requests?before=" + strconv.FormatInt(decided[requestPage-1].Made.UnixMilli(), 10)
	}
	page.Open, page.Decided = requestRows(open), requestRows(decided)
	if err := addApprovals(v, &page, before); err != nil {
		return err
	}
	page.Frame = v.Frame(nil)
	return v.Render(page)
}

// addApprovals puts what waits for a second administrator first: an open one in front of
// the lost phones, the decided ones on the first page.
func addApprovals(v *web.Visitor, page *views.Requests, before time.Time) error {
	open, err := v.DB.Approvals(true, approvalsShown)
	if err != nil {
		return err
	}
	for _, q := range open {
		page.Waiting = append(page.Waiting, approvalRow(q))
	}
	if !before.IsZero() {
		return nil
	}
	decided, err := v.DB.Approvals(false, approvalsShown)
	for _, q := range decided {
		page.Done = append(page.Done, approvalRow(q))
	}
	return err
}

func requestRows(all []store.Request) []views.Request {
	rows := make([]views.Request, len(all))
	for i, q := range all {
		rows[i] = requestRow(q)
	}
	return rows
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
