package present

import (
	"latchkey/internal/factor"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/views"
)

// RecoveryWords is RecoveryTasks in a sentence; empty if nothing is left to do.
func RecoveryWords(u user.User, hasMail bool) string { return views.DoneOf(RecoveryTasks(u, hasMail)) }

// RecoveryTasks lists what helps somebody back in on the day the phone is gone, and what
// of it is done. It costs nothing: all of it is kept with the user.
func RecoveryTasks(u user.User, hasMail bool) []views.Task {
	if u.Authenticators == 0 {
		return nil
	}
	tasks := []views.Task{
		{Text: "More than one authenticator app", Href: "/security/authenticators/new", Done: u.Authenticators > 1},
		{Text: "More than three recovery codes left", Href: "/security/recovery-codes/new", Done: u.CodesLeft > views.FewCodes},
		{Text: "A recovery code tested", Href: "/security/recovery-codes/try", Done: !u.CodesTried.IsZero()},
	}
	if confirmed := u.Email != "" && u.EmailConfirmed; confirmed || hasMail { // without mail nobody can do it
		tasks = append(tasks, views.Task{Text: "A confirmed email address", Href: "/profile", Done: confirmed})
	}
	return tasks
}

// Authenticator is an app as pages show it.
func Authenticator(a store.Authenticator) views.Authenticator {
	shown := views.Authenticator{ID: a.ID, Label: a.Label, Added: a.Created, LastUsed: a.LastUsed}
	if a.Drift != 0 {
		shown.Clock = factor.DriftWords(a.Drift)
	}
	return shown
}
