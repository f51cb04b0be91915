package web

import (
	"mime"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"latchkey/internal/problem"
)

// maxBody is how many bytes a form may have.
//
//limit:connections,bytes Size of a form
const maxBody = 64 << 10

// maxLong is how many bytes a form with long texts may have: 20,000 characters that take
// nine bytes each on their way, and the rest.
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
