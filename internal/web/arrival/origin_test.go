package arrival

import (
	"errors"
	"testing"
)

// TestWE04_Origin: a POST is ours if the browser says so, and nobody else's word
// counts. The site is https://id.example.org.
func TestWE04_Origin(t *testing.T) {
	t.Parallel()
	const own, none = "https://id.example.org", ""
	for _, c := range []struct {
		name, site, origin string
		want               bool
	}{
		{"our page", "same-origin", own, true},
		{"our page, old browser", none, own, true},
		{"our page, without Origin", "same-origin", none, true},
		{"typed by the user", "none", none, true},
		{"says nothing", none, none, false},
		{"cross-site", "cross-site", "https://evil.example", false},
		{"cross-site, without Origin", "cross-site", none, false},
		{"cross-site, null", "cross-site", "null", false},
		{"null alone", none, "null", false},
		{"null from a page of ours", "same-origin", "null", false},
		{"neighbouring subdomain", "same-site", "https://shop.example.org", false},
		{"neighbouring subdomain, without Origin", "same-site", none, false},
		{"foreign origin, old browser", none, "https://evil.example", false},
		{"foreign origin that calls itself same", "same-origin", "https://evil.example", false},
		{"foreign origin, typed", "none", "https://evil.example", false},
		{"http instead of https", "same-origin", "http://id.example.org", false},
		{"another port", "same-origin", "https://id.example.org:8443", false},
		{"our name in front", none, "https://id.example.org.evil.example", false},
		{"our name behind", none, "https://evilid.example.org", false},
		{"our name as a user", none, "https://id.example.org@evil.example", false},
		{"with a path", none, "https://id.example.org/", false},
		{"capitals", none, "HTTPS://ID.EXAMPLE.ORG", false},
		{"not a URL", none, "://", false},
		{"unknown site", "nonsense", none, false},
		{"capitals of the site", "Same-Origin", none, false},
	} {
		r := post()
		r.Host = "id.example.org"
		for name, value := range map[string]string{"Sec-Fetch-Site": c.site, "Origin": c.origin} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		// What a proxy or an attacker adds changes nothing (MA-01).
		r.Header.Set("X-Forwarded-Host", "evil.example")
		r.Header.Set("X-Forwarded-Proto", "http")
		r.Header.Set("Referer", own)
		a := gateAt(own).Of(r)
		err := a.CheckOrigin()
		_, refused := errors.AsType[*Foreign](err)
		if (err == nil) != c.want || refused == c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
