package admin

import (
	"slices"
	"strconv"

	"latchkey/internal/problem"
	"latchkey/internal/web"
)

// errAddress is an address that no page of ours leads to.
var errAddress = problem.New(problem.BadRequest, "This page’s address is not valid. Start from the list without filters.")

// filters reads the parameters of a list one after the other and remembers
// whether any was not right, and why the first of them.
type filters struct {
	sent web.Form
	bad  bool
	why  string
}

// refuse notes what is wrong. What the address said is not repeated: anybody can make a
// link.
func (f *filters) refuse(why string) {
	if !f.bad {
		f.bad, f.why = true, why
	}
}

// mistake is the page that says what is wrong and leads to the list without filters.
func (f *filters) mistake() error {
	if f.why == "" {
		return errAddress
	}
	return problem.New(problem.BadRequest, f.why)
}

// filterLabel is what the pages call a parameter.
func filterLabel(name string) string {
	label, known := map[string]string{
		"q": "Search", "status": "Status", "two_step": "Two-step", "role": "Role", "sort": "The order of the list", "size": "The number of rows on a page",
		"actor": "By", "user": "User", "event": "Event", "result": "Result", "ip": "IP address", "from": "From", "to": "To",
		"after": "The place in the list", "before": "The place in the list", "place": "The place in the list", "show": "What is shown",
		"inactive": "Last sign-in", "address": "Email", "row": "The number of the row", "select": "What is selected", "days": "The number of days",
	}[name]
	if !known {
		return "A filter"
	}
	return label
}

// oneOf returns a parameter that is empty or one of the allowed values.
func (f *filters) oneOf(name string, allowed ...string) string {
	value := f.sent[name]
	if value != "" && !slices.Contains(allowed, value) {
		f.refuse(filterLabel(name) + " in this page’s address is not one of the choices.")
	}
	return value
}

// key returns a parameter that names a row.
func (f *filters) key(name string) string {
	value := f.sent[name]
	if len(value) > 64 {
		f.refuse(filterLabel(name) + " in this page’s address does not exist.")
	}
	return value
}

// text returns a parameter that somebody typed, which may not be endless.
func (f *filters) text(name string) string {
	value := f.sent[name]
	if len(value) > 254 {
		f.refuse(filterLabel(name) + " is longer than 254 bytes. Search for something shorter.")
	}
	return value
}

// positive returns a parameter that is a number above 0, or 0 if it is missing.
func (f *filters) positive(name string) int64 {
	if f.sent[name] == "" {
		return 0
	}
	n, err := strconv.ParseInt(f.sent[name], 10, 64)
	if err != nil || n < 1 {
		f.refuse(filterLabel(name) + " in this page’s address is not a number above 0.")
	}
	return n
}
