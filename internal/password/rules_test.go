package password

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"latchkey/internal/problem"
	"latchkey/internal/user"
)

const (
	tooEasy = "This password is too easy to guess. Use a longer one, or a few random words."
	ownName = "Password must not contain your username"
	ownWord = "Password must not contain your name, your email address or the name of this site"
)

func adasRules(minLength int) Rules {
	ada := user.User{Username: "ada.lovelace", Name: "Augusta King", Email: "countess@example.org"}
	return NewRules(minLength, ada, "Acme Portal")
}

func TestPW02_LengthIsBoundedNeverCut(t *testing.T) {
	t.Parallel()
	for _, typed := range []string{strings.Repeat("a", 256), strings.Repeat("é", 256), strings.Repeat("𝕏", 256), " spaces kept ", "Case Kept"} {
		if got, err := Clean(typed); err != nil || got != typed {
			t.Errorf("Clean of %d bytes = %d bytes, %v", len(typed), len(got), err)
		}
	}
	for _, typed := range []string{
		strings.Repeat("a", 257), strings.Repeat("a", 1025), "tab\tin it", "nul\x00in it", "del\x7fin it", "c1\u0085in it", "line\nbreak", "broken \xff", "\xc3",
	} {
		got, err := Clean(typed)
		if p := problem.As(err); p == nil || p.Field != "new_password" || got != "" {
			t.Errorf("Clean(%.20q) = %d bytes, %v, want a problem with the field", typed, len(got), err)
		}
	}
}

func TestPW06_OneNormalForm(t *testing.T) {
	t.Parallel()
	composed, err1 := Clean("caf\u00e9 au lait")
	decomposed, err2 := Clean("cafe\u0301 au lait")
	if err1 != nil || err2 != nil || composed != decomposed {
		t.Errorf("%q, %v and %q, %v differ", composed, err1, decomposed, err2)
	}
	if wide, _ := Clean("ｐａｓｓ"); wide != "ｐａｓｓ" {
		t.Errorf("compatibility form taken away: %q", wide)
	}
	// 512 code points typed, 256 after NFC: the length counts the normal form.
	if _, err := Clean(strings.Repeat("e\u0301", 256)); err != nil {
		t.Errorf("256 letters with marks: %v", err)
	}
}

// A megabyte of combining marks must be refused by its length alone. Not
// parallel, since memory is counted for the whole program.
func TestPW06_LengthComesBeforeNormalising(t *testing.T) {
	marks := "a" + strings.Repeat("\u0301", 1<<19)
	before := allocated()
	_, err := Clean(marks)
	if spent := allocated() - before; err == nil || spent > 1<<16 {
		t.Errorf("1 MiB of combining marks: %v, for %d bytes of memory", err, spent)
	}
}

func TestPW01_LengthInCodePoints(t *testing.T) {
	t.Parallel()
	const text = "qzvkwmxpjtgbhdn rfysc"
	for _, least := range []int{8, 12, 15} {
		short, enough := text[:least-1], text[:least]
		if err := (Rules{MinLength: least}).Check(short); problem.As(err) == nil || !strings.HasPrefix(err.Error(), "Password must be at least ") {
			t.Errorf("%d of %d: %v", least-1, least, err)
		}
		if err := (Rules{MinLength: least}).Check(enough); err != nil {
			t.Errorf("%d of %d: %v", least, least, err)
		}
	}
	if err := (Rules{MinLength: 12}).Check("жлаб юнгэ"); err == nil || err.Error() != "Password must be at least 12 characters" {
		t.Errorf("9 letters of two bytes: %v", err)
	}
}

func TestPW04_NoRulesAboutKinds(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	rules := adasRules(12)
	for range 2000 {
		var b strings.Builder
		for range 15 {
			b.WriteByte(byte('a' + rng.IntN(26)))
		}
		if err := rules.Check(b.String()); err != nil {
			t.Errorf("15 random small letters %q: %v", b.String(), err)
		}
	}
	for _, good := range []string{
		"correct-horse-battery-7", "correct horse battery", "mauve walrus tango", "жёлтый лебедь гуляет", "83 51 07 92 64 40 18", "x Tq9 vvR2 _pL",
	} {
		if err := rules.Check(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
}

func TestPW05_CommonAndOwnWords(t *testing.T) {
	t.Parallel()
	rules := adasRules(8)
	for want, passwords := range map[string][]string{
		tooEasy: {
			"password", "passwordpassword", "PasswordPassword", "password-password-1", "p4ssw0rdp4ssw0rd", "P@$$w0rd2024!", "password123456", "sunshine198407",
			"monkey123456789", "1234567890123456", "aaaaaaaaaaaaaaaa", "abcdefghijklmnop", "zyxwvutsrqponm", "abababababababab", "qwertyuiop123", "1q2w3e4r5t6y",
			"ｐａｓｓｗｏｒｄ１２３４", "dragonmonkey", "trustno1trustno1", "iloveyou2iloveyou2", "1QAZ2WSX3EDC", "monkey83021973", "парольпарольпароль", "abacus-abdomen", "exampleexample",
		},
		ownName: {"ada.lovelaceada.lovelace1", "AdaLovelace2026!", "my-ada-lovelace-word", "4d4_10v314c3-is-me"},
		ownWord: {"acmeportal2026!", "Acme-Portal-Password", "@cm3p0rt4l-x-yz", "latchkey-latchkey", "L4tchk3y-mine-77", "augusta-von-ostland", "countess-zz-qq-9", "king-king-king-1"},
	} {
		for _, password := range passwords {
			err := rules.Check(password)
			if p := problem.As(err); p == nil || p.Field != "new_password" || p.Message != want {
				t.Errorf("%q: %v, want %q", password, err, want)
			}
		}
	}
}

// Doubled, backwards, with digits and signs, in capitals, with digits for letters: a
// name stays the first thing tried, whichever name it is. The sentence says what to
// change.
func TestPW05_EveryContextWordInEverySpelling(t *testing.T) {
	t.Parallel()
	ada := user.User{Username: "ada.lovelace", Name: "Augusta King", Email: "countess.hopper1906@navy.example"}
	rules := NewRules(8, ada, "Acme Portal")
	words := []string{"ada.lovelace", "lovelace", "augusta", "king", "augustaking", "countess.hopper1906@navy.example", "countess.hopper1906", "countess",
		"hopper", "hopper1906", "navy.example", "navy", "acme portal", "acmeportal", "acme", "portal", "latchkey", "Latch-Key"}
	for _, word := range words {
		for name, password := range map[string]string{
			"with digits": word + "1234", "digits before": "2026!" + word, "doubled": word + word, "three times": word + "-" + word + "-" + word,
			"backwards": backwards(word) + "77", "backwards twice": backwards(word) + backwards(word), "there and back": word + backwards(word),
			"capitals": strings.ToUpper(word) + "!!2026", "leet": strings.NewReplacer("a", "@", "e", "3", "o", "0", "s", "$").Replace(word) + "123",
		} {
			err := rules.Check(password)
			p := problem.As(err)
			switch {
			case p == nil:
				t.Errorf("%s %s: %q is accepted", word, name, password)
			case p.Field != "new_password" || p.Message != tooEasy && p.Message != ownName && p.Message != ownWord && !strings.HasPrefix(p.Message, "Password must be at least 8"):
				t.Errorf("%s %s: %v", word, name, err)
			}
		}
	}
}

// A part of the user name or of the address is refused anywhere, with the sentence
// that says so; a part of the site's name or of the address's host is a word like any
// other and only counts little.
func TestPW05_PartsOfNames(t *testing.T) {
	t.Parallel()
	rules := NewRules(8, user.User{Username: "ada.lovelace", Name: "Augusta King", Email: "countess.hopper1906@navy.example"}, "Acme Portal")
	for _, password := range []string{"ecalevol-walrus-tango-fjord", "yeK-hctaL walrus tango fjord", "walrus-lovelace-tango-fjord", "hopper-walrus-tango-fjord", "countess walrus tango fjord", "walrus H0PPER tango fjord"} {
		if err := rules.Check(password); err == nil || err.Error() != ownWord {
			t.Errorf("%q: %v", password, err)
		}
	}
	for _, password := range []string{"gnik walrus tango fjord", "navy-walrus-tango-fjord", "portal-walrus-tango-fjord"} {
		if err := rules.Check(password); err != nil {
			t.Errorf("%q: %v", password, err)
		}
	}
}

func TestPW05_ShortNamesAddNothing(t *testing.T) {
	t.Parallel()
	rules := NewRules(8, user.User{Username: "ada", Name: "Li Wu"}, "IT")
	for _, password := range []string{"adaadaadaada1", "ada-li-wu-it-1", "adapassword12", "ADA1adapassword"} {
		if err := rules.Check(password); err == nil {
			t.Errorf("%q is accepted", password)
		}
	}
	if err := rules.Check("radar-lint-wurst-vex"); err != nil {
		t.Errorf("short names inside other words: %v", err)
	}
}

// The work grows with the square of the length, so no rune may become several.
func TestGuessNeverGrows(t *testing.T) {
	t.Parallel()
	for _, unit := range []string{"a", "ab1", "p4ssw0rd", "e\u0301", "𝕏y", "ﷺ", "ﬃ"} {
		runes := []rune(strings.Repeat(unit, maxPassword))[:maxPassword]
		if n := len(newGuess(string(runes)).runes); n != maxPassword {
			t.Errorf("%q: %d runes have become %d", unit, maxPassword, n)
		}
		if bits := guessBits(string(runes), []string{"ada", "example"}); bits >= minBits {
			t.Errorf("%q again and again is worth %v", unit, bits)
		}
	}
}

func FuzzCleanPassword(f *testing.F) {
	for _, seed := range []string{"", "caf\u00e9", "cafe\u0301", "\xff", "a\x00", strings.Repeat("\u0301", 200)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		once, err := Clean(typed)
		if err != nil {
			return
		}
		if twice, err := Clean(once); err != nil || twice != once {
			t.Errorf("cleaned again: %q, %v", twice, err)
		}
		if n := utf8.RuneCountInString(once); n > maxPassword {
			t.Errorf("%d code points passed", n)
		}
		bits := guessBits(once, []string{"ada"})
		if longer := guessBits(once+"q", []string{"ada"}); bits < 0 || longer > bits+bitsUpper {
			t.Errorf("worth %v bits, with one letter more %v", bits, longer)
		}
	})
}

func TestSpellings(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string][]string{
		"plain": {"plain"}, "b\u00e9": {"b\u00e9"}, "be\u0301": {"b\u00e9", "be\u0301"}, "\u212b": {"\u00c5", "\u212b"},
		"m\u00e2\u0323t": {"m\u1ead" + "t", "m\u00e2\u0323t"}, "\u304b\u3099": {"\u304c", "\u304b\u3099"},
		" \u00a0": {" \u00a0"}, "": {""},
	} {
		if got, err := Spellings(typed); err != nil || !slices.Equal(got, want) {
			t.Errorf("Spellings(%+q) = %+q, %v; want %+q", typed, got, err, want)
		}
	}
	if got, err := Spellings("a\x00"); err == nil || len(got) != 1 {
		t.Errorf("a control character gives %q, %v", got, err)
	}
}
