package factor

import (
	"strings"
	"unicode"
)

// CleanCode returns the six ASCII digits of a typed code. People copy codes as
// apps show them ("123 456") and some keyboards write full-width digits, so spaces
// of every width and dashes are dropped and full-width digits become ASCII ones.
// Anything else, such as "+12345" or "1e5", and any other number of digits is not
// a code: then ok is false and code is empty.
func CleanCode(typed string) (code string, ok bool) {
	digits := make([]byte, 0, Digits)
	for _, r := range typed {
		if dropSeparators(r) < 0 {
			continue
		}
		if r >= '０' && r <= '９' {
			r += '0' - '０'
		}
		if r < '0' || r > '9' {
			return "", false
		}
		digits = append(digits, byte(r))
	}
	if len(digits) != Digits {
		return "", false
	}
	return string(digits), true
}

// CleanRecoveryCode returns a typed recovery code in the form it was given out
// in, XXXX-XXXX-XXXX-XXXX. Case, spaces and dashes do not matter; O is read as 0, I
// and L as 1. Anything else is not a recovery code: then ok is false and code is
// empty. What comes out goes in again unchanged.
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

// readCrockford returns the letter of the alphabet that a person means by r, or 0.
func readCrockford(r rune) byte {
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

// dropSeparators is for strings.Map: it drops white space of every width, and
// everything that Unicode calls a dash (class Pd), and keeps the rest.
func dropSeparators(r rune) rune {
	if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) {
		return -1
	}
	return r
}
