// Package forms is what people send with a form or in the address of a list: which fields
// there may be and how they are read, and which of them wait while somebody proves who
// they are. A field that no page of ours sends is refused.
package forms

import (
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"latchkey/internal/problem"
)

const (
	// MaxForm is how many bytes a form may have, 64 KiB. A form is in memory whole, and what
	// people who are not administrators write is much shorter.
	//
	//limit:connections,bytes Size of a form
	MaxForm = 64 << 10
	// MaxLong is how many bytes a form with long texts may have, 256 KiB. A text of 20,000
	// characters takes up to nine bytes for each on its way, and the other fields come with it.
	//
	//limit:connections,bytes Size of a form with long texts, of administrators only
	MaxLong = 256 << 10
)

// Form is what a form sent. A field that was not sent is not in it and reads as "".
type Form map[string]string

// Else is the form with what is stored in the place of those of the named fields that were not
// sent. A form that edits is read in this way, so that a body that was cut short, or a page of
// before an upgrade, clears nothing (WE-10). A field that was sent empty is empty.
func (f Form) Else(stored Form, names ...string) Form {
	whole := maps.Clone(f)
	for _, name := range names {
		if _, sent := f[name]; !sent {
			whole[name] = stored[name]
		}
	}
	return whole
}

// Read reads the body of a POST, and only the body: a value in the query string
// is no value (WE-10). Every field must be one of those named and come once;
// anything else is a problem.BadRequest, since no page of ours sends it. Text that
// is not UTF-8 or holds NUL is refused as well.
func Read(body []byte, names ...string) (Form, error) {
	values, err := values(body)
	if err != nil {
		return nil, err
	}
	return single(values, names)
}

func values(body []byte) (url.Values, error) {
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, BadRequest("The form could not be read.", err)
	}
	return values, nil
}

// single makes a form of values of which each has a known name and comes once.
func single(values url.Values, names []string) (Form, error) {
	form := Form{}
	for name, sent := range values {
		if !slices.Contains(names, name) {
			return nil, BadRequest("The form has a field that does not belong there.", nil)
		}
		if len(sent) != 1 {
			return nil, BadRequest("The form has the same field more than once.", nil)
		}
		if !readable(sent[0]) {
			return nil, BadRequest("The form has text that cannot be read.", nil)
		}
		form[name] = sent[0]
	}
	return form, nil
}

// BadRequest is the error of a request that no page of ours sends.
func BadRequest(message string, cause error) error {
	return &problem.Problem{Kind: problem.BadRequest, Message: message, Err: cause}
}

// IsForm reports whether a request's body is of the only type we read. A missing
// or other type is refused, so that no cross-site script can send a body that a
// lenient parser would take for a form. The same goes for a character set that we
// do not read: what stands before us would read other text than we do.
func IsForm(r *http.Request) bool {
	kind, more, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := more["charset"]
	return err == nil && kind == "application/x-www-form-urlencoded" && (charset == "" || strings.EqualFold(charset, "utf-8"))
}

// ReadMany is Read for a form in which one field may come many times, such as the
// ticked boxes of a list, but no more often than most: more is a problem.BadRequest,
// since no page of ours has so many. The values come back in the order they were
// sent, equal ones once; none is no mistake.
func ReadMany(body []byte, many string, most int, names ...string) (Form, []string, error) {
	values, err := values(body)
	if err != nil {
		return nil, nil, err
	}
	sent := values[many]
	delete(values, many)
	if len(sent) > most {
		return nil, nil, BadRequest("The form has more of one field than any page of ours sends.", nil)
	}
	var all []string
	seen := map[string]bool{}
	for _, value := range sent {
		if !readable(value) {
			return nil, nil, BadRequest("The form has text that cannot be read.", nil)
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

// maxPart bounds the value of a field beside a file.
const maxPart = 200

// Take reads a field beside a file.
func (f Form) Take(part *multipart.Part) error {
	value, err := io.ReadAll(io.LimitReader(part, maxPart+1))
	if err != nil {
		return BadRequest("The form did not arrive whole.", err)
	}
	name := part.FormName()
	if _, twice := f[name]; twice || len(value) > maxPart || !utf8.Valid(value) {
		return BadRequest("The form has a field that does not belong there.", nil)
	}
	f[name] = string(value)
	return nil
}
