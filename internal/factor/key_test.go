package factor

import (
	"bytes"
	"net/url"
	"strings"
	"testing"

	"latchkey/internal/problem"
)

func TestParseSecret(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"ten bytes", "LGLEREYEPVVWTLYO", "LGLEREYEPVVWTLYO"},
		{"as apps show it", "jbsw y3dp ehpk 3pxp", "JBSWY3DPEHPK3PXP"},
		{"dashes", "JBSW-Y3DP-EHPK-3PXP", "JBSWY3DPEHPK3PXP"},
		{"odd spaces", "\u00a0JBSW\u2009Y3DP\u3000EHPK\t3PXP\n", "JBSWY3DPEHPK3PXP"},
		{"padding", "GEZDGNBVGY3TQOJQGE======", "GEZDGNBVGY3TQOJQGE"},
		{"left-over bits", "GEZDGNBVGY3TQOJQGF", "GEZDGNBVGY3TQOJQGE"},
		{"sixty-four bytes", EncodeSecret(make([]byte, 64)), EncodeSecret(make([]byte, 64))},
	}
	for _, test := range tests {
		secret, err := ParseSecret(test.text)
		if err != nil || EncodeSecret(secret) != test.want {
			t.Errorf("%s: ParseSecret = %s, %v; want %s", test.name, EncodeSecret(secret), err, test.want)
		}
	}
}

func TestParseSecretRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"words", "not base32!", "not base32"},
		{"a digit of no alphabet", "JBSWY3DPEHPK3PX1", "not base32"},
		{"padding in the middle", "JBSWY3DP=EHPK3PXP", "not base32"},
		{"lost its end", "JBSWY3DPEHPK3PXPA", "not base32"},
		{"full-width", "ＪBSWY3DPEHPK3PXP", "not base32"},
		{"empty", "", "shorter"},
		{"only padding", "====", "shorter"},
		{"nine bytes", EncodeSecret(make([]byte, 9)), "shorter"},
		{"sixty-five bytes", EncodeSecret(make([]byte, 65)), "longer"},
	}
	for _, test := range tests {
		secret, err := ParseSecret(test.text)
		p := problem.As(err)
		if secret != nil || p == nil || p.Field != "otp_secret" || !strings.Contains(p.Message, test.want) {
			t.Errorf("%s: ParseSecret = %x, %v; want a problem with %q", test.name, secret, err, test.want)
		}
	}
}

func TestOT18_NamesInjectNothingIntoTheURI(t *testing.T) {
	t.Parallel()
	secret := []byte("12345678901234567890")
	const tail = "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=%s&algorithm=SHA1&digits=6&period=30"
	tests := []struct{ issuer, account, wantIssuer, wantAccount string }{
		{"Latchkey", "ada", "Latchkey", "ada"},
		{"Our House", "ada+x@example.com", "Our%20House", "ada%2Bx%40example.com"},
		{"Latchkey", "a&secret=AAAA", "Latchkey", "a%26secret%3DAAAA"},
		{"Latchkey", "a?secret=AAAA#x", "Latchkey", "a%3Fsecret%3DAAAA%23x"},
		{"Star Trek: Website", "ada", "Star%20Trek%20Website", "ada"},
		{"A:B", "c:d", "A%20B", "c%20d"},
		{" : A ::  B: ", "ada", "A%20B", "ada"},
		{":::", "ada", "Latchkey", "ada"}, {"：", "ada", "Latchkey", "ada"}, {" ", "ada", "Latchkey", "ada"}, {"", "ada", "Latchkey", "ada"},
		{"公司：门户", "ada", "%E5%85%AC%E5%8F%B8%20%E9%97%A8%E6%88%B7", "ada"},
		{"A%3AB%3ac", "ada", "A%20B%20c", "ada"}, {"A%253AB", "ada", "A%20B", "ada"}, {"50% of 3A", "ada", "50%25%20of%203A", "ada"},
		{"//A/B", "ada", "A%2FB", "ada"}, {": /", "ada", "Latchkey", "ada"},
		{"R&D? #1 + \"x\"", "ada", "R%26D%3F%20%231%20%2B%20%22x%22", "ada"},
		{"A/../B", "100%", "A%2F..%2FB", "100%25"},
		{"Café", "\"<b>'", "Caf%C3%A9", "%22%3Cb%3E%27"},
	}
	for _, test := range tests {
		want := "otpauth://totp/" + test.wantIssuer + ":" + test.wantAccount + strings.Replace(tail, "%s", test.wantIssuer, 1)
		if got := URI(test.issuer, test.account, secret); got != want {
			t.Errorf("URI(%q, %q)\n got %s\nwant %s", test.issuer, test.account, got, want)
		}
	}
}

func FuzzURI(f *testing.F) {
	f.Add("Latchkey", "a&secret=AAAA", []byte("12345678901234567890"))
	f.Add("A:B", "c d+e%", []byte{0})
	f.Add("%%33AA%253a", ":", []byte{0})
	f.Add("／：/:", "", []byte{0})
	f.Fuzz(func(t *testing.T, issuer, account string, secret []byte) {
		u, err := url.Parse(URI(issuer, account, secret))
		if err != nil {
			t.Fatal(err)
		}
		query, err := url.ParseQuery(u.RawQuery)
		if err != nil || len(query) != 5 || u.Fragment != "" || u.Scheme != "otpauth" || u.Host != "totp" {
			t.Fatalf("%s: %d parameters, %v", u, len(query), err)
		}
		for name, values := range query {
			if len(values) != 1 {
				t.Fatalf("%s has %s %d times", u, name, len(values))
			}
		}
		first, second, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), ":") // decoded, as apps do it
		if first == "" || first != Issuer(issuer) || first != query.Get("issuer") || strings.Contains(second, ":") {
			t.Fatalf("%s reads as %q and %q, and the parameter as %q", u, first, second, query.Get("issuer"))
		}
		if again, err := url.PathUnescape(first); err == nil && strings.Contains(again, ":") {
			t.Fatalf("%s has a colon once it is decoded twice", u)
		}
		if strings.TrimSpace(first) != first || strings.HasPrefix(first, "/") || Issuer(first) != first {
			t.Fatalf("%s: apps differ about %q", u, first)
		}
		if query.Get("secret") != EncodeSecret(secret) {
			t.Fatalf("%s has another secret", u)
		}
	})
}

// The names that people may give an instance fit into a QR code.
func TestOT18_TheLongestNameFits(t *testing.T) {
	t.Parallel()
	for _, letter := range []string{"a", "é", "名", "😀", "%", ":", "ﷺ"} {
		uri := URI(strings.Repeat(letter, 100), strings.Repeat("x", 64), make([]byte, 20))
		if size, _, err := QR(uri); err != nil || size > 185 {
			t.Errorf("100 × %s: %d bytes, %d modules, %v", letter, len(uri), size, err)
		}
	}
}

func FuzzParseSecret(f *testing.F) {
	f.Add("LGLEREYEPVVWTLYO")
	f.Add("not base32!")
	f.Add("jbsw y3dp ehpk 3pxp =")
	f.Fuzz(func(t *testing.T, text string) {
		secret, err := ParseSecret(text)
		if err != nil {
			return
		}
		again, err := ParseSecret(EncodeSecret(secret))
		if err != nil || !bytes.Equal(again, secret) || len(secret) < 10 || len(secret) > 64 {
			t.Fatalf("ParseSecret(%q) = %x, written and read again %x, %v", text, secret, again, err)
		}
	})
}
