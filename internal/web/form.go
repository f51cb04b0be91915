package web

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"latchkey/internal/web/bodies"
	"latchkey/internal/web/forms"
	"latchkey/internal/web/route"
	"latchkey/internal/web/session"
)

// PostLong is Post for a form with long texts.
func (s *Site) PostLong(path string, a route.Access, h Handler) {
	s.routes.Long[path] = true
	s.Post(path, a, h)
}

// most is how many bytes a form without a file may have on this route.
func (v *Visitor) most() int64 {
	if v.routes.Long[v.route] {
		return forms.MaxLong
	}
	return forms.MaxForm
}

// receive takes the body of a form before it is decided who may pass: a body that is
// held back for seconds would otherwise act on what was true when its head came. A
// file is not waited for. Those who cannot pass anyhow were answered before.
func (v *Visitor) receive() error {
	if !v.Posts() || v.sent != nil || v.takesUpload() {
		return nil
	}
	raw, err := v.readBody()
	if err != nil {
		return err
	}
	v.sent, v.Now = raw, v.Site.Now()
	return nil
}

// readBody reads the body of a form.
func (v *Visitor) readBody() ([]byte, error) {
	raw, err := v.bodies.Read(v.c.Response(), v.c.Request(), v.Way.Sender(), v.most())
	if errors.Is(err, bodies.ErrTooLarge) {
		return nil, echo.NewHTTPError(http.StatusRequestEntityTooLarge)
	}
	return raw, err
}

// Form reads the form that was sent; see forms.Read.
func (v *Visitor) Form(names ...string) (forms.Form, error) {
	if err := v.receive(); err != nil {
		return nil, err
	}
	return forms.Read(v.sent, names...)
}

// FormMany reads a form in which one field may come many times; see forms.ReadMany.
func (v *Visitor) FormMany(many string, most int, names ...string) (forms.Form, []string, error) {
	if err := v.receive(); err != nil {
		return nil, nil, err
	}
	return forms.ReadMany(v.sent, many, most, names...)
}

// Filters reads the query string of a list; see forms.ReadQuery. Nothing that acts reads
// its values from here.
func (v *Visitor) Filters(names ...string) (forms.Form, error) {
	return forms.ReadQuery(v.c.Request().URL.RawQuery, names...)
}

// IsAt reports whether the request asked for this address, however its query
// string was spelled and ordered: a list redirects to its one address if not. To
// compare the spelling as well could send a client that spells differently round
// for ever.
func (v *Visitor) IsAt(path string) bool {
	u, err := url.Parse(path)
	if err != nil {
		return false
	}
	return u.Query().Encode() == v.c.Request().URL.Query().Encode()
}

// CameFrom returns the address of our page at this path if the visitor followed a
// link on it, with the filters it had; else "". Like everything a client says it
// is only a hint, and it passes SafeNext.
func (v *Visitor) CameFrom(path string) string {
	u, err := url.Parse(v.c.Request().Referer())
	if err != nil || u.Path != path {
		return ""
	}
	return session.SafeNext(u.RequestURI())
}

// closeUnread ends the connection behind the answer if nobody reads the body of this
// request.
func (v *Visitor) closeUnread() {
	if v.unread() {
		bodies.Abandon(v.c.Response(), v.c.Request())
	}
}

// endFraming ends the connection behind a request of which a proxy in front may think that
// it ends elsewhere: one with chunks, since package http hides whether a length was
// given too, and one of HTTP/1.0, where it hides a Transfer-Encoding (RFC 9112, 6.1). No
// page needs a body but those of forms.
func (v *Visitor) endFraming() {
	r := v.c.Request()
	if len(r.TransferEncoding) > 0 || !r.ProtoAtLeast(1, 1) {
		bodies.End(v.c.Response())
	}
	if !v.Posts() {
		v.closeUnread()
	}
}

// unread reports whether the request has a body that was not taken.
func (v *Visitor) unread() bool { return v.c.Request().ContentLength != 0 && v.sent == nil }

// comesBefore decides what can be decided before the form has arrived: somebody whom
// nothing in this browser connects with anybody gets their answer at once, so that only
// people who got somewhere can make us keep a form (EX-01). Who may pass is decided
// when all of it is there, see Visitor.receive.
func (v *Visitor) comesBefore(a route.Access) error {
	if a == route.Anyone || a == route.ApplicationHost || !v.unread() {
		return nil
	}
	if known, err := v.known(); err != nil || known {
		return err
	}
	return v.allow(a)
}

// known reports whether this browser has a session or a pending sign-in, one of them that
// is over, or did something in the last minute of which this form may be a second copy.
func (v *Visitor) known() (bool, error) {
	if was, err := v.WasHere(); err != nil || was {
		return was, err
	}
	j, ok := v.Cookies.Jar()
	return ok && v.answers.Concern(j.Values()), nil
}
