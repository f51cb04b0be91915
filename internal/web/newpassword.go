package web

import (
	"latchkey/internal/user"
)

// NewPasswordHash checks a password that u chose against the rules in force and
// returns its hash. The error is a mistake in the field "new_password", or a
// problem.Unavailable while too many hashes are waiting.
func (v *Visitor) NewPasswordHash(u user.User, typed string) (string, error) {
	clean, err := user.CleanPassword(typed)
	if err != nil {
		return "", err
	}
	settings := v.Settings()
	if err := user.NewPasswordRules(settings.MinPassword(), u, settings.InstanceName).Check(clean); err != nil {
		return "", err
	}
	return v.Hasher.Hash(v.Context(), Network(v.IP()), clean)
}
