package importer

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"latchkey/internal/factor"
	"latchkey/internal/password"
	"latchkey/internal/problem"
	"latchkey/internal/user"
)

// fields is one user as the file has it; what is missing or null is empty.
type fields struct {
	number                                                  int
	username, name, email, role, disabled, hash, totpSecret string
	first, last                                             string // make a name where there is none
	groups                                                  string // names with commas between
	status                                                  string // as our own exports have it
	broken                                                  string // why the row cannot be read, as a sentence
}

// set puts a value under its column's name.
func (f *fields) set(c Column, value string) {
	switch c.Field {
	case "username":
		f.username = value
	case "name":
		f.name = value
	case "first_name":
		f.first = value
	case "last_name":
		f.last = value
	case "status":
		f.status = value
	case "groups":
		f.groups = value
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
// at once, so that a file needs fixing only once. Values of a broken row may stand
// under the wrong columns, so nothing else is said of it. invite says what becomes of
// somebody without a password.
func judge(f fields, invite bool) Row {
	r := Row{Number: f.number, Given: shown(f.username)}
	if f.broken != "" {
		r.Role = user.RoleUser
		r.Refuse(f.broken)
		return r
	}
	if f.name == "" {
		f.name = strings.TrimSpace(f.first + " " + f.last)
	}
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
	if isKey(f.username) && strings.ToUpper(f.username) == f.username {
		r.Refuse("The username looks like the secret key of an authenticator app. Check that every value is in its column.")
	}
	r.Role = r.role(f.role)
	r.Disabled = r.flag(f.disabled)
	r.Groups = groupNames(f.groups)
	r.status(f.status)
	r.TOTPSecret = r.secret(f.totpSecret)
	if f.hash != "" {
		r.PasswordHash = r.hash(f.hash)
		return r
	}
	r.Invite = !r.Bad()
	if !invite {
		r.Refuse(NoHash)
	}
	return r
}

// groupNames are the names in a column of groups, each once, however they are separated.
func groupNames(given string) (all []string) {
	for _, name := range strings.FieldsFunc(given, func(c rune) bool { return strings.ContainsRune(",;| \t\n\r", c) }) {
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

// NoHash is what is wrong with somebody who could only be invited.
const NoHash = `There is no password hash. To invite people without one, use --invite, or tick "Invite people without a password".`

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
		if harmless(given) {
			r.Notes = append(r.Notes, fmt.Sprintf("The role %q becomes user.", given))
		} else {
			r.Notes = append(r.Notes, "A role we do not know becomes user.")
		}
	}
	return user.RoleUser
}

// flag reads whether the user is disabled; nothing means no. Anything unclear
// makes the row bad, since a guess could let a disabled user in.
func (r *Row) flag(given string) bool {
	disabled, clear := truth(given)
	if !clear {
		r.Refuse("Disabled must be true or false.")
		return true
	}
	return disabled
}

// status reads who is disabled where nothing else says so, as in our own exports. Words
// that we do not know disable nobody, and the report says so.
func (r *Row) status(given string) {
	switch strings.ToLower(given) {
	case "", "active", "enabled", "invited", "locked":
	case "disabled", "inactive", "suspended", "deactivated", "blocked":
		r.Disabled = true
	case "deleted":
		r.Refuse("This user was in the recycle bin.")
	default:
		r.Notes = append(r.Notes, "The status is not one we know, so it was ignored.")
	}
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
	stored, err := password.Imported(given)
	switch {
	case err == nil:
		return stored
	case errors.Is(err, password.ErrUnknownKind):
		r.Refuse("The password hash is in a format we cannot verify.")
	case errors.Is(err, password.ErrCostly):
		r.Refuse("The password hash takes more memory or time to verify than we allow.")
	default:
		r.Refuse("The password hash is damaged.")
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
