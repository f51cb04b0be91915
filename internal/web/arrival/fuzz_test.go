package arrival

import (
	"net/url"
	"strings"
	"testing"
)

// FuzzWE04_ReadOrigin: what is taken for an origin is one, in the spelling that browsers send,
// so that it can be repeated on a page and in the log.
func FuzzWE04_ReadOrigin(f *testing.F) {
	for _, o := range []string{"https://a.example", "http://localhost:8080", "null", "", "https://a.example/", "https://A.example", "https://[::1]:1", "https://a@b", "ftp://a", "https://a.example:", "https://a b", "https://"} {
		f.Add(o)
	}
	f.Fuzz(func(t *testing.T, origin string) {
		got, ok := readOrigin(origin)
		if !ok {
			if got != "" {
				t.Errorf("%q is refused and is %q", origin, got)
			}
			return
		}
		u, err := url.Parse(got)
		if got != origin || err != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil || u.Host == "" || len(got) > maxOrigin ||
			strings.ContainsFunc(got, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`<>"'\@`, r) }) {
			t.Errorf("%q is the origin %q: %+v, %v", origin, got, u, err)
		}
	})
}
