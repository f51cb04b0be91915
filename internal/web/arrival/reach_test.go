package arrival

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"latchkey/views"
)

// TestAU09_Reach: what is wrong with the way of a request is named, and what is right is
// not. Headers are names and values by turns.
func TestAU09_Reach(t *testing.T) {
	t.Parallel()
	const (
		proxy, stranger = "10.1.2.3:5", "192.0.2.1:5"
		site, own       = "https://login.example", "http://localhost:8080"
	)
	for _, c := range []struct {
		name, base, from, host string
		headers                []string
		want                   string // beginnings of the texts, the urgent ones with a !
		seen                   string
	}{
		{"all right", site, proxy, "login.example", []string{"X-Forwarded-For", "198.51.100.7:1", "X-Forwarded-Proto", "https"}, "", "198.51.100.7 https login.example"},
		{"all right, as lists", site, proxy, "LOGIN.example:443", []string{"X-Forwarded-For", "1.1.1.1, 198.51.100.7", "X-Forwarded-Proto", " HTTPS , http"}, "", "198.51.100.7 https LOGIN.example:443"},
		{"right, without a proxy", own, "127.0.0.1:5", "localhost:8080", nil, "", "127.0.0.1 http localhost:8080"},
		{"right, another name of this machine", own, "127.0.0.1:5", "127.0.0.1:8080", nil, "", "127.0.0.1 http 127.0.0.1:8080"},
		{"right over TLS", site, "tls " + stranger, "login.example", nil, "", "192.0.2.1 https login.example"},
		{"untrusted", site, "127.0.0.1:5", "login.example", []string{"X-Forwarded-For", "198.51.100.7", "X-Forwarded-Proto", "https"},
			"!127.0.0.1 sent X-Forwarded-For but is not a trusted proxy", "127.0.0.1 http login.example"},
		{"untrusted, mapped", site, "[::ffff:127.0.0.1]:5", "login.example", []string{"Forwarded", "for=x"}, "!127.0.0.1 sent Forwarded but", "127.0.0.1 http login.example"},
		{"untrusted, real IP", own, "192.168.1.1:5", "localhost:8080", []string{"X-Real-Ip", "<b>"}, "!192.168.1.1 sent X-Real-Ip but", "192.168.1.1 http localhost:8080"},
		{"untrusted, scheme", own, "[fd00::1]:5", "localhost:8080", []string{"X-Forwarded-Proto", "https"}, "!fd00::1 sent X-Forwarded-Proto but", "fd00::1 http localhost:8080"},
		{"untrusted, host", own, stranger, "localhost:8080", []string{"X-Forwarded-Host", "x"}, "!192.0.2.1 sent X-Forwarded-Host but", "192.0.2.1 http localhost:8080"},
		{"untrusted and silent", site, "127.0.0.1:5", "login.example", nil, "!127.0.0.1 connected over plain http", "127.0.0.1 http login.example"},
		{"trusted and silent", site, proxy, "login.example", []string{"X-Forwarded-Proto", "https"}, "!10.1.2.3 is trusted as a proxy but sent no", "10.1.2.3 https login.example"},
		{"trusted, says real IP only", site, proxy, "login.example", []string{"X-Real-Ip", "198.51.100.7", "X-Forwarded-Proto", "https"}, "!10.1.2.3 is trusted as a proxy but sent no", "10.1.2.3 https login.example"},
		{"trusted and garbled", site, proxy, "login.example", []string{"X-Forwarded-For", "1.1.1.1, unknown", "X-Forwarded-Proto", "https"}, "!10.1.2.3 is trusted as a proxy, but the last entry", "10.1.2.3 https login.example"},
		{"garbled further left", site, proxy, "login.example", []string{"X-Forwarded-For", "unknown, 10.4.4.4", "X-Forwarded-Proto", "https"}, "!10.1.2.3 is trusted as a proxy, but the last entry", "10.4.4.4 https login.example"},
		{"nothing but proxies", site, proxy, "login.example", []string{"X-Forwarded-For", "10.4.4.4", "X-Forwarded-Proto", "https"}, "", "10.4.4.4 https login.example"},
		{"http", site, proxy, "login.example", []string{"X-Forwarded-For", "198.51.100.7", "X-Forwarded-Proto", "http"}, "!The proxy sent X-Forwarded-Proto: http", "198.51.100.7 http login.example"},
		{"scheme unsaid", site, proxy, "login.example", []string{"X-Forwarded-For", "198.51.100.7"}, "The proxy does not say whether", "198.51.100.7  login.example"},
		{"scheme unreadable", site, proxy, "login.example", []string{"X-Forwarded-For", "198.51.100.7", "X-Forwarded-Proto", "<b>"}, "The proxy does not say whether", "198.51.100.7  login.example"},
		{"https unused", own, proxy, "localhost:8080", []string{"X-Forwarded-For", "198.51.100.7", "X-Forwarded-Proto", "https"}, "You use https, but links begin with http", "198.51.100.7 https localhost:8080"},
		{"host changed", site, proxy, "127.0.0.1:8080", []string{"X-Forwarded-For", "198.51.100.7", "X-Forwarded-Proto", "https", "X-Forwarded-Host", "login.example"}, "The proxy asks for a different host", "198.51.100.7 https 127.0.0.1:8080"},
		{"another host", site, proxy, "other.example", []string{"X-Forwarded-For", "198.51.100.7", "X-Forwarded-Proto", "https"}, "You are using a different host", "198.51.100.7 https other.example"},
		{"another port", site, proxy, "login.example:8443", []string{"X-Forwarded-For", "198.51.100.7", "X-Forwarded-Proto", "https"}, "You are using a different host", "198.51.100.7 https login.example:8443"},
		{"much at once", site, stranger, strings.Repeat("x", 999), []string{"X-Forwarded-For", "1.1.1.1"}, "!192.0.2.1 sent X-Forwarded-For|You are using a different host", "192.0.2.1 http " + strings.Repeat("x", maxOrigin)},
	} {
		r := post()
		for i := 0; i+1 < len(c.headers); i += 2 {
			r.Header.Add(c.headers[i], c.headers[i+1])
		}
		from, encrypted := strings.CutPrefix(c.from, "tls ")
		if r.RemoteAddr, r.Host = from, c.host; encrypted {
			r.TLS = &tls.ConnectionState{}
		}
		a := gateAt(c.base, proxied...).Of(r)
		got := a.Reach()
		if seen := got.IP + " " + got.Scheme + " " + got.Host; seen != c.seen {
			t.Errorf("%s: seen %q, want %q", c.name, seen, c.seen)
		}
		if !begin(got.Troubles, c.want) {
			t.Errorf("%s: %+v, want %q", c.name, got.Troubles, c.want)
		}
		for _, one := range got.Troubles {
			if strings.ContainsAny(one.Text+one.Fix, "<") || len(one.Text+one.Fix) > 400 || !strings.HasSuffix(one.Text, ".") || !strings.HasSuffix(one.Fix, ".") {
				t.Errorf("%s: %+v", c.name, one)
			}
		}
	}
}

// begin reports whether the troubles begin with these words.
func begin(all []views.Trouble, want string) bool {
	words := strings.FieldsFunc(want, func(r rune) bool { return r == '|' })
	if len(words) != len(all) {
		return false
	}
	for i, w := range words {
		text, urgent := strings.CutPrefix(w, "!")
		if !strings.HasPrefix(all[i].Text, text) || all[i].Urgent != urgent {
			return false
		}
	}
	return true
}

// gateAt is the gate of a site at this base URL.
func gateAt(base string, trusted ...netip.Prefix) *Gate {
	u, err := url.Parse(base)
	if err != nil {
		panic(err)
	}
	g, err := NewGate(u, trusted)
	if err != nil {
		panic(err)
	}
	return g
}

func post() *http.Request { return httptest.NewRequest(http.MethodPost, "/x", nil) }
