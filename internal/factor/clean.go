package factor

import (
	"strings"
	"unicode"
)

// CleanCode returns the six ASCII digits of a typed code. Every decimal digit of
// Unicode is read as the digit it is, since keyboards write Arabic, Persian,
// Devanagari or full-width ones by themselves. What stands between and around the
// digits without being one is dropped: spaces of every width, dashes, and characters
// that nobody sees, which come along when a code is copied from right-to-left text.
// Anything else, such as "+12345" or "1e5", and any other number of digits is not a
// code: then ok is false and code is empty.
func CleanCode(typed string) (code string, ok bool) {
	digits := make([]byte, 0, Digits)
	for _, r := range typed {
		if dropSeparators(r) < 0 {
			continue
		}
		digit, decimal := decimalDigit(r)
		if !decimal || len(digits) == Digits {
			return "", false
		}
		digits = append(digits, digit)
	}
	if len(digits) != Digits {
		return "", false
	}
	return string(digits), true
}

// decimalDigit returns the ASCII digit of the same value as r, if r is a decimal digit
// of any script. Unicode encodes the ten digits of a script in order, from zero, and
// without a gap (section 4.6 of the Unicode Standard), so that the place in the
// table's range is the value.
func decimalDigit(r rune) (digit byte, ok bool) {
	if r >= '0' && r <= '9' {
		return byte(r), true
	}
	if !unicode.Is(unicode.Nd, r) {
		return 0, false
	}
	for _, in := range unicode.Nd.R16 {
		if r >= rune(in.Lo) && r <= rune(in.Hi) {
			return '0' + byte((r-rune(in.Lo))%10), true
		}
	}
	for _, in := range unicode.Nd.R32 {
		if r >= rune(in.Lo) && r <= rune(in.Hi) {
			return '0' + byte((r-rune(in.Lo))%10), true
		}
	}
	return 0, false
}

// CleanRecoveryCode returns a typed recovery code in the form it was given out
// in, XXXX-XXXX-XXXX-XXXX. Case, width, spaces, dashes and what nobody sees do not
// matter; O is read as 0, I and L as 1, a digit of any script as that digit. Anything
// else is not a recovery code: then ok is false and code is empty. What comes out goes
// in again unchanged.
func CleanRecoveryCode(typed string) (code string, ok bool) {
	letters := make([]byte, 0, recoveryLetters)
	for _, r := range typed {
		if dropSeparators(r) < 0 {
			continue
		}
		letter := readCrockford(r)
		if letter == 0 {
			return "", false
		}
		letters = append(letters, letter)
	}
	if len(letters) != recoveryLetters {
		return "", false
	}
	return groupRecovery(string(letters)), true
}

// CleanKey returns a typed key without what stands between and around its letters:
// spaces, dashes and what is not seen.
func CleanKey(typed string) string { return strings.Map(dropSeparators, typed) }

// readCrockford returns the letter of the alphabet that a person means by r, or 0.
func readCrockford(r rune) byte {
	if digit, ok := decimalDigit(r); ok {
		return digit
	}
	if r >= 'ａ' && r <= 'ｚ' || r >= 'Ａ' && r <= 'Ｚ' {
		r -= 'Ａ' - 'A'
	}
	if r >= 'a' && r <= 'z' {
		r += 'A' - 'a'
	}
	switch r {
	case 'O':
		r = '0'
	case 'I', 'L':
		r = '1'
	}
	if strings.ContainsRune(crockford, r) {
		return byte(r)
	}
	return 0
}

// dropSeparators is for strings.Map: it drops white space of every width, dashes, and
// what is not seen, and keeps the rest.
func dropSeparators(r rune) rune {
	if r >= '0' && r <= '9' {
		return r
	}
	if unicode.IsSpace(r) || isDash(r) || isUnseen(r) {
		return -1
	}
	return r
}

// isDash reports what Unicode calls a dash (class Pd) and what keyboards and word
// processors write in its place: minus signs, the hyphen bullet, and the long vowel
// mark that Japanese keyboards have on the key of the dash.
func isDash(r rune) bool {
	switch r {
	case '\u02d7', '\u2043', '\u207b', '\u208b', '\u2212', '\u2796', '\u30fc', '\uff70':
		return true
	}
	return unicode.Is(unicode.Pd, r)
}

// isUnseen reports format characters, such as the marks of direction around a code
// copied from Arabic or Hebrew text, everything else that Unicode says leaves nothing
// on the page, the empty Braille pattern, and the keycap around an emoji digit.
func isUnseen(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) || r == '\u2800' || r == '\u20e3'
}
