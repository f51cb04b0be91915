package web

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"latchkey/internal/auth"
	"latchkey/internal/problem"
	"latchkey/internal/user"
	"latchkey/internal/web/files"
	"latchkey/views"
)

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxBuffer is the largest buffer that is kept for the next page.
const maxBuffer = 1 << 20

// Render answers with a page.
func (v *Visitor) Render(page templ.Component) error { return v.RenderStatus(http.StatusOK, page) }

// RenderStatus answers with a page and another status than 200. It draws the page into a buffer first: a page that fails half-way is an
// error page and not half a page, and the answer has a length.
func (v *Visitor) RenderStatus(status int, page templ.Component) error {
	b := buffers.Get().(*bytes.Buffer)
	defer func() {
		if b.Cap() <= maxBuffer {
			b.Reset()
			buffers.Put(b)
		}
	}()
	b.Reset()
	// Not the context of the request: a form that breaks off ends that, and its answer is a page all the same.
	if err := page.Render(context.Background(), b); err != nil {
		return err
	}
	return v.Blob(status, echo.MIMETextHTMLCharsetUTF8, b.Bytes())
}

// Blob answers with bytes of the given type.
func (v *Visitor) Blob(status int, contentType string, body []byte) error {
	w := v.c.Response()
	h := w.Header()
	said := [2]string{contentType, strconv.Itoa(len(body))} // in one piece, for two headers
	h[echo.HeaderContentType] = said[0:1:1]
	h[echo.HeaderContentLength] = said[1:2:2]
	w.WriteHeader(status)
	_, err := w.Write(body)
	return err
}

// Attachment makes the browser save what Blob sends under this file name.
func (v *Visitor) Attachment(name string) {
	v.c.Response().Header().Set("Content-Disposition", files.Attachment(name))
}

// Redirect sends the visitor to a path of ours, as the answer to a form that
// succeeded or to a page that has to wait for another step.
func (v *Visitor) Redirect(path string) error {
	return v.c.Redirect(http.StatusSeeOther, path)
}

// Frame returns what every page needs. Problems in err appear in the summary and
// at their fields; nil is none. The message of the last action is shown by the
// page that asks first, and then forgotten.
func (v *Visitor) Frame(err error) views.Frame {
	f := v.gateFrame()
	f.Kept = v.kept
	if v.Meant() {
		v.Cookies.LeaveShown()
	}
	if v.IsIn() {
		f.Nav = &views.Nav{
			Name: v.User.Name, Username: v.User.Username,
			Admin: v.User.Role == user.RoleAdmin, Section: section(v.route),
		}
		f.Flash = v.TakeFlash()
		if v.route != auth.StepEnrol.Path() {
			f.SetUpBy = v.Grace(v.User, v.Now)
		}
	}
	for _, p := range problem.All(err) {
		f.Errors = append(f.Errors, views.FieldError{Field: p.Field, Message: p.Message})
		if p.Link != "" {
			if f.Ways == nil {
				f.Ways = map[string]views.Link{}
			}
			f.Ways[p.Field] = views.Link{Href: p.Link, Words: p.LinkWords}
		}
	}
	return f
}

// gateFrame is what the pages of everybody have in common; the menus in it tell how many
// requests wait, and whether there are applications, at this moment.
func (v *Visitor) gateFrame() views.Frame {
	if v.App.Slug != "" {
		return *v.onApps.Load()
	}
	f := v.frame.Load()
	if n, any := v.DB.OpenRequests(), v.DB.HasApplications(); n != f.Requests || any != f.Applications {
		f = v.redraw(f, n, any)
	}
	page := *f
	if v.IsIn() {
		page.Theme, page.Zone = string(v.User.Theme), user.Zone(v.User.TimeZone)
	} else {
		page.Theme = string(v.Cookies.Theme())
	}
	return page
}

// Zone is the time zone that the visitor chose, or UTC: for times in words that a handler
// puts together, and for days that are typed.
func (v *Visitor) Zone() *time.Location {
	if zone := user.Zone(v.User.TimeZone); v.IsIn() && zone != nil {
		return zone
	}
	return time.UTC
}

// Minute writes a point in time in the visitor's zone, for words that are put together
// outside of pages.
func (v *Visitor) Minute(t time.Time) string { return views.Minute(t, v.Zone()) }

// section is the menu entry that a route belongs to.
func section(route string) string {
	for _, tab := range []string{views.GroupsPath, views.ApplicationsPath, views.StreamsPath, views.BackupsPath} {
		if route == tab || strings.HasPrefix(route, tab+"/") {
			return "/admin/settings" // whose tabs lead there
		}
	}
	for _, s := range views.Sections() {
		if route == s || strings.HasPrefix(route, s+"/") {
			return s
		}
	}
	return ""
}

// RedirectWith is Redirect with another status, where a standard asks for one.
func (v *Visitor) RedirectWith(status int, path string) error { return v.c.Redirect(status, path) }

// Page cuts a page off the rows that were read for it, which are one more than it has where
// there are others beyond, and says whether pages lie before and after it. after and before are
// the keys of the address: in the direction that was not read lies the page that somebody came
// from.
func Page[T any](rows []T, size int, after, before string) (page []T, back, on bool) {
	more := len(rows) > size
	switch {
	case before != "" && more:
		return rows[1:], true, true
	case before != "":
		return rows, false, true
	case more:
		return rows[:size], after != "", true
	}
	return rows, after != "", false
}
