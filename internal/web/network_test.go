package web

import (
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestAU09_Network(t *testing.T) {
	t.Parallel()
	for ip, want := range map[string][2]string{
		"192.0.2.77":                 {"192.0.2.77/32", "192.0.2.0/24"},
		"::ffff:192.0.2.77":          {"192.0.2.77/32", "192.0.2.0/24"}, // the same client on another socket
		"2001:db8:1:2:3:4:5:6":       {"2001:db8:1:2::/64", "2001:db8:1::/48"},
		"2001:DB8:1:2::9":            {"2001:db8:1:2::/64", "2001:db8:1::/48"},
		"2001:db8:1:ffff::1":         {"2001:db8:1:ffff::/64", "2001:db8:1::/48"},
		"fe80::1%eth0":               {"fe80::/64", "fe80::/48"},
		"fe80::2%eth1":               {"fe80::/64", "fe80::/48"},
		"::1":                        {"::/64", "::/48"},
		"127.0.0.1":                  {"127.0.0.1/32", "127.0.0.0/24"},
		"":                           {"unknown", "unknown"},
		"@":                          {"unknown", "unknown"},
		"192.0.2.77:80":              {"unknown", "unknown"},
		"192.0.2.077":                {"unknown", "unknown"},
		"1.2.3.4, 5.6.7.8":           {"unknown", "unknown"},
		"[2001:db8::1]":              {"unknown", "unknown"},
		"example.org":                {"unknown", "unknown"},
		"2001:db8:1:2:3:4:5:6:7:8:9": {"unknown", "unknown"},
	} {
		if got := [2]string{Network(ip), WideNetwork(ip)}; got != want {
			t.Errorf("%q: %q, want %q", ip, got, want)
		}
	}
}

// TestAddressOfTheClient: what a client says about itself counts only if a trusted
// proxy passes it on, and only as far as trusted proxies reach.
func TestAddressOfTheClient(t *testing.T) {
	t.Parallel()
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.9/8"), netip.MustParsePrefix("2001:db8:f::/48")}
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
		{"stranger, forged", proxies, "192.0.2.1:5", []string{"198.51.100.7"}, "192.0.2.1"},
		{"stranger from a private network, forged", proxies, "192.168.0.1:5", []string{"198.51.100.7"}, "192.168.0.1"},
		{"stranger on this machine, forged", proxies, "127.0.0.1:5", []string{"198.51.100.7"}, "127.0.0.1"},
		{"stranger on this link, forged", proxies, "[fe80::1]:5", []string{"198.51.100.7"}, "fe80::1"},
		{"proxy", proxies, "10.1.2.3:5", []string{"198.51.100.7"}, "198.51.100.7"},
		{"proxy, without the header", proxies, "10.1.2.3:5", nil, "10.1.2.3"},
		{"proxy over IPv6", proxies, "[2001:db8:f::1]:5", []string{"2001:db8:1::7"}, "2001:db8:1::7"},
		{"proxy mapped into IPv6", proxies, "[::ffff:10.1.2.3]:5", []string{"198.51.100.7"}, "198.51.100.7"},
		{"proxy, client forges an entry before", proxies, "10.1.2.3:5", []string{"1.1.1.1, 198.51.100.7"}, "198.51.100.7"},
		{"proxy, client forges a header before", proxies, "10.1.2.3:5", []string{"1.1.1.1", "198.51.100.7"}, "198.51.100.7"},
		{"proxy, client forges a proxy", proxies, "10.1.2.3:5", []string{"1.1.1.1, 10.9.9.9, 198.51.100.7"}, "198.51.100.7"},
		{"two proxies", proxies, "10.1.2.3:5", []string{"198.51.100.7, 10.4.4.4"}, "198.51.100.7"},
		{"proxy, client sends rubbish", proxies, "10.1.2.3:5", []string{"rubbish, 198.51.100.7"}, "198.51.100.7"},
		{"proxy sends rubbish", proxies, "10.1.2.3:5", []string{"198.51.100.7, rubbish"}, "10.1.2.3"},
		{"one address trusted", []netip.Prefix{netip.MustParsePrefix("10.1.2.3/32")}, "10.1.2.4:5", []string{"198.51.100.7"}, "10.1.2.4"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.peer
		for _, h := range c.headers {
			r.Header.Add("X-Forwarded-For", h)
		}
		r.Header.Set("X-Real-Ip", "203.0.113.1")
		r.Header.Set("Forwarded", "for=203.0.113.1")
		if got := ipExtractor(c.trusted)(r); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
