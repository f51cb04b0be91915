package arrival

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"latchkey/internal/auth"
)

// proxied are the trusted proxies of these tests.
var proxied = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:f::/48"), netip.MustParsePrefix("fe80::/64")}

// ipOf is the address that limits and the audit log see.
func ipOf(trusted []netip.Prefix, from, socket string, forwarded ...string) string {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = from
	if socket != "" {
		r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, &net.UnixAddr{Name: socket, Net: "unix"}))
	}
	for _, h := range forwarded {
		r.Header.Add("X-Forwarded-For", h)
	}
	r.Header.Set("X-Real-Ip", "203.0.113.1")
	r.Header.Set("Forwarded", "for=203.0.113.1")
	a := gateAt("https://login.example", trusted...).Of(r)
	return a.IP()
}

// TestAU09_AddressOfTheClient: what a client says about itself counts only if a trusted
// proxy passes it on, and only as far as trusted proxies reach.
func TestAU09_AddressOfTheClient(t *testing.T) {
	t.Parallel()
	const proxy = "10.1.2.3:5"
	for _, c := range []struct {
		name    string
		trusted []netip.Prefix
		peer    string
		headers []string // X-Forwarded-For
		want    string
	}{
		{"nobody trusted", nil, "192.0.2.1:5", nil, "192.0.2.1"},
		{"nobody trusted, forged", nil, "192.0.2.1:5", []string{"198.51.100.7"}, "192.0.2.1"},
		{"nobody trusted, from this machine", nil, "127.0.0.1:5", []string{"198.51.100.7"}, "127.0.0.1"},
		{"nobody trusted, mapped", nil, "[::ffff:192.0.2.1]:5", nil, "192.0.2.1"},
		{"nobody trusted, with a zone", nil, "[fe80::1%eth0]:5", nil, "fe80::1"},
		{"stranger, forged", proxied, "192.0.2.1:5", []string{"198.51.100.7"}, "192.0.2.1"},
		{"stranger from a private network, forged", proxied, "192.168.0.1:5", []string{"198.51.100.7"}, "192.168.0.1"},
		{"stranger on this machine, forged", proxied, "127.0.0.1:5", []string{"198.51.100.7"}, "127.0.0.1"},
		{"stranger who names a proxy", proxied, "192.0.2.1:5", []string{"10.1.2.3"}, "192.0.2.1"},
		{"proxy", proxied, proxy, []string{"198.51.100.7"}, "198.51.100.7"},
		{"proxy, without the header", proxied, proxy, nil, "10.1.2.3"},
		{"proxy, header without a value", proxied, proxy, []string{""}, "10.1.2.3"},
		{"proxy over IPv6", proxied, "[2001:db8:f::1]:5", []string{"2001:db8:1::7"}, "2001:db8:1::7"},
		{"proxy mapped into IPv6", proxied, "[::ffff:10.1.2.3]:5", []string{"198.51.100.7"}, "198.51.100.7"},
		{"proxy on this cable", proxied, "[fe80::1%eth0]:5", []string{"198.51.100.7"}, "198.51.100.7"},
		{"proxy, client forges an entry before", proxied, proxy, []string{"1.1.1.1, 198.51.100.7"}, "198.51.100.7"},
		{"proxy, client forges a header before", proxied, proxy, []string{"1.1.1.1", "198.51.100.7"}, "198.51.100.7"},
		{"proxy, client forges a proxy", proxied, proxy, []string{"1.1.1.1, 10.9.9.9, 198.51.100.7"}, "198.51.100.7"},
		{"proxy, client opens a quote", proxied, proxy, []string{`"1.1.1.1, 198.51.100.7`}, "198.51.100.7"},
		{"proxy, client opens a bracket", proxied, proxy, []string{"[2001:db8::1, 198.51.100.7"}, "198.51.100.7"},
		{"proxy, client sends a comma", proxied, proxy, []string{"1.1.1.1,, 198.51.100.7"}, "198.51.100.7"},
		{"proxy, client sends rubbish", proxied, proxy, []string{"rubbish, 198.51.100.7"}, "198.51.100.7"},
		{"two proxies", proxied, proxy, []string{"198.51.100.7, 10.4.4.4"}, "198.51.100.7"},
		{"two proxies with ports", proxied, proxy, []string{"198.51.100.7:1234, 10.4.4.4:443"}, "198.51.100.7"},
		{"two proxies, a header each", proxied, proxy, []string{"1.1.1.1,198.51.100.7:1", "[2001:db8:f::2]:443"}, "198.51.100.7"},
		{"three proxies of both kinds", proxied, proxy, []string{"1.1.1.1", "2001:db8:1::7, ::ffff:10.4.4.4", "[fe80::2%eth0]:80"}, "2001:db8:1::7"},
		{"nothing but proxies", proxied, proxy, []string{"10.5.5.5, 10.4.4.4"}, "10.5.5.5"},
		{"proxy does not know", proxied, proxy, []string{"1.1.1.1, unknown"}, "10.1.2.3"},
		{"proxy does not say", proxied, proxy, []string{"1.1.1.1, _hidden"}, "10.1.2.3"},
		{"proxy has a socket in front of it", proxied, proxy, []string{"1.1.1.1, unix:"}, "10.1.2.3"},
		{"proxy writes nothing", proxied, proxy, []string{"1.1.1.1, "}, "10.1.2.3"},
		{"proxy writes a header of nothing", proxied, proxy, []string{"1.1.1.1", ""}, "10.1.2.3"},
		{"proxy sends rubbish", proxied, proxy, []string{"198.51.100.7, rubbish"}, "10.1.2.3"},
		{"proxy writes no address that is one", proxied, proxy, []string{"198.51.100.7, 0.0.0.0"}, "10.1.2.3"},
		{"the proxy before sends rubbish", proxied, proxy, []string{"1.1.1.1, rubbish, 10.4.4.4"}, "10.4.4.4"},
		{"one address trusted", []netip.Prefix{netip.MustParsePrefix("10.1.2.3/32")}, "10.1.2.4:5", []string{"198.51.100.7"}, "10.1.2.4"},
		{"socket that nobody knows", nil, "@", []string{"198.51.100.7"}, ""},
	} {
		if got := ipOf(c.trusted, c.peer, "", c.headers...); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	for forwarded, want := range map[string]string{"": "unix", "198.51.100.7:4711": "198.51.100.7", "1.1.1.1, 198.51.100.7": "198.51.100.7", "1.1.1.1, unix:": "unix"} {
		// The name of the other end is the client's choice; here it reads like an address.
		if got := ipOf(nil, "203.0.113.9:80", "/run/x", forwarded); got != want {
			t.Errorf("over a unix socket, %q: %q, want %q", forwarded, got, want)
		}
		// A socket without a file has no mode: anybody on this machine may open it.
		if got := ipOf(nil, "203.0.113.9:80", "@x", forwarded); got != "127.0.0.1" {
			t.Errorf("over an abstract socket, %q: %q", forwarded, got)
		}
		if got := ipOf([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, "@", "@x", forwarded); got != strings.Replace(want, "unix", "127.0.0.1", 1) {
			t.Errorf("over a trusted abstract socket, %q: %q", forwarded, got)
		}
	}
}

// TestAU09_Spellings: however the proxy spells it, it is the same client.
func TestAU09_Spellings(t *testing.T) {
	t.Parallel()
	for want, all := range map[string][]string{
		"198.51.100.9": {
			"198.51.100.9", "198.51.100.9:4711", "198.51.100.9:1", "198.51.100.9:65535", "198.51.100.9:0", " 198.51.100.9 ", "\t198.51.100.9\t",
			" 198.51.100.9:4711 ", `"198.51.100.9"`, `"198.51.100.9:4711"`, `" 198.51.100.9 "`, "::ffff:198.51.100.9", "::FFFF:198.51.100.9",
			"::ffff:c633:6409", "[::ffff:198.51.100.9]", "[::ffff:198.51.100.9]:4711", "::ffff:198.51.100.9:4711", "0:0:0:0:0:ffff:198.51.100.9",
			"[198.51.100.9]:4711", "198.51.100.9%2", "198.51.100.9%2:4711",
		},
		"2001:db8::9": {
			"2001:db8::9", "2001:DB8::9", "2001:db8:0:0:0:0:0:9", "2001:0db8:0000:0000:0000:0000:0000:0009", "[2001:db8::9]", "[2001:db8::9]:4711",
			"[2001:0DB8::0009]:443", `"[2001:db8::9]:4711"`, `"2001:db8::9"`, " [2001:db8::9]:4711 ", "[2001:db8::9%eth0]:4711", "2001:db8::9%eth0",
			"2001:db8::9%25eth0", "2001:db8:0:0:0:0:0:9:4711", "2001:db8::9:47110", "[2001:db8::9%25eth0]", "2001:db8::9%eth0:4711",
		},
		"fe80::9": {"fe80::9%eth0", "[fe80::9%eth0]", "[fe80::9%eth0]:4711", "fe80::9"},
		"": {
			"", " ", "unknown", "_x", "unix:", "localhost", "example.org", "example.org:80", "198.51.100", "198.51.100.9.9", "198.51.100.09", "198.51.100.256",
			"198.51.100.9:", "198.51.100.9:65536", "198.51.100.9:-1", "198.51.100.9:+1", "198.51.100.9:1:1", "198.51.100.9:x", "198.51.100.9 :1", "198.51.100.9/32",
			"198.51.100.9 198.51.100.8", "198.51.100.9;proto=http", "for=198.51.100.9", "[198.51.100.9", "198.51.100.9]", "[2001:db8::9", "[2001:db8::9]x", "[2001:db8::9]:",
			"[2001:db8::9]:x", "[]", "[]:1", "[[2001:db8::9]]", "2001:db8::9::1", "2001:db8:0:0:0:0:0:9:1:1", `"198.51.100.9`, `198.51.100.9"`, `"`, `""`,
			"0.0.0.0", "::", "[::]:1", "::ffff:0.0.0.0", "0x7f.1", "2130706433", "%eth0", ":4711", "198.51.100.9\x00", "１９８.51.100.9",
			strings.Repeat(" ", 200) + "198.51.100.9",
		},
	} {
		for _, s := range all {
			got, ok := hop(s)
			if ok != (want != "") || ok && got.String() != want {
				t.Errorf("%q: %v, %v, want %q", s, got, ok, want)
			}
		}
	}
	// An address that could have a port is taken for one without, and is of the same network.
	if got, _ := hop("2001:db8::9:4711"); auth.Network(got.String()) != auth.Network("2001:db8::9") {
		t.Errorf("read as %v", got)
	}
}

// FuzzAU09_Forged: whatever a client sends ahead of what the proxy adds, its address is
// the one that the proxy saw, and without the proxy it is that of the connection.
func FuzzAU09_Forged(f *testing.F) {
	for _, s := range []string{"", "1.1.1.1", `"1.1.1.1`, "[::1", "unknown,", ",,", "10.0.0.1:1, 10.0.0.2", "fe80::1%,", "\x00", "１"} {
		f.Add(s, "")
		f.Add("10.0.0.1", s)
	}
	trusts := func(a netip.Addr) bool { return netip.MustParsePrefix("10.0.0.0/8").Contains(a) }
	proxy, stranger := Peer{addr: netip.MustParseAddr("10.1.2.3")}, Peer{addr: netip.MustParseAddr("203.0.113.5")}
	f.Fuzz(func(t *testing.T, a, b string) {
		forged := []string{a, b}
		if got, _ := client(stranger, false, forged, trusts); got != stranger {
			t.Errorf("without a proxy: %v", got)
		}
		for seen, want := range map[string]string{"198.51.100.7": "198.51.100.7", "[2001:db8::7]:4711": "2001:db8::7", "unknown": "10.1.2.3", "": "10.1.2.3"} {
			for way, fields := range map[string][]string{"appended": {a, b + ", " + seen}, "a header more": {a, b, seen}, "set": {seen}} {
				if got, clear := client(proxy, true, fields, trusts); got.String() != want || clear != (want != "10.1.2.3") {
					t.Errorf("%s %q: %s, %v, want %s", way, seen, got, clear, want)
				}
			}
		}
		if got, _ := client(proxy, true, forged, trusts); !got.addr.IsValid() || got.addr.Is4In6() || got.addr.Zone() != "" {
			t.Errorf("not in its one spelling: %v", got)
		}
	})
}
