package access

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"latchkey/internal/problem"
)

// OwnPaths is where the pages of this instance are on the host of an application. The proxy
// sends what lies below to this instance.
const OwnPaths = "/.latchkey/"

const (
	// maxPublic bounds the public paths of an application, 50: each is compared at every request.
	//
	//limit:people Public paths of an application
	maxPublic = 50
	// maxPrefix is how long one of them may be, in characters.
	maxPrefix = 200
)

// CheckPublic returns the beginning of paths that are open to anybody, or a problem with the
// field "public". It is a plain path: what proxies and applications may read in two ways is not in it.
func CheckPublic(typed string) (string, error) {
	prefix := strings.TrimSpace(typed)
	refuse := func(words string) (string, error) {
		return "", problem.Field("public", fmt.Sprintf("%s: “%s”", words, shortened(prefix)))
	}
	switch {
	case !strings.HasPrefix(prefix, "/"):
		return refuse("A public path begins with /")
	case prefix == "/":
		return refuse("This path would open the whole application to anybody")
	case len(prefix) > maxPrefix:
		return refuse("A public path can have up to 200 characters")
	case !isPlain(prefix):
		return refuse("A public path has only letters, digits and - . _ ~ / in it, and none of its parts is empty, . or ..")
	case strings.HasPrefix(strings.ToLower(prefix)+"/", OwnPaths):
		return refuse("This path belongs to Latchkey")
	}
	return prefix, nil
}

// isPlain reports whether a path means the same to everybody who reads it.
func isPlain(path string) bool {
	for i := range len(path) {
		switch c := path[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("/-._~", c) >= 0:
		default:
			return false
		}
	}
	return !slices.ContainsFunc(strings.Split(strings.TrimSuffix(path[1:], "/"), "/"), isDots)
}

// isDots reports whether a part of a path is one that some programs take away.
func isDots(part string) bool { return part == "" || part == "." || part == ".." }

// IsPublic reports whether a path, without a query and as it came in the request, is below one
// of these. A prefix without a / at its end stands for itself and what lies below it.
func IsPublic(public []string, path string) bool {
	return slices.ContainsFunc(public, func(prefix string) bool {
		if strings.HasSuffix(prefix, "/") {
			return strings.HasPrefix(path, prefix)
		}
		return path == prefix || strings.HasPrefix(path, prefix+"/")
	})
}

// IsAmbiguous reports whether a path, as it came in the request, may mean one thing to the
// proxy and another to the application: "/assets/..%2fadmin" begins with "/assets/" for one and is
// "/admin" for the other.
func IsAmbiguous(path string) bool {
	lower := strings.ToLower(path)
	for _, sign := range []string{"%2f", "%5c", "%2e", "%00", "%25", "\\", "#", ";", "%3b", "%23", "%3f"} {
		if strings.Contains(lower, sign) {
			return true
		}
	}
	if decoded, err := url.PathUnescape(path); err != nil || strings.ContainsFunc(decoded, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }) {
		return true
	}
	if !strings.HasPrefix(path, "/") {
		return true
	}
	parts := strings.Split(path[1:], "/")
	last := len(parts) - 1
	for i, part := range parts {
		if isDots(part) && (i != last || part != "") {
			return true
		}
	}
	return false
}
