package web

import (
	"latchkey/internal/auth"
	"latchkey/internal/password"
	"latchkey/internal/user"
)

// CheckNewPassword returns a password that u chose in the form that is hashed, or
// a mistake in the field "new_password". It costs nothing: call it before a try is
// counted, so that a password that is too short uses none up.
func (v *Visitor) CheckNewPassword(u user.User, typed string) (clean string, err error) {
	if clean, err = password.Clean(typed); err != nil {
		return "", err
	}
	settings := v.Settings()
	return clean, password.NewRules(settings.MinPassword(v.Now), u, settings.InstanceName).Check(clean)
}

// HashPassword returns the hash of what CheckNewPassword returned, or a
// problem.Unavailable while too many hashes are waiting.
func (v *Visitor) HashPassword(clean string) (string, error) {
	return v.Hasher.Hash(v.Context(), password.Caller{Network: auth.Network(v.IP())}, clean)
}

// EasyPassword reports whether a password that passes the rules could still be
// guessed with little effort by somebody who knows u. It refuses nothing.
func (v *Visitor) EasyPassword(u user.User, clean string) bool {
	settings := v.Settings()
	return password.NewRules(settings.MinPassword(v.Now), u, settings.InstanceName).Easy(clean)
}
