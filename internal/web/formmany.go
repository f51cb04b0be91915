package web

import (
	"strings"
	"unicode/utf8"
)

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
