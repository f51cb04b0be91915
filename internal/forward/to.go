package forward

import (
	"net/url"
	"path"
	"strings"

	"latchkey/internal/access"
)

// maxTo is how long the path and query may be that somebody is led back to behind the sign-in, in
// bytes; from a longer one they get to the beginning of the application.
const maxTo = 2000

// safeTo returns where somebody is led on an application's host: the path and query that they asked
// for, or "/" if a browser could read it as another place, or if it is a page of ours, which
// would lead in circles (FD-07). Nothing is repaired but what a header cannot hold.
func safeTo(to string) string {
	if len(to) > maxTo || !strings.HasPrefix(to, "/") {
		return "/"
	}
	for i := range len(to) {
		if c := to[i]; c <= ' ' || c == 0x7f || c == '\\' || c == '#' {
			return "/"
		}
	}
	to = escaped(to)
	raw, _, _ := strings.Cut(to, "?")
	decoded, err := url.PathUnescape(raw)
	if err != nil || len(to) > maxTo || strings.ContainsFunc(decoded, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' }) {
		return "/"
	}
	if strings.HasPrefix(decoded, "//") || hasDots(decoded) || strings.HasPrefix(strings.ToLower(path.Clean(decoded))+"/", access.OwnPaths) {
		return "/"
	}
	return to
}

// hasDots reports whether parts of a path are such as some programs take away.
func hasDots(path string) bool {
	for part := range strings.SplitSeq(path, "/") {
		if part == "." || part == ".." {
			return true
		}
	}
	return false
}

// escaped writes what is not ASCII as browsers do.
func escaped(s string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 0x80 || c == '"' || c == '<' || c == '>' || c == '`' || c == '|' || c == '^' || c == '{' || c == '}':
			b.WriteByte('%')
			b.WriteByte(digits[c>>4])
			b.WriteByte(digits[c&15])
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// askedTo reads where to lead from the query of the start page: all that stands behind "to=". A proxy that
// can only join texts puts the address there as it is, with its own ? and &; another one escapes
// it.
func askedTo(query string) string {
	_, to, ok := strings.Cut(query, "to=")
	if !ok {
		return "/"
	}
	if strings.HasPrefix(to, "/") {
		return safeTo(to)
	}
	to, _, _ = strings.Cut(to, "&")
	to, err := url.QueryUnescape(to)
	if err != nil {
		return "/"
	}
	return safeTo(to)
}
