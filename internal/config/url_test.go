package config

import (
	"strings"
	"testing"
)

func TestBaseURL_Accepts(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"https://login.example":      "https://login.example",
		"https://Login.Example/":     "https://login.example",
		"HTTPS://login.example:443/": "https://login.example",
		"https://login.example:8443": "https://login.example:8443",
		"https://login.example:0443": "https://login.example",
		"https://203.0.113.7":        "https://203.0.113.7",
		"https://[2001:DB8::0:1]:99": "https://[2001:db8::1]:99",
		"http://localhost":           "http://localhost",
		"http://localhost:80":        "http://localhost",
		"http://localhost:443":       "http://localhost:443",
		"http://127.0.0.1:8080/":     "http://127.0.0.1:8080",
		"http://127.9.9.9":           "http://127.9.9.9",
		"http://[::1]:8080":          "http://[::1]:8080",
		"http://[::ffff:127.0.0.1]":  "http://[::ffff:127.0.0.1]",
	} {
		u, err := BaseURL(raw, false)
		if err != nil || u.String() != want {
			t.Errorf("%q: got %v, %v, want %s", raw, u, err, want)
		}
	}
}

func TestBaseURL_Refuses(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"", "login.example", "login.example:8080", "//login.example", "/x", "ftp://x", "javascript:alert(1)", "https:x",
		"https://", "https:///", "https://:8080", "https://x:", "https://x:0", "https://x:65536", "https://x:y",
		"https://x/y", "https://x//", "https://x/%2e", "https://x?", "https://x/?a=b", "https://x#", "https://x/#a",
		"https://u@x", "https://u:p@x", "https://x y", "https://x\"y", "https://x;y", "https://<x>", "https://x%00y",
		"https://münchen.example", "https://x..y", "https://x.", "https://[fe80::1%25eth0]", "https://[::1",
		"http://login.example", "http://localhost.example", "http://127.0.0.1.example", "http://10.0.0.1", "http://0.0.0.0", "http://[::]",
	} {
		if u, err := BaseURL(raw, false); err == nil {
			t.Errorf("%q: got %v, want a refusal", raw, u)
		}
	}
}

func TestBaseURL_InsecureHTTPAllowsOtherHosts(t *testing.T) {
	t.Parallel()
	u, err := BaseURL("http://login.example:8080", true)
	if err != nil || u.String() != "http://login.example:8080" {
		t.Errorf("got %v, %v", u, err)
	}
	if _, err := BaseURL("ftp://login.example", true); err == nil {
		t.Error("another scheme was accepted")
	}
}

func TestBaseURL_ErrorKeepsThePasswordToItself(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{"https://u:hunter2@x", "https://u:hunter2@x:port", "https://u:hunter2@[", "https://u:hunter2@x/%zz"} {
		if _, err := BaseURL(raw, false); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

func FuzzBaseURL_IsAnOrigin(f *testing.F) {
	f.Add("https://Login.Example:443/")
	f.Add("http://[::1]:8080")
	f.Add("https://u:p@x/y?z#")
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := BaseURL(raw, true)
		if err != nil {
			return
		}
		if bad := strings.Trim(u.String(), "abcdefghijklmnopqrstuvwxyz0123456789.:/-_[]"); bad != "" || strings.Count(u.String(), "/") != 2 {
			t.Errorf("%q became %q", raw, u)
		}
		again, err := BaseURL(u.String(), true)
		if err != nil || again.String() != u.String() {
			t.Errorf("%q became %q, and that %v, %v", raw, u, again, err)
		}
	})
}

func TestLocalURL(t *testing.T) {
	t.Parallel()
	for port, want := range map[int]string{8080: "http://localhost:8080", 80: "http://localhost"} {
		u := LocalURL(port)
		if u.String() != want {
			t.Errorf("port %d: %v", port, u)
		}
	}
}
