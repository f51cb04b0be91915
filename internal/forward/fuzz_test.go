package forward

import (
	"net/http"
	"net/url"
	"path"
	"reflect"
	"strings"
	"testing"
	"time"

	"latchkey/internal/access"
)

// FuzzFD07_To: where somebody is led after signing in is a path of this host, as a browser
// reads it, and is the same when it is read once more.
func FuzzFD07_To(f *testing.F) {
	for _, to := range []string{"/", "/a?b=c", "//evil.example", "/\\evil.example", "/%2f/evil.example", "/%5cevil", "/a/../..//evil", "/.latchkey/enter?code=x", "/%2elatchkey/", "/é \"<>", "/a%0d%0aX: y", "/a#b", "/%", "/.LATCHKEY/x", "/x%2f..%2f.latchkey/"} {
		f.Add(to)
	}
	f.Fuzz(func(t *testing.T, to string) {
		got := safeTo(to)
		if again := safeTo(got); again != got {
			t.Errorf("%q becomes %q, and then %q", to, got, again)
		}
		u, err := url.Parse(got)
		if err != nil || u.IsAbs() || u.Host != "" || u.User != nil || u.Fragment != "" || !strings.HasPrefix(got, "/") {
			t.Fatalf("%q becomes %q, which is %+v, %v", to, got, u, err)
		}
		browser := strings.NewReplacer("\t", "", "\n", "", "\r", "", "\\", "/").Replace(got)
		if browser != got || strings.HasPrefix(got, "//") || strings.ContainsFunc(got, func(r rune) bool { return r < '!' || r > '~' }) {
			t.Errorf("%q becomes %q, which a browser reads in another way", to, got)
		}
		if clean := strings.ToLower(path.Clean(u.Path)); strings.HasPrefix(u.Path, "//") || strings.HasPrefix(clean+"/", access.OwnPaths) {
			t.Errorf("%q becomes %q, which is ours", to, got)
		}
		if asked := askedTo("to=" + url.QueryEscape(to)); asked != got && strings.ToValidUTF8(to, "") == to {
			t.Errorf("%q becomes %q, and %q in a query", to, got, asked)
		}
	})
}

// FuzzFD03_BothReadings: what nginx says of a request and what other proxies say of the same
// one are read as the same, or neither is read.
func FuzzFD03_BothReadings(f *testing.F) {
	for _, s := range [][3]string{{"GET", "wiki.example.com", "/a?b=c"}, {"get", "Wiki.Example:443", "/"}, {"POST", "a@b", "//"}, {"GET", "[::1]:80", "/ "}, {"GET", "", "/"}, {"M-SEARCH", "x", "/#"}} {
		f.Add(s[0], s[1], s[2])
	}
	f.Fuzz(func(t *testing.T, method, host, uri string) {
		if strings.ContainsAny(host, "/") || !strings.HasPrefix(uri, "/") || host == "" {
			return // one of the two has no way to say that
		}
		one, ok := readForwarded(http.Header{"X-Forwarded-Method": {method}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {host}, "X-Forwarded-Uri": {uri}})
		other, too := readOriginal(http.Header{"X-Original-Method": {method}, "X-Original-Url": {"https://" + host + uri}})
		if one != other && (ok || too) || ok != too {
			t.Errorf("%+v, %v and %+v, %v", one, ok, other, too)
		}
		if ok && (strings.ContainsFunc(one.uri, func(r rune) bool { return r <= ' ' || r == 0x7f }) || access.RequestHost(one.host) != one.host) {
			t.Errorf("%+v is read", one)
		}
	})
}

// FuzzFD04_State: what travels through a sign-in comes back as it left, and nothing else is
// taken for it.
func FuzzFD04_State(f *testing.F) {
	token := strings.Repeat("A", 43)
	for _, s := range []string{token, token + ".L2E", token + ".", token + ".L2E.x", "." + token, strings.Repeat("A", 44), token[:42] + "!", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		token, path, ok := splitState(s)
		if !ok {
			if token != "" || path != "" {
				t.Errorf("%q is refused and is %q and %q", s, token, path)
			}
			return
		}
		if joined := joinState(token, path); joined != s && joined+"." != s {
			t.Errorf("%q is %q and %q, and together %q", s, token, path, joined)
		}
		if to := readPath(path); safeTo(to) != to {
			t.Errorf("%q leads to %q", s, to)
		}
	})
}

// FuzzFD04_Trip: what a browser keeps on its way is read as it was written, whatever letters a token begins with: one
// that looked like the count of rounds was lost, once in four thousand ways.
func FuzzFD04_Trip(f *testing.F) {
	for _, begin := range []string{"A", "r1-", "r9-", "rr-", "3-1", "---", "r"} {
		f.Add((begin + strings.Repeat("A", 43))[:43]+".L2E", 3, int64(1_793_600_000))
	}
	f.Fuzz(func(t *testing.T, s string, rounds int, at int64) {
		token, path, ok := splitState(s)
		if !ok {
			return
		}
		began := trip{ways: []way{{token, readPath(path)}, {token: token}}}
		if rounds = min(rounds, mostRounds); rounds > 0 {
			began.rounds, began.last = rounds, time.Unix(at, 0)
		}
		if got := readTrip(began.String()); !reflect.DeepEqual(got, began) {
			t.Errorf("%+v was written as %q and read as %+v", began, began.String(), got)
		}
	})
}
