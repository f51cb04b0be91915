package auth

import "testing"

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
