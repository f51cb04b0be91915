package web

import (
	"net/url"
)

// Filters reads the query string of a list, as strictly as Form reads a body: a
// name that is not among those given, or comes twice, is a problem.BadRequest. A
// name that is missing reads as "". Nothing that acts reads its values from here.
func (v *Visitor) Filters(names ...string) (Form, error) {
	values, err := url.ParseQuery(v.c.Request().URL.RawQuery)
	if err != nil {
		return nil, badRequest("The address of this page cannot be read.", err)
	}
	values.Del(keptParameter) // it may stand at every page
	form := Form{}
	for _, name := range names {
		form[name] = ""
	}
	for name, sent := range values {
		_, known := form[name]
		switch {
		case !known:
			return nil, badRequest("The address of this page has a filter that this page does not know.", nil)
		case len(sent) != 1:
			return nil, badRequest("The address of this page has the same filter twice.", nil)
		case !readable(sent[0]):
			return nil, badRequest("The address of this page has text that cannot be read.", nil)
		}
		form[name] = sent[0]
	}
	return form, nil
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
