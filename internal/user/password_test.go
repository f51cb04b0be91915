package user

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"latchkey/internal/problem"
)

const (
	tooEasy = "This password is too easy to guess. Use a longer one, or a few random words."
	ownName = "Password must not contain your username"
	ownWord = "Password must not contain your name, your email address or the name of this site"
)

func adasRules(minLength int) PasswordRules {
	ada := User{Username: "ada.lovelace", Name: "Augusta King", Email: "countess@example.org"}
	return NewPasswordRules(minLength, ada, "Acme Portal")
}

func TestPW02_LengthIsBoundedNeverCut(t *testing.T) {
	t.Parallel()
	for _, typed := range []string{strings.Repeat("a", 256), strings.Repeat("é", 256), strings.Repeat("𝕏", 256), " spaces kept ", "Case Kept"} {
		if got, err := CleanPassword(typed); err != nil || got != typed {
			t.Errorf("CleanPassword of %d bytes = %d bytes, %v", len(typed), len(got), err)
		}
	}
	for _, typed := range []string{
		strings.Repeat("a", 257), strings.Repeat("a", 1025), "tab\tin it", "nul\x00in it", "del\x7fin it", "c1\u0085in it", "line\nbreak", "broken \xff", "\xc3",
	} {
		got, err := CleanPassword(typed)
		if p := problem.As(err); p == nil || p.Field != "new_password" || got != "" {
			t.Errorf("CleanPassword(%.20q) = %d bytes, %v, want a problem with the field", typed, len(got), err)
		}
	}
}

func TestPW06_OneNormalForm(t *testing.T) {
	t.Parallel()
	composed, err1 := CleanPassword("caf\u00e9 au lait")
	decomposed, err2 := CleanPassword("cafe\u0301 au lait")
	if err1 != nil || err2 != nil || composed != decomposed {
		t.Errorf("%q, %v and %q, %v differ", composed, err1, decomposed, err2)
	}
	if wide, _ := CleanPassword("ｐａｓｓ"); wide != "ｐａｓｓ" {
		t.Errorf("compatibility form taken away: %q", wide)
	}
	// 512 code points typed, 256 after NFC: the length counts the normal form.
	if _, err := CleanPassword(strings.Repeat("e\u0301", 256)); err != nil {
		t.Errorf("256 letters with marks: %v", err)
	}
}

// A megabyte of combining marks must be refused by its length alone. Not
// parallel, since memory is counted for the whole program.
func TestPW06_LengthComesBeforeNormalising(t *testing.T) {
	marks := "a" + strings.Repeat("\u0301", 1<<19)
	before := allocated()
	_, err := CleanPassword(marks)
	if spent := allocated() - before; err == nil || spent > 1<<16 {
		t.Errorf("1 MiB of combining marks: %v, for %d bytes of memory", err, spent)
	}
}

func TestPW01_LengthInCodePoints(t *testing.T) {
	t.Parallel()
	const text = "qzvkwmxpjtgbhdn rfysc"
	for _, least := range []int{8, 12, 15} {
		short, enough := text[:least-1], text[:least]
		if err := (PasswordRules{MinLength: least}).Check(short); problem.As(err) == nil || !strings.HasPrefix(err.Error(), "Password must be at least ") {
			t.Errorf("%d of %d: %v", least-1, least, err)
		}
		if err := (PasswordRules{MinLength: least}).Check(enough); err != nil {
			t.Errorf("%d of %d: %v", least, least, err)
		}
	}
	if err := (PasswordRules{MinLength: 12}).Check("жлаб юнгэ"); err == nil || err.Error() != "Password must be at least 12 characters" {
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

func TestPW05_ShortNamesAddNothing(t *testing.T) {
	t.Parallel()
	rules := NewPasswordRules(8, User{Username: "ada", Name: "Li Wu"}, "IT")
	for _, password := range []string{"adaadaadaada1", "ada-li-wu-it-1", "adapassword12", "ADA1adapassword"} {
		if err := rules.Check(password); err == nil {
			t.Errorf("%q is accepted", password)
		}
	}
	if err := rules.Check("radar-lint-wurst-vex"); err != nil {
		t.Errorf("short names inside other words: %v", err)
	}
}

func TestPW05_BlocklistIsWholeAndSorted(t *testing.T) {
	t.Parallel()
	lines := strings.Split(strings.TrimSuffix(words, "\n"), "\n")
	if len(lines) < 50_000 {
		t.Fatalf("only %d words", len(lines))
	}
	for i, line := range lines {
		if i > 0 && lines[i-1] >= line {
			t.Fatalf("%q stands before %q", lines[i-1], line)
		}
		if len(line) < shortestListed || len(line) > longestListed || !listed(line) {
			t.Fatalf("%q is not found", line)
		}
	}
	for _, absent := range []string{"", "\n", "!qaz2ws", "zzzzzzzzz~", "correct\nhorse", "latchkey"} {
		if listed(absent) {
			t.Errorf("%q is found", absent)
		}
	}
}

// Not parallel: allocations are counted for the whole program.
func TestBlocklistNeedsNoHeap(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { listed("sunshine") }); n != 0 {
		t.Errorf("%v allocations for one look-up", n)
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
		once, err := CleanPassword(typed)
		if err != nil {
			return
		}
		if twice, err := CleanPassword(once); err != nil || twice != once {
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
