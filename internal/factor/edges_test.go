package factor

import (
	"strings"
	"testing"
	"time"

	qrcode "github.com/skip2/go-qrcode"
)

// TestOT11_EveryLetterInEveryForm: each of the 32 letters, as a keyboard of another width or
// of small letters gives it, and what people read in their place.
func TestOT11_EveryLetterInEveryForm(t *testing.T) {
	t.Parallel()
	for _, letter := range "0123456789ABCDEFGHIJKLMNOPQRSTVWXYZ" {
		want := strings.NewReplacer("O", "0", "I", "1", "L", "1").Replace(string(letter))
		want = groupRecovery(strings.Repeat(want, recoveryLetters))
		wide := letter + 'Ａ' - 'A'
		for _, form := range []string{string(letter), strings.ToLower(string(letter)), string(wide), strings.ToLower(string(wide))} {
			if got, ok := CleanRecoveryCode(strings.Repeat(form, recoveryLetters)); got != want || !ok {
				t.Errorf("%s: %q, %v; want %q", form, got, ok, want)
			}
		}
	}
	for _, other := range []string{"U", "u", "Ｕ", "\x00", "@", "[", "`", "{", "＠", "［", "｀", "｛", "é", "À"} {
		if got, ok := CleanRecoveryCode(other + strings.Repeat("A", recoveryLetters-1)); ok {
			t.Errorf("%q is a letter: %q", other, got)
		}
	}
	code := strings.Repeat("A", recoveryLetters)
	for _, typed := range []string{"\x00" + code, code + "\x01", code + "A", code[1:]} {
		if got, ok := CleanRecoveryCode(typed); ok || got != "" {
			t.Errorf("%q is a code: %q", typed, got)
		}
	}
}

func TestOT16_DigitsAndTheirNeighbours(t *testing.T) {
	t.Parallel()
	for _, r := range "/:\x00a٪" {
		if digit, ok := decimalDigit(r); ok || digit != 0 {
			t.Errorf("%q is the digit %q", r, digit)
		}
	}
	for typed, want := range map[string]string{"jbsw y3dp-ehpk\u200b3pxp": "jbswy3dpehpk3pxp", "": "", "=A1": "=A1"} {
		if got := CleanKey(typed); got != want {
			t.Errorf("CleanKey(%q) = %q, want %q", typed, got, want)
		}
	}
}

// TestOT04_TheShortestSecret: 80 bits are taken, as the first apps made them, and no bit less.
func TestOT04_TheShortestSecret(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	for size, want := range map[int]bool{minSecretSize: true, minSecretSize - 1: false, 0: false} {
		secret := []byte("0123456789")[:size]
		step, ok := MatchingStep(secret, Code(secret, Step(now)), now)
		if ok != want || ok && step != Step(now) || !ok && step != 0 {
			t.Errorf("%d bytes: step %d, %v", size, step, ok)
		}
		drift, ok := DriftOf(secret, Code(secret, Step(now)+3), now)
		if ok != want || ok && drift != 3*Period || !ok && drift != 0 {
			t.Errorf("%d bytes: drift %v, %v", size, drift, ok)
		}
	}
	if minSecretSize != 10 || maxSecretSize != 64 || secretSize != 20 || driftSteps != 20 {
		t.Error("a size has changed")
	}
}

func TestOT18_ControlCharactersAreLeftOut(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"a\x00b\u0085c\x1fd": "abcd", "\x7f": noIssuer, "a\tb": "ab"} {
		if got := Issuer(name); got != want {
			t.Errorf("%q becomes %q, want %q", name, got, want)
		}
	}
}

// TestOT18_ALongTextIsDrawnLarger: the most that a camera reads at the better level of errors,
// and every run of modules drawn once.
func TestOT18_ALongTextIsDrawnLarger(t *testing.T) {
	t.Parallel()
	for length, level := range map[int]qrcode.RecoveryLevel{660: qrcode.Medium, 661: qrcode.Low} {
		text := strings.Repeat("é", length/2) + strings.Repeat("x", length%2)
		code, err := qrcode.New(text, level)
		if err != nil {
			t.Fatal(err)
		}
		modules := code.Bitmap()
		size, path, err := QR(text)
		if err != nil || size != len(modules) || path == "" {
			t.Fatalf("%d bytes: %d modules, %v; want %d", length, size, err, len(modules))
		}
		runs, differ := 0, raster(t, size, path)
		for y, row := range modules {
			for x, black := range row {
				if black && (x == 0 || !row[x-1]) {
					runs++
				}
				if black != differ[y][x] {
					t.Fatalf("%d bytes: module %d, %d differs", length, x, y)
				}
			}
		}
		if got := strings.Count(path, "M"); got != runs {
			t.Errorf("%d bytes: %d runs are drawn, want %d", length, got, runs)
		}
	}
	if got := blackRun([]bool{true, true}); got != 2 {
		t.Errorf("a row of two black modules is a run of %d", got)
	}
}
