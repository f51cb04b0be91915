package config

import (
	"net/netip"
	"strings"
	"testing"
)

func TestNetworks(t *testing.T) {
	t.Parallel()
	for list, want := range map[string]string{
		"": "[]", " , ": "[]", "10.0.0.0/8": "[10.0.0.0/8]", "10.1.2.3/8": "[10.0.0.0/8]", "10.1.2.3": "[10.1.2.3/32]",
		"::ffff:10.0.0.1": "[10.0.0.1/32]", "::ffff:10.1.0.0/104": "[10.0.0.0/8]", "::FFFF:a00:1/128": "[10.0.0.1/32]",
		"10.0.0.1\n10.0.0.2\t,10.0.0.3": "[10.0.0.1/32 10.0.0.2/32 10.0.0.3/32]",
		"::1, 2001:db8::/32,127.0.0.1":  "[::1/128 2001:db8::/32 127.0.0.1/32]",
	} {
		got, err := Networks(list)
		if text := listed(got); err != nil || text != want {
			t.Errorf("%q: got %s, %v, want %s", list, text, err, want)
		}
	}
	for _, list := range []string{"x", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0", "::/0", "0.0.0.0/0", "1.2.3.4/0",
		"fe80::1%eth0", "::ffff:0.0.0.0/96", "::ffff:10.0.0.0/95", "::ffff:10.0.0.1/64", "::ffff:0:0/80", "10.0.0.1:80", "10.0.0.0/8;::1"} {
		if got, err := Networks(list); err == nil {
			t.Errorf("%q: got %v, want a refusal", list, got)
		}
	}
}

// listed writes networks as a list.
func listed(networks []netip.Prefix) string {
	var text []string
	for _, n := range networks {
		text = append(text, n.String())
	}
	return "[" + strings.Join(text, " ") + "]"
}
