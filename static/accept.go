package static

import (
	"strconv"
	"strings"
)

// Compressed reports whether the file is served in several forms, so that the answer depends on
// Accept-Encoding.
func (a Asset) Compressed() bool { return a.Brotli != nil || a.Gzip != nil }

// For returns the smallest form that a client takes, and its Content-Encoding: "" for the file as
// it is. Accept is the values of Accept-Encoding. A client that wants no form at all gets the file as
// it is, which RFC 9110 allows (12.5.3).
func (a Asset) For(accept []string) (body []byte, encoding string) {
	switch {
	case a.Brotli != nil && takes(accept, "br"):
		return a.Brotli, "br"
	case a.Gzip != nil && takes(accept, "gzip"):
		return a.Gzip, "gzip"
	}
	return a.Body, ""
}

// takes reports whether a header names a coding and does not refuse it by a weight of 0. "*" is not taken
// for a name: whoever means a coding says it.
func takes(accept []string, coding string) bool {
	for _, line := range accept {
		for one := range strings.SplitSeq(line, ",") {
			name, weight, weighed := strings.Cut(one, ";")
			if !strings.EqualFold(strings.TrimSpace(name), coding) {
				continue
			}
			return !weighed || positive(weight)
		}
	}
	return false
}

// positive reports whether a parameter is a weight above 0.
func positive(parameter string) bool {
	name, value, _ := strings.Cut(parameter, "=")
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	return strings.EqualFold(strings.TrimSpace(name), "q") && err == nil && q > 0
}
