package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"latchkey/internal/logs"
	"latchkey/internal/password"
	"latchkey/internal/problem"
	"latchkey/internal/user"
	"latchkey/internal/web/arrival"
	"latchkey/internal/web/files"
	"latchkey/internal/web/session"
	"latchkey/views"
)

// statusOf is the only place that knows which status a kind of problem is.
func statusOf(k problem.Kind) int {
	switch k {
	case problem.Invalid:
		return http.StatusUnprocessableEntity
	case problem.Conflict:
		return http.StatusConflict
	case problem.NotFound:
		return http.StatusNotFound
	case problem.TooMany:
		return http.StatusTooManyRequests
	case problem.Unavailable:
		return http.StatusServiceUnavailable
	case problem.BadRequest:
		return http.StatusBadRequest
	}
	return http.StatusInternalServerError
}

// Reject answers with the same form again if err is a mistake in it (422), a
// conflict (409) or something done too often (429); any other error is returned, to
// become a page of its own. The page must have been made with Frame(err).
func (v *Visitor) Reject(err error, page templ.Component) error {
	if p := problem.As(err); p != nil && (p.Kind == problem.Invalid || p.Kind == problem.Conflict || p.SameForm) {
		v.retryAfter(p.RetryAfter)
		return v.RenderStatus(statusOf(p.Kind), page)
	}
	return err
}

// SlowDown is how long a stranger who has sent too much waits for the answer that says so, and
// one for whose password there was no room, since such tries are not counted.
// Somebody who floods sends the next request when the last is answered, so this leaves
// the processor to everybody else; a person who has to wait for minutes does not notice.
//
//limit:tries Time that a stranger waits to be told to wait
const SlowDown = time.Second

// slowDown waits, or until the client has gone.
func (v *Visitor) slowDown() {
	if v.SlowDown == 0 {
		return
	}
	timer := time.NewTimer(v.SlowDown)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-v.Context().Done():
	}
}

// retryAfter tells programs when to come back.
func (v *Visitor) retryAfter(wait time.Duration) {
	if wait > 0 {
		v.c.Response().Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	}
}

// fail answers with a redirect or an error page. It answers nothing if the
// answer has begun or the client has gone.
func (v *Visitor) fail(err error) {
	if v.c.Response().Committed || errors.Is(err, context.Canceled) && v.Context().Err() != nil {
		return
	}
	if step, ok := errors.AsType[*session.Step](err); ok {
		v.Redirect(step.To)
		return
	}
	page := v.errorPage(err)
	v.logFailure(page.Status, err)
	v.retryAfter(page.RetryIn)
	if page.Username == "" && (page.Status == http.StatusTooManyRequests || errors.Is(err, password.ErrBusy)) {
		v.slowDown()
	}
	if err := v.RenderStatus(page.Status, page); err != nil && !v.c.Response().Committed {
		v.Log.Error("rendering an error page", "id", v.RequestID, "error", err)
		v.c.String(page.Status, "Something went wrong on our side. Reference: "+v.RequestID+"\n")
	}
}

func (v *Visitor) errorPage(err error) views.Error {
	page := views.Error{Frame: v.gateFrame(), Status: http.StatusInternalServerError, Reference: v.RequestID}
	if e, ok := errors.AsType[*arrival.OtherHost](err); ok { // who is signed in here is no matter of another host
		page.Status, page.Host = http.StatusMisdirectedRequest, &e.OtherHost
		return page
	}
	if v.knows() {
		page.Username, page.Admin = v.User.Username, v.User.Role == user.RoleAdmin
	}
	if p := problem.As(err); p != nil {
		page.Status, page.Title = statusOf(p.Kind), p.Title
		if p.Kind == problem.TooMany || p.Kind == problem.BadRequest || p.Kind == problem.Conflict || p.Kind == problem.Invalid {
			page.Text = p.Message
		}
		if p.Kind == problem.TooMany && len(p.Ways) > 0 {
			for _, w := range p.Ways {
				page.Links = append(page.Links, views.Link{Href: w.Link, Words: w.Words})
			}
			page.Links = append(page.Links, views.Link{Href: "/login", Words: "Back to sign in"})
		}
		page.Damaged, page.Lost = errors.Is(err, problem.ErrDamaged), errors.Is(err, problem.ErrLost)
		if p.RetryAfter > 0 {
			page.RetryIn, page.RetryAt, page.Closed = p.RetryAfter, v.Now.Add(p.RetryAfter), p.Closed
		}
	} else if e, ok := errors.AsType[*arrival.Foreign](err); ok {
		page.Status, page.Form = http.StatusForbidden, &views.FormOrigin{Why: e.Why, Ours: v.Way.Origin(), Came: e.Came}
	} else if e, ok := errors.AsType[*echo.HTTPError](err); ok {
		page.Status = e.Code
	}
	page.Again, page.Filtered = v.again(page.Status)
	if page.Status == http.StatusRequestEntityTooLarge {
		page.Limit = int(v.most())
		if v.routes.Uploads[v.route] {
			page.Limit = files.MaxUpload
		}
	}
	return page
}

// knows reports whether an error page knows who looks at it. What nobody asked for yet
// is asked for now: a page that does not exist leads on to other pages for somebody who
// is signed in. An error page never fails for it.
func (v *Visitor) knows() bool {
	if v.App.Slug != "" {
		return false // cookies of this host are the application's
	}
	in, err := v.SignedIn()
	return err == nil && in
}

// again is the page to go back to from an error page: that of the form, or of the list
// without what was asked for in its address, which is what filtered says.
func (v *Visitor) again(status int) (path string, filtered bool) {
	if v.route == "" || status == http.StatusNotFound || status >= http.StatusInternalServerError {
		return "", false
	}
	path, query, _ := strings.Cut(v.page(), "?")
	if path == "/" || strings.Contains(v.route, ":token") {
		return "", false
	}
	return path, !v.Posts() && query != ""
}

// logFailure writes the cause of what people see only a reference of.
func (v *Visitor) logFailure(status int, err error) {
	if e, ok := errors.AsType[*arrival.Foreign](err); ok {
		v.Way.LogForeign(e, v.Log, v.RequestID)
	} else if errors.Is(err, problem.ErrDamaged) {
		v.health.NoteDamaged()
		v.Log.Error("the database is damaged; stop the server and restore latchkey.db from a backup", "id", v.RequestID, "status", status, "error", err)
	} else if status >= http.StatusInternalServerError {
		said := []any{"id", v.RequestID, "status", status, "error", err}
		if text, stack, panicked := strings.Cut(err.Error(), "\ngoroutine "); panicked {
			said = []any{"id", v.RequestID, "status", status, "error", text, logs.StackKey, "goroutine " + stack}
		}
		v.Log.Error("request failed", said...)
	}
}
