package password

import (
	"strings"
	"testing"
	"time"

	"latchkey/internal/user"
)

// hostile are passwords of 256 characters that make an estimate work: everything is
// a word, stands for something else, repeats, is a year, a name, or four bytes long.
var hostile = map[string]string{
	"words":   strings.Repeat("password", 32),
	"leet":    strings.Repeat("@4(3!1|0$57%2", 20)[:maxPassword],
	"repeat":  strings.Repeat("a", maxPassword),
	"numbers": strings.Repeat("20191999", 32),
	"names":   strings.Repeat("adaada1l", 32),
	"marks":   strings.Repeat("ﷺ𝕏é𝟙", 64),
}

// manyRules are of somebody whose name has as many words as fit into 100 letters.
var manyRules = NewRules(8, user.User{Username: "ada", Name: strings.Repeat("ab cd ef gi hj ", 7)[:100]}, "")

func TestEasy(t *testing.T) {
	t.Parallel()
	rules := adasRules(8)
	for want, passwords := range map[bool][]string{
		true: {
			"", "password", "monkey2026walrus", "lovelace-augusta-king", "ecalevol-ada-gnik", "trombone&31", "1234567890123456", "qzvkwmxp",
			strings.Repeat("a", 256), strings.Repeat("monkey", 42),
		},
		false: {
			"mauve walrus tango", "qzvkwmxpjtgb", "жлабюнгэ-щ",
			"mauve walrus tango fjord", "qzvkwmxpjtgbhdn", "x Tq9 vvR2 _pL", strings.Repeat("qzvkwmxpjtgbhdn rfysc", 12),
		},
	} {
		for _, password := range passwords {
			if got := rules.Easy(password); got != want {
				t.Errorf("%.30q is easy: %v, want %v (%v bits)", password, got, want, guessBits(password, cheapWords(rules.Words)))
			}
		}
	}
	const phrase = "quokka mauve ada xq"
	if (Rules{}).Easy(phrase) || !(Rules{Words: []string{"Quokka", "Mauve"}}).Easy(phrase) {
		t.Error("a password of one's own words counts as one of others'")
	}
}

func TestEasyLooksAtTheFirst64CodePoints(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ s, want string }{
		{"", ""}, {"abc", "abc"}, {strings.Repeat("é", 64), strings.Repeat("é", 64)},
		{strings.Repeat("é", 65), strings.Repeat("é", 64)}, {strings.Repeat("𝕏", 64) + "abc", strings.Repeat("𝕏", 64)},
	} {
		if got := firstRunes(c.s, hintLength); got != c.want {
			t.Errorf("of %d bytes are left %d, want %d", len(c.s), len(got), len(c.want))
		}
	}
	weak := strings.Repeat("a", 64)
	if !(Rules{}).Easy(weak + "x Tq9 vvR2 _pL qzvkwmxpjtgbhdn") {
		t.Error("what stands behind 64 characters is looked at")
	}
}

// The person who types a new password decides what is in it, so the work must be bounded:
// 256 characters may not cost more than their first 64, which without the cut they do
// six times and more, and those stay far below what a hash takes. Both are the best of
// many in turn, since others use the machine too. Not parallel for the same reason.
func TestPW06_HintIsCheap(t *testing.T) {
	took := func(password string) time.Duration {
		start := time.Now()
		manyRules.Easy(password)
		return time.Since(start)
	}
	for name, password := range hostile {
		whole, cut := time.Hour, time.Hour
		for range 50 {
			whole, cut = min(whole, took(password)), min(cut, took(firstRunes(password, hintLength)))
		}
		if whole > 4*cut || whole > 25*time.Millisecond {
			t.Errorf("%s: a hint took %v, of the first 64 characters %v", name, whole, cut)
		}
	}
}

func BenchmarkEasy(b *testing.B) {
	for name, password := range hostile {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				manyRules.Easy(password)
			}
		})
	}
}

func BenchmarkPasswordRules(b *testing.B) {
	for name, password := range hostile {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				guessBits(password, cheapWords(manyRules.Words))
			}
		})
	}
}
