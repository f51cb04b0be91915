package web

import (
	"github.com/labstack/echo/v4"

	"latchkey/internal/web/session"
	"latchkey/views"
)

// Visitor is one request and who is behind it. It belongs to the goroutine of
// the request.
type Visitor struct {
	*Site
	session.Holder
	// App is the application on whose host the request came; the zero value on our own host.
	App App

	c echo.Context

	route string
	sent  []byte      // the body of a form, once it is there
	kept  *views.Kept // what the form of this page was filled with
	place func()      // gives the place of a file that is sent back
}

const visitorKey = "visitor"

// visitor returns the Visitor that enter made for this request.
func (s *Site) visitor(c echo.Context) *Visitor {
	if v, ok := c.Get(visitorKey).(*Visitor); ok {
		return v
	}
	v := &Visitor{Site: s, c: c}
	v.Begin(s.source, c.Request(), c.Response())
	c.Set(visitorKey, v)
	return v
}

// Param returns a part of the path, such as "id".
func (v *Visitor) Param(name string) string { return v.c.Param(name) }

// Path is the path that was asked for, as it came.
func (v *Visitor) Path() string { return v.c.Request().URL.EscapedPath() }

// Query returns a value of the query string of a GET; "" if it is missing. What
// a form sends is read by Form only.
func (v *Visitor) Query(name string) string { return v.c.QueryParam(name) }

// Onward answers a page that does something when it is shown, for somebody whom another
// site may have sent: with a link to the same page, and nothing else happens.
func (v *Visitor) Onward() error {
	return v.Render(views.Onward{Frame: v.Frame(nil), Path: v.c.Request().URL.RequestURI()})
}
