package audit

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"latchkey/internal/secret"
)

func TestLO05_OneEventIsOneLine(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		max        int
		want       string
	}{
		{"plain", "Firefox 145", 20, "Firefox 145"},
		{"letters of the world", "Zoë 名前 👩🏽\u200d🚀 می\u200cخواهم", 40, "Zoë 名前 👩🏽\u200d🚀 می\u200cخواهم"},
		{"new lines", "a\r\nb\u2028c\u2029d\u0085e", 20, "a��b�c�d�e"},
		{"terminal colours", "\x1b[31mred\u009b0m", 20, "�[31mred�0m"},
		{"tab, NUL, delete", "a\tb\x00c\x7f", 20, "a�b�c�"},
		{"turned around", "gpj\u202eexe\u2066\u200f\u061c", 20, "gpj�exe���"},
		{"not UTF-8", "a\xff\xc3(", 20, "a��("},
		{"cut", "abcdef", 3, "abc"},
		{"cut between runes", "éééé", 2, "éé"},
		{"exact", "abc", 3, "abc"},
		{"nothing wanted", "abc", 0, ""},
		{"less than nothing", "abc", -1, ""},
	}
	for _, test := range tests {
		if got := CleanText(test.text, test.max); got != test.want {
			t.Errorf("%s: CleanText(%q, %d) = %q, want %q", test.name, test.text, test.max, got, test.want)
		}
	}
}

func TestLO05_UnknownNamesAreNotKept(t *testing.T) {
	t.Parallel()
	ring := secret.NewRing()
	tests := []struct{ typed, start string }{
		{"hunter2-is-my-password", "hu"},
		{"Zoë", "Zo"},
		{"名前空間", "名前"},
		{"\u202e\x1b\n\xffab\ncd", "ab"},
		{"x", "x"},
		{"", ""},
		{strings.Repeat("a", 1<<16), "aa"},
	}
	seen := map[string]string{}
	for _, test := range tests {
		got := HideName(ring, test.typed)
		form := regexp.MustCompile("^" + regexp.QuoteMeta(test.start) + "…[A-Za-z0-9_-]{8}$")
		if !form.MatchString(got) {
			t.Errorf("HideName(%.30q) = %q, want %q and a hash", test.typed, got, test.start)
		}
		_, hash, _ := strings.Cut(got, "…")
		if other, found := seen[hash]; found {
			t.Errorf("%.30q and %.30q have the same hash", test.typed, other)
		}
		seen[hash] = test.typed
		if again := HideName(ring, test.typed); again != got {
			t.Errorf("the same text is %q and then %q", got, again)
		}
	}
	if HideName(ring, "hunter2") == HideName(secret.NewRing(), "hunter2") {
		t.Error("the hash does not depend on the key: anybody could search for the password")
	}
}

func FuzzCleanText(f *testing.F) {
	f.Add("a\r\nb\u202e\xff", 3)
	f.Add("Mozilla/5.0", 300)
	f.Fuzz(func(t *testing.T, text string, limit int) {
		clean := CleanText(text, limit)
		if !utf8.ValidString(clean) || utf8.RuneCountInString(clean) > max(limit, 0) {
			t.Fatalf("CleanText(%q, %d) = %q", text, limit, clean)
		}
		for _, r := range clean {
			if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
				t.Fatalf("CleanText(%q, %d) = %q with %U", text, limit, clean, r)
			}
		}
		if again := CleanText(clean, limit); again != clean {
			t.Fatalf("cleaned twice: %q, then %q", clean, again)
		}
	})
}
