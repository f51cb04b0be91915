package secret

import (
	"slices"
	"strings"
	"testing"
)

// FuzzCR02_KeyFile: a key file that is read says what would be written of its keys, byte for
// byte, and what is not read shows no key in its error.
func FuzzCR02_KeyFile(f *testing.F) {
	key := encode([]byte("0123456789abcdef0123456789abcdef"))
	for _, text := range []string{fileHeader + "\nk1 " + key + "\n", fileHeader + "\nk1 " + key + "\nk2 " + encode([]byte("another key of thirty-two bytes.")) + "\n", fileHeader + "\nk1 " + key, "", fileHeader + "\n", fileHeader + "\nk1 " + key + "=\n", fileHeader + "\r\nk1 " + key + "\r\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		keys, err := parseRing([]byte(text))
		if err == nil && textOf(keys) != text {
			t.Errorf("%q is read, and written as %q", text, textOf(keys))
		}
		if err != nil && (keys != nil || strings.Contains(err.Error(), key)) {
			t.Errorf("%q: %v with %d keys", text, err, len(keys))
		}
	})
}

// FuzzCR05_Frame: two lists of parts give one frame only if they are the same, so that no
// part can move into another of a MAC.
func FuzzCR05_Frame(f *testing.F) {
	f.Add("a", "bc", "ab", "c")
	f.Add("", "", "", "\x00")
	f.Add("\x00\x00\x00\x00\x00\x00\x00\x01a", "", "", "a")
	f.Fuzz(func(t *testing.T, a, b, c, d string) {
		for _, one := range [][]string{{a, b}, {a}, {a + b}, {}, {a, b, ""}} {
			for _, other := range [][]string{{c, d}, {c}, {c + d}, {c, d, ""}, {a, b}} {
				if same := string(frame(one...)) == string(frame(other...)); same != slices.Equal(one, other) {
					t.Errorf("%q and %q: %v", one, other, same)
				}
			}
		}
	})
}

// FuzzCR05_MAC: a MAC that is taken is exactly the one that is made.
func FuzzCR05_MAC(f *testing.F) {
	ring := ringOf("", []key{{"k1", []byte("0123456789abcdef0123456789abcdef")}, {"k2", []byte("another key of thirty-two bytes.")}})
	c := ring.Checker(PurposeAudit)
	f.Add(ring.MAC(PurposeAudit, "a"), "a")
	f.Add(ring.MAC(PurposeAudit, "a")+"\n", "a")
	f.Add("k1.", "")
	f.Fuzz(func(t *testing.T, mac, part string) {
		want := slices.Contains(ring.MACs(PurposeAudit, part), mac)
		if ring.VerifyMAC(PurposeAudit, mac, part) != want || c.Verify(mac, part) != want {
			t.Errorf("%q over %q is taken", mac, part)
		}
	})
}
