package web

import (
	"net/url"

	"latchkey/internal/web/forms"
)

// PostLong is Post for a form with long texts.
func (s *Site) PostLong(path string, a Access, h Handler) {
	s.long[path] = true
	s.Post(path, a, h)
}

// most is how many bytes a form without a file may have on this route.
func (v *Visitor) most() int64 {
	if v.long[v.route] {
		return forms.MaxLong
	}
	return forms.MaxForm
}

// receive takes the body of a form before it is decided who may pass: a body that is
// held back for seconds would otherwise act on what was true when its head came. A
// file is not waited for. Those who cannot pass anyhow were answered before.
func (v *Visitor) receive() error {
	if !v.posts() || v.sent != nil || v.takesUpload() {
		return nil
	}
	raw, err := v.readBody()
	if err != nil {
		return err
	}
	v.sent, v.Now = raw, v.Site.Now()
	return nil
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
	return SafeNext(u.RequestURI())
}
