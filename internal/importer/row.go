package importer

import (
	"fmt"
	"slices"
	"strings"

	"latchkey/internal/factor"
	"latchkey/internal/problem"
	"latchkey/internal/user"
)

// columns are the names of SPEC 6, of which the first must be there.
var columns = [...]string{"username", "name", "email", "role", "disabled", "password_hash", "otp_secret"}

// fields is one user as the file has it; what is missing or null is empty.
type fields struct {
	number                                                  int
	username, name, email, role, disabled, hash, totpSecret string
}

// known reports whether there is such a column. Others are refused, not passed
// over, so that a misspelt "disabled" does not enable everybody.
func known(column string) bool { return slices.Contains(columns[:], column) }

func unknownColumn(line int, column string) error {
	return badFile("Line %d has an unknown column %.40q. The columns are %s.", line, column, strings.Join(columns[:], ", "))
}

// set puts a value under its column's name.
func (f *fields) set(column, value string) {
	switch column {
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
	case "password_hash":
		f.hash = value
	case "otp_secret":
		f.totpSecret = value
	}
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
	switch strings.ToLower(given) {
	case "", "0", "false", "no":
		return false
	case "1", "true", "yes":
		return true
	}
	r.Refuse("Disabled is neither true nor false.")
	return true
}

func (r *Row) hash(given string) string {
	if given == "" {
		r.Refuse("There is no password hash.")
		return ""
	}
	stored := storedForm(given)
	if user.CheckImported(stored) != nil {
		r.Refuse("The password hash is broken, of an unknown kind or too costly to verify.")
		return ""
	}
	return stored
}

// storedForm returns a hash the way user.Verify reads it. This is the place for
// other systems' spellings of what we can verify.
func storedForm(hash string) string { return hash }

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

// claim is the row that was first to have a name or an address.
type claim struct {
	number int
	given  string
}

// clashes remembers who has which name and address. A bad row keeps its names
// too: of two rows that want the same one, only a person can tell which is meant.
type clashes struct {
	names, emails map[string]claim
}

func (c clashes) find(r *Row) {
	if first, taken := take(c.names, r.Username, claim{r.Number, r.Given}); taken {
		r.Refuse(fmt.Sprintf("The username is the same as %q in row %d.", first.given, first.number))
	}
	if first, taken := take(c.emails, r.EmailCanonical, claim{r.Number, r.Given}); taken {
		r.Refuse(fmt.Sprintf("The email address is the same as that of %q in row %d.", first.given, first.number))
	}
}

// take notes the claim to key unless somebody was there before.
func take(claims map[string]claim, key string, mine claim) (first claim, taken bool) {
	if key == "" {
		return claim{}, false
	}
	if first, taken = claims[key]; !taken {
		claims[key] = mine
	}
	return first, taken
}
