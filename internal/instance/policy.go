package instance

import (
	"time"

	"latchkey/internal/auth"
	"latchkey/internal/user"
)

// Grace returns the last day on which somebody who must have an authenticator may
// still sign in without one; the zero time if there is nothing to wait for.
func (i *Instance) Grace(u user.User, now time.Time) time.Time {
	settings := i.Settings()
	if u.Authenticators > 0 || !settings.Policy(now).Spares(auth.FactsOf(u)) {
		return time.Time{}
	}
	return settings.TwoStepDeadline
}
