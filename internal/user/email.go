package user

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"latchkey/internal/problem"
)

// Lengths in bytes: RFC 5321, 4.5.3.1, and erratum 1690 of RFC 3696.
const (
	maxEmail     = 254
	maxLocalPart = 64
	maxLabel     = 63
)

// CheckEmail returns an address to store and send to, and its canonical form to
// compare. Empty is fine and gives two empty strings. The error is a problem
// with the field "email".
//
// Only a bare addr-spec in dot-atom form is taken: no display name, comment,
// quoted part or second address, so that nothing typed here can add a header or
// another recipient to a mail (CVE-2023-7028).
func CheckEmail(typed string) (address, canonical string, err error) {
	address = strings.TrimSpace(typed)
	if address == "" {
		return "", "", nil
	}
	bad := problem.Field("email", "Enter an email address in the correct format, like name@example.com")
	if len(address) > maxEmail || !utf8.ValidString(address) {
		return "", "", bad
	}
	address = norm.NFC.String(address)
	// The canonical form is held against the same rules: NFKC turns a
	// full-width ＠ into a second @.
	canonical = CanonicalName(address)
	if !plainAddress(address) || !plainAddress(canonical) {
		return "", "", bad
	}
	return address, canonical, nil
}

// plainAddress reports whether s is local@domain without anything around it.
func plainAddress(s string) bool {
	local, domain, found := strings.Cut(s, "@")
	if !found || len(s) > maxEmail || len(local) > maxLocalPart {
		return false
	}
	for atom := range strings.SplitSeq(local, ".") {
		if atom == "" || strings.ContainsFunc(atom, notInAtom) {
			return false
		}
	}
	for label := range strings.SplitSeq(domain, ".") {
		if !domainLabel(label) {
			return false
		}
	}
	return true
}

// notInAtom is the complement of atext in RFC 5322, 3.2.3, with the letters of
// RFC 6532 beside it.
func notInAtom(r rune) bool {
	return !wordRune(r) && !strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
}

func domainLabel(label string) bool {
	if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	return !strings.ContainsFunc(label, func(r rune) bool { return r != '-' && !wordRune(r) })
}

// wordRune reports letters, digits and the marks on them.
func wordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}
