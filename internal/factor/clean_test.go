package factor

import (
	"regexp"
	"slices"
	"strings"
	"testing"
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
		{"١٢٣٤٥٦", ""}, {"१२३४५६", ""}, {"𝟏𝟐𝟑𝟒𝟓𝟔", ""}, {"①②③④⑤⑥", ""},
		{"123\u200b456", ""}, {"123\u202e456", ""}, {"123456\x00", ""}, {"12345\xff", ""}, {"12345O", ""},
		{strings.Repeat("1", 1<<16), ""},
	}
	for _, test := range tests {
		if got, ok := CleanCode(test.typed); got != test.want || ok != (test.want != "") {
			t.Errorf("CleanCode(%.40q) = %q, %v; want %q", test.typed, got, ok, test.want)
		}
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
	for _, seed := range []string{"123 456", "１２３４５６", "+12345", "1e5", ""} {
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
