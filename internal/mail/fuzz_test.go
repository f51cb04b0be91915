package mail

import (
	"mime"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// FuzzMA06_Header: nothing that somebody chose ends a line of a mail or becomes an encoded
// word that does, and cleaning is done once.
func FuzzMA06_Header(f *testing.F) {
	for _, s := range []string{"a\r\nBcc: b@c", "=?utf-8?q?a=0d=0aBcc:?=", "\u202egnp.exe", "a\u2028b", "\x00", "=\u200b?utf-8?q?x?=", strings.Repeat("é", 100), "=?=?", "e\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := header(text, maxValue)
		if strings.ContainsFunc(got, func(r rune) bool { return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) }) || !utf8.ValidString(got) {
			t.Errorf("%q becomes %q", text, got)
		}
		if decoded, err := new(mime.WordDecoder).DecodeHeader(got); err != nil || decoded != got {
			t.Errorf("%q becomes %q, and for a reader %q, %v", text, got, decoded, err)
		}
		if once := clean(text, maxValue); clean(once, maxValue) != once || utf8.RuneCountInString(once) > maxValue {
			t.Errorf("%q becomes %q, and then %q", text, once, clean(once, maxValue))
		}
	})
}
