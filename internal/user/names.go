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
// (Cyrillic а, a zero-width space) cannot become somebody else's name. A user who has
// a name that is refused today keeps it.
func CheckUsername(typed string) (string, error) { return checkUsername(typed, Official) }

// CheckOfficialUsername is CheckUsername where the person who chooses may also take a name by
// which a service speaks to its users, such as support: the first administrator, and
// somebody who has the server's command line and says so.
func CheckOfficialUsername(typed string) (string, error) {
	return checkUsername(typed, func(string) bool { return false })
}

func checkUsername(typed string, refused func(name string) bool) (string, error) {
	name, err := CheckSpelling(typed)
	if err == nil {
		err = shape(name)
	}
	if err != nil {
		return "", err
	}
	if reserved(name) {
		return "", problem.Field("username", "That username is reserved. Choose another one.")
	}
	if refused(name) {
		return "", problem.Field("username", "That username is reserved, because people would take it for an official account. Choose another one.")
	}
	return name, nil
}

// CheckSpelling is the part of CheckUsername that every user name keeps, those of users
// from before the other rules too: its letters and its length.
func CheckSpelling(typed string) (string, error) {
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
	return name, nil
}

// shape refuses what could be taken for something else than a name: -h for a flag of a
// command, .. for a folder, and "ada." at the end of a sentence for ada.
func shape(name string) error {
	const signs = "._-"
	if strings.ContainsRune(signs, rune(name[0])) || strings.ContainsRune(signs, rune(name[len(name)-1])) {
		return problem.Field("username", "Username must start and end with a letter or a number")
	}
	if strings.Contains(name, "..") {
		return problem.Field("username", "Username must not have two dots in a row")
	}
	return nil
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
