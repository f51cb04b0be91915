package access

import (
	"net/url"
	"strings"
	"testing"

	"latchkey/internal/problem"
)

func address(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestHostIsStoredInOneSpelling(t *testing.T) {
	t.Parallel()
	own := address(t, "https://login.example.com")
	for typed, want := range map[string]string{
		"wiki.example.com":            "wiki.example.com",
		"  Wiki.Example.COM  ":        "wiki.example.com",
		"https://wiki.example.com/":   "wiki.example.com",
		"HTTPS://wiki.example.com":    "wiki.example.com",
		"wiki.example.com:443":        "wiki.example.com",
		"wiki.example.com:8443":       "wiki.example.com:8443",
		"wiki.example.com:65535":      "wiki.example.com:65535",
		"bücher.example":              "xn--bcher-kva.example",
		"BÜCHER.example":              "xn--bcher-kva.example",
		"xn--bcher-kva.example":       "xn--bcher-kva.example",
		"ｗｉｋｉ.example.com":            "wiki.example.com",
		"wiki。example.com":            "wiki.example.com",
		"intranet":                    "intranet",
		"192.0.2.7:8443":              "192.0.2.7:8443",
		"[2001:DB8::7]":               "[2001:db8::7]",
		"[2001:db8:0::7]:8443":        "[2001:db8::7]:8443",
		"[::ffff:192.0.2.7]":          "192.0.2.7",
		"localhost:3000":              "localhost:3000",
		"http://localhost:3000/":      "localhost:3000",
		"http://app.localhost:3000":   "app.localhost:3000",
		"http://127.0.0.1:3000":       "127.0.0.1:3000",
		"login.example.com.evil.test": "login.example.com.evil.test",
		"a.login.example.com":         "a.login.example.com",
	} {
		got, err := CheckHost(typed, own)
		if got != want || err != nil {
			t.Errorf("%q: %q, %v; want %q", typed, got, err, want)
			continue
		}
		if again, err := CheckHost(got, own); again != got || err != nil {
			t.Errorf("%q once more: %q, %v", got, again, err)
		}
		if as := RequestHost(got); as != got {
			t.Errorf("a request to %q is one to %q", got, as)
		}
	}
}

// TestFD07_HostsThatAreRefused: nothing that leads elsewhere than it reads, and not where this
// instance is.
func TestFD07_HostsThatAreRefused(t *testing.T) {
	t.Parallel()
	own := address(t, "https://login.example.com")
	for _, typed := range []string{
		"*.example.com", "*", "wiki.*", "", ".", "..", "wiki..example.com", ".example.com", "wiki.example.com.", "-wiki.example.com", "wiki-.example.com",
		"wiki_1.example.com", "wiki example.com", "wiki.example.com/path", "https://wiki.example.com/path", "https://wiki.example.com?x", "wiki.example.com#x",
		"user@wiki.example.com", "https://user:pw@wiki.example.com", "wiki.example.com\\evil", "http://wiki.example.com", "ftp://wiki.example.com", "javascript://wiki",
		"wiki.example.com:0", "wiki.example.com:65536", "wiki.example.com:08443", "wiki.example.com:+1", "wiki.example.com:", "wiki.example.com:8443:1", "2001:db8::7",
		"[2001:db8::7", "[2001:db8::7:8443", "[2001:db8::7%eth0]", "[192.0.2.7]", "192.0.2", "1", "0x7f.1", "wiki.0x7f", "wiki.1", strings.Repeat("a", 64) + ".example.com",
		strings.Repeat("a.", 130) + "com", "wiki\x00.example.com", "wiki\n.example.com", "wi\u200dki.example.com", "\u202ewiki.example.com", "xn--a.example.com",
		"login.example.com", "LOGIN.example.com", "login.example.com:443", "login.example.com:8443", "https://login.example.com/",
	} {
		got, err := CheckHost(typed, own)
		if p := problem.As(err); p == nil || p.Field != "host" || p.Message == "" || got != "" {
			t.Errorf("%q: %q, %v; want a problem with the field", typed, got, err)
		} else if star := strings.Contains(typed, "*"); star != strings.Contains(p.Message, "Enter each host by itself") {
			t.Errorf("%q: %s", typed, p.Message)
		}
	}
	here := address(t, "http://localhost:8080")
	if got, err := CheckHost("localhost:8080", here); err == nil {
		t.Errorf("this site itself is %q", got)
	}
	if got, err := CheckHost("localhost:8081", here); got != "localhost:8081" || err != nil {
		t.Errorf("another program of this machine: %q, %v", got, err)
	}
}

func TestOriginIsHTTPOnThisMachineOnly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ host, own, want string }{
		{"wiki.example.com", "https://login.example.com", "https://wiki.example.com"},
		{"wiki.example.com:8443", "http://localhost:8080", "https://wiki.example.com:8443"},
		{"localhost:3000", "http://localhost:8080", "http://localhost:3000"},
		{"wiki.localhost:3000", "http://localhost:8080", "http://wiki.localhost:3000"},
		{"127.0.0.1:3000", "http://localhost:8080", "http://127.0.0.1:3000"},
		{"[::1]:3000", "http://localhost:8080", "http://[::1]:3000"},
		{"localhost:3000", "https://login.example.com", "https://localhost:3000"},
		{"localhost.evil.test", "http://localhost:8080", "https://localhost.evil.test"},
		{"127.0.0.1.evil.test", "http://localhost:8080", "https://127.0.0.1.evil.test"},
	} {
		if got := Origin(c.host, address(t, c.own)); got != c.want {
			t.Errorf("%s as seen from %s: %s, want %s", c.host, c.own, got, c.want)
		}
	}
}

func FuzzCheckHost(f *testing.F) {
	for _, s := range []string{"wiki.example.com:8443", "bücher.example", "[::1]:1", "https://a.b/", "a@b", "*.x"} {
		f.Add(s)
	}
	own := &url.URL{Scheme: "https", Host: "login.example.com"}
	f.Fuzz(func(t *testing.T, typed string) {
		host, err := CheckHost(typed, own)
		if err != nil {
			return
		}
		u, err := url.Parse(Origin(host, own) + "/")
		if err != nil || u.Host != host || u.Path != "/" || u.User != nil || RequestHost(u.Host) != host {
			t.Errorf("%q became %q, which is read as %+v, %v", typed, host, u, err)
		}
	})
}

// TestFD05_HostsOfThisInstance are those of its name on every port, and on this machine that of its port.
func TestFD05_HostsOfThisInstance(t *testing.T) {
	t.Parallel()
	for own, all := range map[string]map[string]bool{
		"https://Login.example:9443": {"login.example": true, "login.example:8443": true, "x.login.example": false, "wiki.example:9443": false, "": false},
		"https://bücher.example":     {"xn--bcher-kva.example:8443": true, "bcher.example": false},
		"http://localhost:8080":      {"localhost:8080": true, "localhost:3000": false},
		"https://[2001:DB8::7]":      {"[2001:db8::7]:8443": true, "[2001:db8::8]": false},
	} {
		for host, want := range all {
			if got := IsOwn(host, address(t, own)); got != want {
				t.Errorf("%s of %s: %v", host, own, got)
			}
		}
	}
}
