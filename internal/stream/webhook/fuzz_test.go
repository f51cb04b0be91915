package webhook

import (
	"net/url"
	"strings"
	"testing"
)

// FuzzST03_Key: a key that is taken is written as it was given, and no error repeats it.
func FuzzST03_Key(f *testing.F) {
	for _, k := range []string{NewKey().Text(), "whsec_", "whsec_AAAA", "x", " whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw ", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"} {
		f.Add(k)
	}
	f.Fuzz(func(t *testing.T, text string) {
		k, err := ParseKey(text)
		if err != nil {
			if len(text) > 12 && strings.Contains(err.Error(), text[6:]) {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		again, err := ParseKey(k.Text())
		if err != nil || string(again) != string(k) || len(k) < minKey || len(k) > maxKey {
			t.Errorf("%q is %d bytes, and written %q: %v", text, len(k), k.Text(), err)
		}
	})
}

// FuzzCheck: an address that is taken is asked for as it was typed, without names and
// passwords in it.
func FuzzCheck(f *testing.F) {
	for _, u := range []string{"https://a.example/x?y=z", "http://a", "https://u:p@a", "https://", "a", "https://a b", "https://[::1]:1", "https:a", "HTTPS://A.example", "https://a.example/#x", "https://*"} {
		f.Add(u)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if Check(text) != nil {
			return
		}
		u, err := url.Parse(text)
		if err != nil || u.Hostname() == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" || strings.ContainsAny(text, " \r\n\t") {
			t.Errorf("%q is taken: %+v, %v", text, u, err)
		}
	})
}
