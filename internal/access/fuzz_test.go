package access

import (
	"net/url"
	"path"
	"strings"
	"testing"
)

// FuzzFD03_IsAmbiguous: a path that is not ambiguous is the same however much a proxy or an
// application decodes and cleans it, so that no prefix fits before and another one after.
func FuzzFD03_IsAmbiguous(f *testing.F) {
	for _, p := range []string{"/", "/a/b", "/a/../b", "/a//b", "/%61", "/%2e%2e/", "/a%2fb", "/a;b", "/é", "/%C3%A9", "/a/.", "/.a", "/a%00", "/%25", "/a\\b", "", "a", "/%E0%80%AF", "/a/"} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, p string) {
		if IsAmbiguous(p) {
			return
		}
		once, err := url.PathUnescape(p)
		twice, err2 := url.PathUnescape(once)
		if err != nil || err2 != nil || twice != once {
			t.Fatalf("%q is %q, and then %q: %v, %v", p, once, twice, err, err2)
		}
		clean := path.Clean(once)
		if strings.HasSuffix(once, "/") && clean != "/" {
			clean += "/"
		}
		if clean != once || strings.Count(p, "/") != strings.Count(once, "/") {
			t.Errorf("%q is %q, and clean %q", p, once, clean)
		}
	})
}

// FuzzGroupName: a name that is accepted is the same in an address, a header and a list.
func FuzzGroupName(f *testing.F) {
	for _, n := range []string{"eng", "new", "", "-", "a,b", "A", "a\n", strings.Repeat("a", 41)} {
		f.Add(n)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if CheckGroupName(name) != nil {
			return
		}
		if url.PathEscape(name) != name || url.QueryEscape(name) != name || len(name) > 40 || name == "" || name == "new" || strings.ContainsAny(name, ", \r\n") || strings.ToLower(name) != name {
			t.Errorf("%q is a name", name)
		}
	})
}
