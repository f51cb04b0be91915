package present

import (
	"time"

	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/views"
)

// UserRow is a user as a list shows them.
func UserRow(u user.User, now time.Time) views.UserRow {
	return views.UserRow{
		ID: u.ID, Username: u.Username, Name: u.Name, Email: u.Email, Role: string(u.Role), Status: Standing(u, now), LastSignIn: u.LastSignIn,
		TwoStep: u.Authenticators > 0,
	}
}

// Standing is the state that lists and the page of a user show. It also says of somebody
// without a password whether there is an invitation to choose one with.
func Standing(u user.User, now time.Time) string {
	status := store.StatusOf(u, now)
	switch {
	case status != store.StatusInvited || u.InvitedUntil.After(now):
		return string(status)
	case u.InvitedUntil.IsZero():
		return "uninvited"
	}
	return string(store.StatusExpired)
}
