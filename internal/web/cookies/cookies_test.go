package cookies

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"latchkey/internal/secret"
)

// of returns the cookies of a request over https.
func of(r *http.Request) *Cookies {
	c := NewStore(true).Of(r, httptest.NewRecorder())
	return &c
}

func TestTokenIsAsLongAsWeSay(t *testing.T) {
	t.Parallel()
	if n := len(secret.Token()); n != TokenLength {
		t.Errorf("a token has %d letters, the cookie store expects %d", n, TokenLength)
	}
}

func TestSE05_OneCookieOrNone(t *testing.T) {
	t.Parallel()
	a, b := secret.Token(), secret.Token()
	const name = "__Host-latchkey"
	for what, c := range map[string]struct{ header, want string }{
		"none":           {"", ""},
		"one":            {name + "=" + a, a},
		"among others":   {"x=y; " + name + "=" + a + "; z=" + b, a},
		"two":            {name + "=" + a + "; " + name + "=" + b, ""},
		"the same twice": {name + "=" + a + "; " + name + "=" + a, ""},
		"one is empty":   {name + "=; " + name + "=" + a, ""},
		"empty":          {name + "=", ""},
		"too short":      {name + "=" + a[1:], ""},
		"too long":       {name + "=" + a + "x", ""},
		"huge":           {name + "=" + strings.Repeat(a, 1000), ""},
		"without prefix": {"latchkey=" + a, ""},
		"other capitals": {"__host-latchkey=" + a, ""},
		"pending":        {"__Host-latchkey-pending=" + a, ""},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		if c.header != "" {
			r.Header.Set("Cookie", c.header)
		}
		if got := of(r).Token(Session); got != c.want {
			t.Errorf("%s: token %q, want %q", what, got, c.want)
		}
	}
}

// TestSE14_TwoShapesOfACookie: a remembered browser sends its validator behind its
// token; no other cookie has one, and there is no third shape.
func TestSE14_TwoShapesOfACookie(t *testing.T) {
	t.Parallel()
	a, b := secret.Token(), secret.Token()
	for value, want := range map[string][2]string{
		a: {a, ""}, a + "." + b: {a, b}, a + ".": {}, "." + a: {}, a + b: {}, a + "." + b + ".": {}, a + "." + b[1:]: {}, a + "." + b + "x": {},
		a[1:] + "." + b: {}, a + "_" + b: {}, a[1:] + "." + b + "x": {}, ".": {}, a + "." + b + "." + a: {},
	} {
		for _, name := range []string{Browser, Session, Pending} {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header.Set("Cookie", "__Host-"+name+"="+value)
			v, token := of(r), want[0]
			if name != Browser && want[1] != "" {
				token = ""
			}
			if got := v.Token(name); got != token {
				t.Errorf("%s=%s: token %q, want %q", name, value, got, token)
			}
			if token, validator := v.BrowserTokens(); name == Browser && (token != want[0] || validator != want[1]) {
				t.Errorf("%s: %q, %q", value, token, validator)
			}
		}
		if want[0] != "" && Join(want[0], want[1]) != value {
			t.Errorf("%q became %q", value, Join(want[0], want[1]))
		}
	}
}

// sent returns the only cookie of an answer.
func sent(t *testing.T, v *Cookies) *http.Cookie {
	t.Helper()
	r := http.Response{Header: v.w.Header()}
	all := r.Cookies()
	if len(all) != 1 {
		t.Fatalf("%d cookies sent: %v", len(all), all)
	}
	return all[0]
}

func TestSE04_CookieAttributes(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]http.Cookie{
		"https": {Name: "__Host-latchkey", Secure: true}, "http": {Name: "latchkey"},
	} {
		v := NewStore(base == "https").Of(httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder())
		token := secret.Token()
		v.Set(Session, token, time.Hour)
		c := sent(t, &v)
		if c.Name != want.Name || c.Value != token || c.Secure != want.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode ||
			c.Path != "/" || c.Domain != "" || c.MaxAge != 3600 {
			t.Errorf("%s: %+v", base, c)
		}
	}
}

func TestDropTokenRemovesWhatWasSent(t *testing.T) {
	t.Parallel()
	v := of(httptest.NewRequest(http.MethodGet, "/", nil))
	v.Drop(Session)
	if h := v.w.Header()["Set-Cookie"]; h != nil {
		t.Errorf("nothing was sent, and %v came back", h)
	}
	for _, header := range []string{"__Host-latchkey=x", "__Host-latchkey=x; __Host-latchkey=y"} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Cookie", header)
		v := of(r)
		v.Drop(Session)
		if c := sent(t, v); c.Name != "__Host-latchkey" || c.Value != "" || c.MaxAge >= 0 || !c.Secure || c.Path != "/" {
			t.Errorf("%s: %+v", header, c)
		}
	}
}

// TestCookieStoreSharesNothing: what one request changes in its session's options
// must not reach another's.
func TestCookieStoreSharesNothing(t *testing.T) {
	t.Parallel()
	s := NewStore(true)
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	first, err := s.Get(r, "latchkey")
	if err != nil || !first.IsNew || first.ID != "" {
		t.Fatalf("%+v, %v", first, err)
	}
	first.Options.HttpOnly, first.ID = false, "planted"
	second, err := s.New(r, "latchkey")
	if err != nil || !second.Options.HttpOnly || second.ID != "" || len(second.Values) != 0 {
		t.Errorf("%+v, %v", second, err)
	}
}
