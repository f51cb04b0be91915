package audit

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"latchkey/internal/secret"
)

// CleanText returns s on one line and at most max runes long, for text that
// strangers choose, such as a user agent. Control characters, line and paragraph
// separators, bidirectional controls and invalid UTF-8 become U+FFFD each: they would
// let somebody forge a second line in a log or turn a name around on the screen.
func CleanText(s string, max int) string {
	var clean strings.Builder
	for _, r := range s {
		if max--; max < 0 {
			break
		}
		if hidden(r) {
			r = utf8.RuneError
		}
		clean.WriteRune(r)
	}
	return clean.String()
}

// EscapeJSON returns JSON in which every character that CleanText takes out is written as \u and its
// number: it means the same, and moves nothing on a terminal. Line breaks between values stay.
func EscapeJSON(text []byte) []byte {
	clean := make([]byte, 0, len(text))
	for _, r := range string(text) {
		if r != '\n' && hidden(r) {
			clean = fmt.Appendf(clean, `\u%04x`, r) // none of them has more digits
			continue
		}
		clean = utf8.AppendRune(clean, r)
	}
	return clean
}

// HideName returns what to write down of a user name that does not exist: its
// first two visible characters, "…" and eight letters of a keyed hash. People type
// passwords into the name field, so the text itself must not be kept; the hash shows
// that two tries used the same text, and cannot be searched for without the key. It
// changes when a key is added.
func HideName(ring *secret.Ring, typed string) string {
	mac := ring.MAC(secret.PurposeName, typed)
	_, hash, _ := strings.Cut(mac, ".")
	return firstVisible(typed, 2) + "…" + hash[:8]
}

// firstVisible returns the first n runes of s that are not hidden.
func firstVisible(s string, n int) string {
	var first strings.Builder
	for _, r := range s {
		if n == 0 {
			break
		}
		if !hidden(r) && r != utf8.RuneError {
			first.WriteRune(r)
			n--
		}
	}
	return first.String()
}

// hidden reports whether r changes the text around it instead of being seen.
func hidden(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp)
}
