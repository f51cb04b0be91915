package factor

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

func TestOT16_CleanCode(t *testing.T) {
	t.Parallel()
	tests := []struct {
		typed, want string
	}{
		{"123456", "123456"},
		{"000000", "000000"},
		{" 123 456\n", "123456"},
		{"123-456", "123456"},
		{"123\u00a0456", "123456"},
		{"１２３\u3000４５６", "123456"},
		{"123\u2009456", "123456"},
		{"123\u202f456", "123456"},
		{"123–456", "123456"},
		{"１2３4５6", "123456"},
		{"+12345", ""}, {"+123456", ""}, {"1e5", ""}, {"1e5000", ""}, {"123.456", ""}, {"0x1234", ""},
		{"", ""}, {" ", ""}, {"12345", ""}, {"-12345", ""}, {"1234567", ""}, {"123456 123456", ""},
		{"①②③④⑤⑥", ""}, {"一二三四五六", ""}, {"ⅠⅡⅢⅣⅤⅥ", ""}, {"¹²³⁴⁵⁶", ""}, {"١٢٣٤٥", ""}, {"١٢٣٤٥٦٧", ""}, {"123٫456", ""},
		{"123456\x00", ""}, {"12345\xff", ""}, {"12345O", ""},
		{strings.Repeat("1", 1<<16), ""},
	}
	for _, test := range tests {
		if got, ok := CleanCode(test.typed); got != test.want || ok != (test.want != "") {
			t.Errorf("CleanCode(%.40q) = %q, %v; want %q", test.typed, got, ok, test.want)
		}
	}
}

// Each script's digits are the digits they are, and what is around and between them
// without being seen does not matter.
func TestOT16_DigitsOfEveryScript(t *testing.T) {
	t.Parallel()
	for _, typed := range []string{
		"١٢٣٤٥٦", "۱۲۳۴۵۶", "१२३४५६", "১২৩৪৫৬", "๑๒๓๔๕๖", "１２３４５６", "𝟏𝟐𝟑𝟒𝟓𝟔", "𝟙𝟚𝟛𝟜𝟝𝟞", "𞥑𞥒𞥓𞥔𞥕𞥖", "🯱🯲🯳🯴🯵🯶", "١2۳४５𝟼",
		"\u202d123456\u202c", "\u200e123456", "123\u200b456", "123\u202e456", "\ufeff123456", "\u2066١٢٣\u2069٤٥٦", "123\u00ad456", "123\u2060456",
		"\u061c١٢٣٤٥٦", "123\ufe0f456", "1\ufe0f\u20e323456", "123\u034f456", "123\u3164456", "123\u2800456", "123\U000e0020456",
		"123\u2212456", "123ー456", "123\u2011456", "123\ufe63456", "123\uff0d456", "123\u2003456", "123\u1680456", "123\u0085456",
	} {
		if got, ok := CleanCode(typed); got != "123456" || !ok {
			t.Errorf("CleanCode(%+q) = %q, %v", typed, got, ok)
		}
	}
}

// The tables of Unicode in Go are as decimalDigit takes them to be: whole runs of ten.
func TestDecimalDigitsAreRunsOfTen(t *testing.T) {
	t.Parallel()
	runs := 0
	check := func(lo, hi, stride rune) {
		if stride != 1 || (hi-lo+1)%10 != 0 {
			t.Errorf("digits from %U to %U in steps of %d", lo, hi, stride)
		}
		for r := lo; r <= hi; r++ {
			digit, ok := decimalDigit(r)
			if want := '0' + byte((r-lo)%10); !ok || digit != want {
				t.Errorf("%U is %q, %v; want %q", r, digit, ok, want)
			}
			if nfkc := norm.NFKC.String(string(r)); len(nfkc) == 1 && nfkc[0] != digit {
				t.Errorf("%U is %q, Unicode says %s", r, digit, nfkc)
			}
			runs++
		}
	}
	for _, in := range unicode.Nd.R16 {
		check(rune(in.Lo), rune(in.Hi), rune(in.Stride))
	}
	for _, in := range unicode.Nd.R32 {
		check(rune(in.Lo), rune(in.Hi), rune(in.Stride))
	}
	if runs < 600 {
		t.Errorf("only %d digits", runs)
	}
}

func TestCleanRecoveryCode(t *testing.T) {
	t.Parallel()
	tests := []struct {
		typed, want string
	}{
		{"0123-4567-89AB-CDEF", "0123-4567-89AB-CDEF"},
		{"0123456789abcdef", "0123-4567-89AB-CDEF"},
		{" 0123 4567\u00a089ab – cdef\n", "0123-4567-89AB-CDEF"},
		{"oOiI-lL00-0000-0000", "0011-1100-0000-0000"},
		{"０１２３－４５６７－８９ＡＢ－ｃｄｅｆ", "0123-4567-89AB-CDEF"},
		{"\u202d0123-4567-89AB-CDEF\u202c\u200b", "0123-4567-89AB-CDEF"},
		{"٠١٢٣−۴۵۶۷ー89AB–CDEF", "0123-4567-89AB-CDEF"},
		{"０ＯｏＩ-ｌL00-0000-0000", "0001-1100-0000-0000"},
		{"ZYXW-VTSR-QPNM-KJHG", "ZYXW-VTSR-QPNM-KJHG"},
		{"U000-0000-0000-0000", ""}, {"u000000000000000", ""},
		{"0123-4567-89AB-CDE", ""}, {"0123-4567-89AB-CDEF-0", ""},
		{"", ""}, {"----", ""}, {"0123-4567-89AB-CDE\x00", ""}, {"0123-4567-89AB-CDEé", ""},
		{"0123-4567-89AB-CDEſ", ""}, {"0123-4567-89AB-CDE\u212a", ""}, {"0123-4567-89AB-CDE\xff", ""},
		{strings.Repeat("0", 1<<16), ""},
	}
	for _, test := range tests {
		if got, ok := CleanRecoveryCode(test.typed); got != test.want || ok != (test.want != "") {
			t.Errorf("CleanRecoveryCode(%.40q) = %q, %v; want %q", test.typed, got, ok, test.want)
		}
	}
}

func TestOT11_RecoveryCodesHave80Bits(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$`)
	seen := map[string]bool{}
	letters := make([]map[byte]bool, len("XXXX-XXXX-XXXX-XXXX"))
	for range 100 {
		codes := NewRecoveryCodes()
		if len(codes) != 10 {
			t.Fatalf("%d codes, want 10", len(codes))
		}
		for _, code := range codes {
			if clean, ok := CleanRecoveryCode(code); !ok || clean != code || !form.MatchString(code) || seen[code] {
				t.Fatalf("code %q: of the wrong form, or seen before", code)
			}
			seen[code] = true
			for i := range len(code) {
				if letters[i] == nil {
					letters[i] = map[byte]bool{}
				}
				letters[i][code[i]] = true
			}
		}
	}
	letters = slices.DeleteFunc(letters, func(l map[byte]bool) bool { return l['-'] })
	for i, l := range letters {
		if len(l) != 32 {
			t.Errorf("letter %d takes %d values, want 32", i, len(l))
		}
	}
	if len(letters) != 16 {
		t.Errorf("%d letters, want 16", len(letters))
	}
}

func FuzzCleanCode(f *testing.F) {
	for _, seed := range []string{"123 456", "１２３４５６", "\u202d١٢٣٤٥٦\u202c", "+12345", "1e5", ""} {
		f.Add(seed)
	}
	form := regexp.MustCompile(`^[0-9]{6}$`)
	f.Fuzz(func(t *testing.T, typed string) {
		code, ok := CleanCode(typed)
		if ok != form.MatchString(code) || !ok && code != "" {
			t.Fatalf("CleanCode(%q) = %q, %v", typed, code, ok)
		}
	})
}

func FuzzCleanRecoveryCode(f *testing.F) {
	for _, seed := range []string{"0123-4567-89AB-CDEF", "oil0 oil0 oil0 oil0", "UUUU"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		code, ok := CleanRecoveryCode(typed)
		if !ok {
			if code != "" {
				t.Fatalf("CleanRecoveryCode(%q) refuses with %q", typed, code)
			}
			return
		}
		if again, ok := CleanRecoveryCode(code); !ok || again != code {
			t.Fatalf("CleanRecoveryCode(%q) = %q, and again %q, %v", typed, code, again, ok)
		}
	})
}
