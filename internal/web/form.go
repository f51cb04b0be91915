package web

import (
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"latchkey/internal/problem"
)

// maxBody is how many bytes a form may have, 64 KiB. A form is in memory whole, and what
// people who are not administrators write is much shorter.
//
//limit:connections,bytes Size of a form
const maxBody = 64 << 10

// maxLong is how many bytes a form with long texts may have, 256 KiB. A text of 20,000
// characters takes up to nine bytes for each on its way, and the other fields come with it.
//
//limit:connections,bytes Size of a form with long texts, of administrators only
const maxLong = 256 << 10

// PostLong is Post for a form with long texts.
func (s *Site) PostLong(path string, a Access, h Handler) {
	s.long[path] = true
	s.Post(path, a, h)
}

// most is how many bytes a form without a file may have on this route.
func (v *Visitor) most() int64 {
	if v.long[v.route] {
		return maxLong
	}
	return maxBody
}

// Form is what a form sent. A field that was not sent is not in it and reads as "".
type Form map[string]string

// Form reads the body of a POST, and only the body: a value in the query string
// is no value (WE-10). Every field must be one of those named and come once;
// anything else is a problem.BadRequest, since no page of ours sends it. Text that
// is not UTF-8 or holds NUL is refused as well.
func (v *Visitor) Form(names ...string) (Form, error) {
	values, err := v.formValues()
	if err != nil {
		return nil, err
	}
	return single(values, names)
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

// formValues reads the body.
func (v *Visitor) formValues() (url.Values, error) {
	if err := v.receive(); err != nil {
		return nil, err
	}
	values, err := url.ParseQuery(string(v.sent))
	if err != nil {
		return nil, badRequest("The form could not be read.", err)
	}
	return values, nil
}

// single makes a form of values of which each has a known name and comes once.
func single(values url.Values, names []string) (Form, error) {
	form := Form{}
	for name, sent := range values {
		if !slices.Contains(names, name) {
			return nil, badRequest("The form has a field that does not belong there.", nil)
		}
		if len(sent) != 1 {
			return nil, badRequest("The form has the same field more than once.", nil)
		}
		if !readable(sent[0]) {
			return nil, badRequest("The form has text that cannot be read.", nil)
		}
		form[name] = sent[0]
	}
	return form, nil
}

func badRequest(message string, cause error) error {
	return &problem.Problem{Kind: problem.BadRequest, Message: message, Err: cause}
}

// isForm reports whether a request's body is of the only type we read. A missing
// or other type is refused, so that no cross-site script can send a body that a
// lenient parser would take for a form.
func isForm(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	return err == nil && kind == echo.MIMEApplicationForm
}

// FormMany is Form for a form in which one field may come many times, such as the
// ticked boxes of a list, but no more often than most: more is a problem.BadRequest,
// since no page of ours has so many. The values come back in the order they were
// sent, equal ones once; none is no mistake.
func (v *Visitor) FormMany(many string, most int, names ...string) (Form, []string, error) {
	values, err := v.formValues()
	if err != nil {
		return nil, nil, err
	}
	sent := values[many]
	delete(values, many)
	if len(sent) > most {
		return nil, nil, badRequest("The form has more of one field than any page of ours sends.", nil)
	}
	var all []string
	seen := map[string]bool{}
	for _, value := range sent {
		if !readable(value) {
			return nil, nil, badRequest("The form has text that cannot be read.", nil)
		}
		if !seen[value] {
			seen[value] = true
			all = append(all, value)
		}
	}
	form, err := single(values, names)
	if err != nil {
		return nil, nil, err
	}
	return form, all, nil
}

// readable reports whether a value is text.
func readable(value string) bool { return utf8.ValidString(value) && !strings.ContainsRune(value, 0) }

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
