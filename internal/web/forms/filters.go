package forms

import (
	"net/url"
	"slices"
	"strconv"

	"latchkey/internal/problem"
)

// ErrAddress is an address that no page of ours leads to.
var ErrAddress = problem.New(problem.BadRequest, "This page’s address is not valid. Start from the list without filters.")

// Filters reads the parameters of a list one after the other and remembers
// whether any was not right, and why the first of them.
type Filters struct {
	Sent Form
	Bad  bool // one of them was not right
	why  string
}

// Refuse notes what is wrong. What the address said is not repeated: anybody can make a
// link.
func (f *Filters) Refuse(why string) {
	if !f.Bad {
		f.Bad, f.why = true, why
	}
}

// Mistake is the page that says what is wrong and leads to the list without filters.
func (f *Filters) Mistake() error {
	if f.why == "" {
		return ErrAddress
	}
	return problem.New(problem.BadRequest, f.why)
}

// filterLabel is what the pages call a parameter.
func filterLabel(name string) string {
	label, known := map[string]string{
		"q": "Search", "status": "Status", "two_step": "Two-step", "role": "Role", "sort": "The order of the list", "size": "The number of rows on a page",
		"actor": "By", "user": "User", "event": "Event", "result": "Result", "ip": "IP address", "from": "From", "to": "To",
		"after": "The place in the list", "before": "The place in the list", "place": "The place in the list", "show": "What is shown",
		"inactive": "Last sign-in", "address": "Email", "group": "Group", "row": "The number of the row", "select": "What is selected", "days": "The number of days", "kind": "The kind of stream", "word": "The word",
	}[name]
	if !known {
		return "A filter"
	}
	return label
}

// OneOf returns a parameter that is empty or one of the allowed values.
func (f *Filters) OneOf(name string, allowed ...string) string {
	value := f.Sent[name]
	if value != "" && !slices.Contains(allowed, value) {
		f.Refuse(filterLabel(name) + " in this page’s address is not one of the choices.")
	}
	return value
}

// Key returns a parameter that names a row.
func (f *Filters) Key(name string) string {
	value := f.Sent[name]
	if len(value) > 64 {
		f.Refuse(filterLabel(name) + " in this page’s address does not exist.")
	}
	return value
}

// Text returns a parameter that somebody typed, which may not be endless.
func (f *Filters) Text(name string) string {
	value := f.Sent[name]
	if len(value) > 254 {
		f.Refuse(filterLabel(name) + " is longer than 254 bytes. Search for something shorter.")
	}
	return value
}

// Positive returns a parameter that is a number above 0, or 0 if it is missing.
func (f *Filters) Positive(name string) int64 {
	if f.Sent[name] == "" {
		return 0
	}
	n, err := strconv.ParseInt(f.Sent[name], 10, 64)
	if err != nil || n < 1 {
		f.Refuse(filterLabel(name) + " in this page’s address is not a number above 0.")
	}
	return n
}

// ReadQuery reads the query string of a list, as strictly as Read reads a body: a
// name that is not among those given, or comes twice, is a problem.BadRequest. A
// name that is missing reads as "". Nothing that acts reads its values from here.
func ReadQuery(query string, names ...string) (Form, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, BadRequest("The address of this page cannot be read.", err)
	}
	values.Del(KeptParameter) // it may stand at every page
	form := Form{}
	for _, name := range names {
		form[name] = ""
	}
	for name, sent := range values {
		_, known := form[name]
		switch {
		case !known:
			return nil, BadRequest("The address of this page has a filter that this page does not know.", nil)
		case len(sent) != 1:
			return nil, BadRequest("The address of this page has the same filter twice.", nil)
		case !readable(sent[0]):
			return nil, BadRequest("The address of this page has text that cannot be read.", nil)
		}
		form[name] = sent[0]
	}
	return form, nil
}
