package factor

import (
	"crypto/rand"
	"encoding/base32"
	"strings"
)

const (
	// crockford is an alphabet without I, L, O and U, which are misread or make
	// words (https://www.crockford.com/base32.html).
	crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

	recoveryCount   = 10
	recoverySize    = 10 // bytes: 80 bits
	recoveryLetters = 16 // at 5 bits a letter
)

// NewRecoveryCodes returns ten new recovery codes of 80 random bits each, written
// XXXX-XXXX-XXXX-XXXX. Show them once and keep only a keyed MAC of each.
func NewRecoveryCodes() []string {
	encoding := base32.NewEncoding(crockford)
	codes := make([]string, recoveryCount)
	for i := range codes {
		raw := make([]byte, recoverySize)
		rand.Read(raw) // never fails: Go ends the program instead
		codes[i] = groupRecovery(encoding.EncodeToString(raw))
	}
	return codes
}

// groupRecovery puts dashes between the four groups.
func groupRecovery(letters string) string {
	return strings.Join([]string{letters[:4], letters[4:8], letters[8:12], letters[12:]}, "-")
}
