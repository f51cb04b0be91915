package importer

import (
	"slices"
	"strings"
)

// Column says what became of one column of a file.
type Column struct {
	// Given is its name in the file. It may hold anything: quote it where it is shown.
	Given string
	// Field is the name of SPEC 6 that it was taken for: username, name, email, role,
	// disabled, password_hash or otp_secret. It is empty for a column that is passed
	// over.
	Field string
	// Reversed columns say who may sign in instead of who may not.
	Reversed bool
}

// maxColumns bounds the columns that are remembered: JSON could have other keys in
// every line.
const maxColumns = 200

// columns are the columns of one file, in the order in which they were met.
type columns struct {
	list  []Column
	known map[string]int // place in list by name in the file
}

// add takes the next column of a header that stands in this line.
func (c *columns) add(given string, line int) error {
	column, err := recognise(given, line)
	if err != nil {
		return err
	}
	for _, before := range c.list {
		if column.Field != "" && before.Field == column.Field {
			return twiceIn(line, before.Given, given)
		}
	}
	if len(c.list) == maxColumns {
		return badFile("The file has more than %d columns.", maxColumns)
	}
	c.list = append(c.list, column)
	return nil
}

// key returns what the key of an object is taken for, and remembers it.
func (c *columns) key(given string, line int) (Column, error) {
	if i, known := c.known[given]; known {
		return c.list[i], nil
	}
	column, err := recognise(given, line)
	if err != nil {
		return column, err
	}
	if len(c.list) == maxColumns {
		return column, badFile("The file has more than %d columns.", maxColumns)
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

func twiceIn(line int, first, second string) error {
	if first == second {
		return badFile("Line %d has %.40q twice.", line, second)
	}
	return badFile("Line %d has two columns for the same: %.40q and %.40q.", line, first, second)
}

// recognise finds out what a column is by its name, whatever the case and however
// its words are joined.
func recognise(given string, line int) (Column, error) {
	name := strings.NewReplacer("_", "", "-", "", " ", "", ".", "").Replace(strings.ToLower(given))
	c := Column{Given: given}
	c.Field, c.Reversed = fieldOf(name)
	if c.Field != "" {
		return c, nil
	}
	// To pass over a misspelt one of these would let disabled users in, or users
	// with an authenticator without it.
	for _, dangerous := range []string{"disabled", "otpsecret", "totpsecret"} {
		if distance(name, dangerous) <= 2 {
			return c, badFile("Line %d has a column %.40q, which looks like a misspelt %s. Mend its name, or leave the column out.",
				line, given, map[bool]string{true: "disabled", false: "otp_secret"}[dangerous == "disabled"])
		}
	}
	return c, nil
}

// fieldOf knows the names that other systems give to our columns.
func fieldOf(name string) (field string, reversed bool) {
	switch name {
	case "username", "user", "login", "loginname", "uid":
		return "username", false
	case "name", "fullname", "displayname", "realname", "cn":
		return "name", false
	case "email", "mail", "emailaddress", "mailaddress":
		return "email", false
	case "role":
		return "role", false
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
