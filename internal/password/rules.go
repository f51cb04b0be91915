package password

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"latchkey/internal/problem"
	"latchkey/internal/user"
)

const (
	maxPasswordBytes = 1024
	maxPassword      = 256
	// shortestWord is the length from which a name may not stand inside a
	// password at all; shorter ones turn up in good passwords by chance.
	shortestWord = 4
	// shortestBackwards is the same for a name that is written backwards; shorter
	// ones are often words, as noel is.
	shortestBackwards = 6
)

// Clean returns the form of a password that is judged, hashed and
// verified: NFC, so that "é" works from every keyboard, and otherwise exactly as
// typed, without trimming or cutting. Refused, as a problem with the field
// "new_password", are more than 1024 bytes, broken UTF-8, control characters
// and more than 256 code points, in this order and before any costly step: the
// length in bytes comes first because normalising megabytes of combining marks
// is an attack of its own (CVE-2023-46695).
func Clean(typed string) (string, error) {
	tooLong := problem.Field("new_password", "Password must be 256 characters or fewer")
	if len(typed) > maxPasswordBytes {
		return "", tooLong
	}
	if !utf8.ValidString(typed) || strings.ContainsFunc(typed, unicode.IsControl) {
		return "", problem.Field("new_password", "Password must not contain tabs, line breaks or other control characters")
	}
	password := norm.NFC.String(typed)
	if utf8.RuneCountInString(password) > maxPassword {
		return "", tooLong
	}
	return password, nil
}

// Spellings returns the forms in which a typed password is verified: the one that
// Clean returns, and after it, where that is another, what was typed as it came.
// Other systems hash what the keyboard sends, and keyboards do not all send NFC: a
// Vietnamese one sends U+00E2 U+0323, which is neither NFC nor NFD, and imported hashes
// are of that. What is refused is what Clean refuses.
//
// How many forms there are depends on what was typed alone, so that the work tells
// nothing about whose hash came from where (AU-06).
func Spellings(typed string) ([]string, error) {
	clean, err := Clean(typed)
	if err != nil || clean == typed {
		return []string{clean}, err
	}
	return []string{clean, typed}, nil
}

// Rules is what a new password is held against. Lengths count code
// points. There are no rules about kinds of characters (NIST SP 800-63B-4,
// 3.1.1.2).
type Rules struct {
	// MinLength is the least number of code points.
	MinLength int
	// Username is refused inside a password with a sentence of its own.
	Username string
	// Words are the user's names and address, the instance's name and the
	// product's: the first things tried by somebody who aims at this user.
	Words []string
}

// NewRules returns the rules for u's password on an instance of that
// name.
func NewRules(minLength int, u user.User, instance string) Rules {
	local, _, _ := strings.Cut(u.Email, "@")
	words := []string{u.Username, u.Name, u.Email, local, instance, "latchkey"}
	for _, own := range []string{u.Username, u.Name, local} {
		words = append(words, parts(own)...)
	}
	return Rules{MinLength: minLength, Username: u.Username, Words: words}
}

// Check returns nil or a problem with the field "new_password" that says why
// this password, as Clean returned it, is refused: too short, made of
// the user's or the instance's own names, or too easy to guess.
func (r Rules) Check(password string) error {
	switch {
	case password == "":
		return problem.Field("new_password", "Enter a password")
	case utf8.RuneCountInString(password) < r.MinLength:
		return problem.Field("new_password", fmt.Sprintf("Password must be at least %d characters", r.MinLength))
	case containsWord(password, r.Username):
		return problem.Field("new_password", "Password must not contain your username")
	}
	for _, word := range r.Words {
		if containsWord(password, word) {
			return problem.Field("new_password", "Password must not contain your name, your email address or the name of this site")
		}
	}
	if guessBits(password, cheapWords(r.Words)) < minBits {
		return problem.Field("new_password", "This password is too easy to guess. Use a longer one, or a few random words.")
	}
	return nil
}

// containsWord reports whether word stands in password, forwards or backwards,
// whatever the case, separators and usual replacements (0 for o) on either side.
func containsWord(password, word string) bool {
	password, word = fold(password), fold(word)
	n := utf8.RuneCountInString(word)
	return n >= shortestWord && strings.Contains(password, word) ||
		n >= shortestBackwards && strings.Contains(password, backwards(word))
}

// fold returns the letters and digits of s in lower case, digits and signs that
// usually stand for a letter replaced by it. The letter l becomes i because 1
// stands for both.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		r = plainLetter(r, 'i')
		if r == 'l' {
			return 'i'
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, user.CanonicalName(s))
}

// plainLetter undoes the usual replacements of letters; one is what 1 stands for.
func plainLetter(r, one rune) rune {
	switch r {
	case '0':
		return 'o'
	case '1':
		return one
	case '3':
		return 'e'
	case '4', '@':
		return 'a'
	case '5', '$':
		return 's'
	case '7':
		return 't'
	}
	return r
}

// cheapWords returns the canonical parts of words, forwards and backwards: even
// those too short to be forbidden, and those of a long name of the site, add next to
// nothing to a password.
func cheapWords(words []string) []string {
	var cheap []string
	for _, word := range words {
		for _, part := range parts(user.CanonicalName(word)) {
			if len(part) >= 2 {
				cheap = append(cheap, part, backwards(part))
			}
		}
	}
	slices.Sort(cheap)
	return slices.Compact(cheap)
}

// parts returns the words that a name is made of, without the digits around them,
// since hopper-1945 is guessed from grace.hopper1906.
func parts(name string) []string {
	var words []string
	for _, word := range strings.FieldsFunc(name, notInWord) {
		if bare := strings.Trim(word, "0123456789"); bare != "" {
			word = bare
		}
		words = append(words, word)
	}
	return words
}

func backwards(s string) string {
	runes := []rune(s)
	slices.Reverse(runes)
	return string(runes)
}

func notInWord(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
