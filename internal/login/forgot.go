package login

import (
	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/views"
)

// longestName is the most characters that a name or an address in use can have.
const longestName = 254

func showForgotten(v *web.Visitor) error {
	sent := v.HasMail() && v.Query("notice") == "sent"
	if !sent {
		v.MarkBrowser()
	}
	return v.Render(views.Forgot{Frame: v.Frame(nil), CanReset: v.HasMail(), Sent: sent})
}

// submitForgotten answers everybody alike. What the name leads to is found out when
// the queue's turn comes, and mailed: nothing in this request depends on it (MA-05).
func submitForgotten(v *web.Visitor) error {
	form, err := v.Form("username")
	if err != nil {
		return err
	}
	if !v.HasMail() {
		return v.Redirect("/forgot")
	}
	name, err := forgottenName(form["username"])
	if err != nil {
		return v.Reject(err, views.Forgot{Frame: v.Frame(err), CanReset: true})
	}
	if err := queueForgotten(v, name); err != nil {
		return err
	}
	return v.Redirect("/forgot?notice=sent")
}

// forgottenName refuses what is nobody's name for how it is written alone.
func forgottenName(typed string) (string, error) {
	clean, err := user.CleanText("username", "Username or email", longestName, typed)
	if err == nil && clean == "" {
		err = problem.Field("username", "Enter your username or email")
	}
	return user.CanonicalName(clean), err
}

// queueForgotten counts and queues in one transaction. What is over a limit is
// dropped; the page that follows says so to everybody, since nobody may learn which it was.
func queueForgotten(v *web.Visitor, name string) error {
	return v.Tx(func(tx *store.Tx) error {
		try, err := v.CountForgotten(tx, v.Caller())
		if err != nil || try.Refused() {
			return err
		}
		return v.QueueForgotten(tx, name, v.Audit(audit.PasswordResetRequested, audit.ResultOK))
	})
}
