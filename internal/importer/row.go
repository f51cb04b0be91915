package importer

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"latchkey/internal/factor"
	"latchkey/internal/problem"
	"latchkey/internal/user"
)

// fields is one user as the file has it; what is missing or null is empty.
type fields struct {
	number                                                  int
	username, name, email, role, disabled, hash, totpSecret string
}

// set puts a value under its column's name.
func (f *fields) set(c Column, value string) {
	switch c.Field {
	case "username":
		f.username = value
	case "name":
		f.name = value
	case "email":
		f.email = value
	case "role":
		f.role = value
	case "disabled":
		f.disabled = value
		if c.Reversed {
			f.disabled = reversed(value)
		}
	case "password_hash":
		f.hash = value
	case "otp_secret":
		f.totpSecret = value
	}
}

// reversed turns the value of a column like "active" into one of "disabled". What
// is not clear stays so; nothing is not clear here.
func reversed(value string) string {
	yes, clear := truth(value)
	if !clear || value == "" {
		return "not clear"
	}
	return strconv.FormatBool(!yes)
}

// judge holds a row against the rules for users. All that is wrong is reported
// at once, so that a file needs mending only once.
func judge(f fields) Row {
	r := Row{Number: f.number, Given: f.username}
	var err error
	if r.Username, err = user.CheckUsername(f.username); err != nil {
		r.refuse(err)
	}
	if r.Name, err = user.CheckName(f.name); err != nil {
		r.refuse(err)
	}
	if r.Email, r.EmailCanonical, err = user.CheckEmail(f.email); err != nil {
		r.Refuse("The email address is not in the correct format.")
	}
	r.Role = r.role(f.role)
	r.Disabled = r.flag(f.disabled)
	r.PasswordHash = r.hash(f.hash)
	r.TOTPSecret = r.secret(f.totpSecret)
	return r
}

// refuse makes the row bad for the reason given by a rule.
func (r *Row) refuse(err error) {
	reason := "The row is not valid"
	if p := problem.As(err); p != nil {
		reason = p.Message
	}
	r.Refuse(strings.TrimSuffix(reason, ".") + ".")
}

// role returns RoleAdmin for exactly "admin": a spelling that the other system
// did not take for an administrator must not make one here.
func (r *Row) role(given string) user.Role {
	if given == string(user.RoleAdmin) {
		return user.RoleAdmin
	}
	if given != "" && given != string(user.RoleUser) {
		r.Notes = append(r.Notes, fmt.Sprintf("The role %.40q becomes user.", given))
	}
	return user.RoleUser
}

// flag reads whether the user is disabled; nothing means no. Anything unclear
// makes the row bad, since a guess could let a disabled user in.
func (r *Row) flag(given string) bool {
	disabled, clear := truth(given)
	if !clear {
		r.Refuse("Disabled is neither true nor false.")
		return true
	}
	return disabled
}

// truth reads true or false in the spellings of spreadsheets and databases.
func truth(given string) (yes, clear bool) {
	switch strings.ToLower(given) {
	case "", "0", "false", "no", "f", "n":
		return false, true
	case "1", "true", "yes", "t", "y":
		return true, true
	}
	return false, false
}

func (r *Row) hash(given string) string {
	if given == "" {
		r.Refuse("There is no password hash.")
		return ""
	}
	stored, err := user.Imported(given)
	switch {
	case err == nil:
		return stored
	case errors.Is(err, user.ErrUnknownKind):
		r.Refuse("The password hash is of a kind that we cannot verify.")
	default:
		r.Refuse("The password hash is broken, or too costly to verify.")
	}
	return ""
}

func (r *Row) secret(given string) []byte {
	if given == "" {
		return nil
	}
	secret, err := factor.ParseSecret(given)
	if err != nil {
		r.refuse(err)
		return nil
	}
	return secret
}
