package admin

import (
	"slices"
	"strconv"

	"latchkey/internal/problem"
	"latchkey/internal/web"
)

// errAddress is an address that no page of ours leads to.
var errAddress = problem.New(problem.BadRequest, "The address of this page is not right. Start from the list without filters.")

// filters reads the parameters of a list one after the other and remembers
// whether any was not right.
type filters struct {
	sent web.Form
	bad  bool
}

// oneOf returns a parameter that is empty or one of the allowed values.
func (f *filters) oneOf(name string, allowed ...string) string {
	value := f.sent[name]
	if value != "" && !slices.Contains(allowed, value) {
		f.bad = true
	}
	return value
}

// key returns a parameter that names a row.
func (f *filters) key(name string) string {
	value := f.sent[name]
	if len(value) > 64 {
		f.bad = true
	}
	return value
}

// text returns a parameter that somebody typed, which may not be endless.
func (f *filters) text(name string) string {
	value := f.sent[name]
	if len(value) > 254 {
		f.bad = true
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
		f.bad = true
	}
	return n
}
