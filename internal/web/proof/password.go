package proof

import (
	"latchkey/internal/auth"
	"latchkey/internal/password"
	"latchkey/internal/user"
	"latchkey/internal/web/session"
)

// CheckNewPassword returns a password that u chose in the form that is hashed, or
// a mistake in the field "new_password". It costs nothing: call it before a try is
// counted, so that a password that is too short uses none up.
func CheckNewPassword(h *session.Holder, u user.User, typed string) (clean string, err error) {
	if clean, err = password.Clean(typed); err != nil {
		return "", err
	}
	settings := h.Settings()
	return clean, password.NewRules(settings.MinPassword(h.Now), u, settings.InstanceName).Check(clean)
}

// HashPassword returns the hash of what CheckNewPassword returned, or a
// problem.Unavailable while too many hashes are waiting.
func HashPassword(h *session.Holder, clean string) (string, error) {
	return h.Hasher.Hash(h.Context(), password.Caller{Network: auth.Network(h.IP())}, clean)
}

// EasyPassword reports whether a password that passes the rules could still be
// guessed with little effort by somebody who knows u. It refuses nothing.
func EasyPassword(h *session.Holder, u user.User, clean string) bool {
	settings := h.Settings()
	return password.NewRules(settings.MinPassword(h.Now), u, settings.InstanceName).Easy(clean)
}
