package importer

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"latchkey/internal/importer/tutorial"
)

// Column says what became of one column of a file.
type Column struct {
	// Position is its place in the file, from 1; in JSON, among the keys as they were met.
	Position int
	// Given is its name in the file. It is empty if it has none or one that is not to be
	// repeated, since it could be a secret.
	Given string
	// Field is what it was taken for: username, name, email, role,
	// disabled, groups, password_hash or otp_secret; first_name and last_name make a name, and
	// status tells who is disabled. It is empty for a column that is passed over.
	Field string
	// Reversed columns say who may sign in instead of who may not.
	Reversed bool
}

// String names the column for people.
func (c Column) String() string {
	if c.Given == "" {
		return fmt.Sprintf("column %d", c.Position)
	}
	return fmt.Sprintf("column %q", c.Given)
}

// tutorialColumns are what the columns of a tutorial database become.
func tutorialColumns() []Column {
	return []Column{
		{Given: "username", Field: "username"}, {Given: "full_name", Field: "name"}, {Given: "email", Field: "email"}, {Given: "role", Field: "role"},
		{Given: "disabled", Field: "disabled"}, {Given: "hashed_password", Field: "password_hash"}, {Given: "otp_secret", Field: "otp_secret"},
	}
}

// columns are the columns of one file, in the order in which they were met.
type columns struct {
	list  []Column
	known map[string]int // place in list by name in the file
}

// add takes the next column of a header.
func (c *columns) add(given string) error {
	column, err := c.recognise(given)
	if err != nil {
		return err
	}
	for _, before := range c.list {
		if column.Field != "" && before.Field == column.Field {
			if before.Given == given {
				return badFile("The header row has %q twice.", given)
			}
			return badFile("The header row has two columns with the same meaning: %q and %q.", before.Given, given)
		}
	}
	c.list = append(c.list, column)
	return nil
}

// key returns what the key of an object is taken for, and remembers it.
func (c *columns) key(given string) (Column, error) {
	if i, known := c.known[given]; known {
		return c.list[i], nil
	}
	column, err := c.recognise(given)
	if err != nil {
		return column, err
	}
	if c.known == nil {
		c.known = map[string]int{}
	}
	c.known[given] = len(c.list)
	c.list = append(c.list, column)
	return column, nil
}

func (c *columns) has(field string) bool {
	return slices.ContainsFunc(c.list, func(one Column) bool { return one.Field == field })
}

// recognise finds out what a column is by its name, whatever the case and however
// its words are joined.
func (c *columns) recognise(given string) (Column, error) {
	if len(c.list) == tutorial.MaxColumns {
		return Column{}, badFile("The file has more than %d columns.", tutorial.MaxColumns)
	}
	name := letters(given)
	column := Column{Position: len(c.list) + 1, Given: given}
	if column.Field, column.Reversed = fieldOf(name); column.Field != "" {
		return column, nil
	}
	if meant := misspelt(name); meant != "" {
		if !isName(given) {
			column.Given = ""
		}
		return column, badFile("The %s looks like a misspelt %s. Fix its name, or leave the column out.", column, meant)
	}
	if !harmless(given) {
		column.Given = ""
	}
	return column, nil
}

// misspelt returns which column a name was probably meant to be, of those that must
// not be passed over: that would let disabled users in, or users with an authenticator
// without it.
func misspelt(name string) (meant string) {
	switch {
	case distance(name, "disabled") <= 2:
		return "disabled"
	case distance(name, "otpsecret") <= 2, distance(name, "totpsecret") <= 2:
		return "otp_secret"
	}
	return ""
}

// letters is a name without its case and everything between its letters and digits.
func letters(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKC.String(name))
}

// fieldOf knows the names that other systems give to our columns.
func fieldOf(name string) (field string, reversed bool) {
	switch name {
	case "username", "user", "login", "loginname", "uid", "userid", "samaccountname", "accountname":
		return "username", false
	case "name", "fullname", "displayname", "realname", "cn":
		return "name", false
	case "firstname", "givenname", "forename":
		return "first_name", false
	case "lastname", "surname", "familyname", "sn":
		return "last_name", false
	case "email", "mail", "emailaddress", "mailaddress":
		return "email", false
	case "groups":
		return "groups", false
	case "role":
		return "role", false
	case "status":
		return "status", false
	case "disabled", "isdisabled":
		return "disabled", false
	case "active", "isactive", "enabled", "isenabled":
		return "disabled", true
	case "passwordhash", "hashedpassword", "password", "hash", "encryptedpassword":
		return "password_hash", false
	case "otpsecret", "totpsecret", "otpkey", "totpkey":
		return "otp_secret", false
	}
	return "", false
}

// distance counts the letters to add, drop or change to get from a to b
// (Levenshtein); names that differ much in length are far apart without counting.
func distance(a, b string) int {
	if len(a) > len(b)+2 || len(b) > len(a)+2 {
		return 3
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
