package user

import (
	"strings"

	"golang.org/x/text/unicode/norm"

	"latchkey/internal/problem"
)

const (
	minUsername = 2
	maxUsername = 64
)

// CanonicalName returns the one form in which user names and addresses are
// stored, compared and counted: compatibility-normalised (NFKC), in lower case
// and without space around it. It never fails and is idempotent, so that "BOB",
// "ｂｏｂ" and " bob" share one row and one counter; otherwise each spelling
// would be a fresh set of tries for somebody guessing (CVE-2025-24806).
func CanonicalName(typed string) string {
	// Lower case may undo the normal form, so it is made again.
	lower := strings.ToLower(norm.NFKC.String(typed))
	return strings.TrimSpace(norm.NFKC.String(lower))
}

// CheckUsername returns the canonical form of a new user name, or a problem
// with the field "username". Capitals are lowered; anything else outside
// [a-z0-9._-] is refused as typed and never normalised, so that a look-alike
// (Cyrillic а, a zero-width space) cannot become somebody else's name.
func CheckUsername(typed string) (string, error) {
	if typed == "" {
		return "", problem.Field("username", "Enter a username")
	}
	if strings.Contains(typed, "@") {
		return "", problem.Field("username", "Username must not be an email address")
	}
	name := strings.Map(lowerASCII, typed)
	if strings.ContainsFunc(name, notInUsername) {
		return "", problem.Field("username", "Username can only have letters from a to z, numbers, dots, dashes and underscores")
	}
	if len(name) < minUsername || len(name) > maxUsername {
		return "", problem.Field("username", "Username must be between 2 and 64 characters")
	}
	if strings.Trim(name, "0123456789") == "" {
		return "", problem.Field("username", "Username must not be only numbers")
	}
	if reserved(name) {
		return "", problem.Field("username", "That username is reserved. Choose another one.")
	}
	return name, nil
}

// reserved reports names that would be mistaken for the program itself, for
// nobody, or for a word that stands in the place of a user in a path.
func reserved(name string) bool {
	switch name {
	case "root", "system", "latchkey", "cli", "nobody", "anonymous", "unknown", "new", "import", "bulk":
		return true
	}
	return false
}

func notInUsername(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '.' && r != '_' && r != '-'
}

func lowerASCII(r rune) rune {
	if r >= 'A' && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

// SortKey returns what lists of users are sorted by: the display name in
// canonical form, or the user name if there is none.
func SortKey(name, username string) string {
	if key := CanonicalName(name); key != "" {
		return key
	}
	return username
}
