package proof

import (
	"time"

	"latchkey/internal/auth"
	"latchkey/internal/instance"
	"latchkey/internal/problem"
)

// What the limits count stands in package instance; here is what people are told.

// refusal is the refusal of a try that has to wait, with the sentence that says what
// there was too much of. It reads the same for names that exist and names that do not.
func refusal(wait time.Duration, why string) *problem.Problem {
	return &problem.Problem{Kind: problem.TooMany, Message: why, RetryAfter: wait}
}

// TooMany is the refusal of something that was done too often; why says what.
func TooMany(wait time.Duration, why string) error { return refusal(wait, why) }

// What there was too much of.
const (
	manyForName = "There were too many wrong passwords for this username. If you use two-step verification, you need not wait: sign in with your password and a code together."
	// manyInARow is of a name that is closed to browsers that are not known.
	manyInARow     = "There were too many wrong passwords in a row for this username. In a browser that it has not been used in before, the password alone does not work any more. If you use two-step verification, sign in with your password and a code together. If you do not, sign in from a browser that you have used before, or "
	manyForNetwork = "Too many sign-ins from your network did not succeed, for this username or for others. Another network, such as your phone’s, may still work."
	manyOfBoth     = "Too many sign-ins with a password and a code from your network did not succeed. Another network, such as your phone’s, may still work."
	manySetupCodes = "Too many setup codes from your network were wrong. The right one still works from another network, and from this one later."
)

// Refusal is the error for a try that has to wait, or that used up the pending sign-in it
// belongs to.
func Refusal(i *instance.Instance, t instance.Try) error {
	switch t.Of {
	case auth.BucketBoth:
		return refusal(t.Wait, manyOfBoth)
	case auth.BucketSetup:
		return refusal(t.Wait, manySetupCodes)
	case auth.BucketCode, auth.BucketRecovery:
		return refusedSecond(t)
	}
	return refusedPassword(i, t)
}

// refusedPassword says how else the person may sign in.
func refusedPassword(i *instance.Instance, t instance.Try) error {
	p := refusal(t.Wait, manyForName)
	switch t.HeldBy {
	case auth.BucketBrowser:
	case auth.BucketName:
		if t.Closed {
			p.Message, p.Closed = manyInARow+newPasswordWays(i), true
		}
		p.Ways = append(p.Ways, problem.Way{Link: "/login/with-code", Words: "Sign in with your password and a code"})
	default:
		p.Message = manyForNetwork
		return p
	}
	if i.HasMail() {
		p.Ways = append(p.Ways, problem.Way{Link: "/forgot", Words: "Choose a new password"})
	}
	return p
}

// newPasswordWays ends a sentence with how else a closed password is opened.
func newPasswordWays(i *instance.Instance) string {
	if i.HasMail() {
		return "choose a new password with a link in your mailbox."
	}
	return "ask your administrator for a password link."
}

// refusedSecond names the other second factor, which may still work.
func refusedSecond(t instance.Try) error {
	limit := auth.LimitOf(t.Of)
	p := refusal(max(t.Wait, limit.Wait), "There were too many wrong codes for your account. A recovery code may still work, and so may a code in a browser that you have used before.")
	switch {
	case t.Of == auth.BucketRecovery:
		p.Message = "There were too many wrong recovery codes for your account. A code from the authenticator app may still work."
	case p.RetryAfter > limit.MaxWait:
		p.Closed, p.Message = true, "There were too many wrong codes in a row for your account. Codes from the app do not work here until you sign in with a recovery code or in a browser that you have used before, or an administrator unlocks your account."
	}
	return p
}

// RefusalInside is the error for a proof inside a session that has to wait; over says that
// the session ended with it.
func RefusalInside(t instance.Try, over bool) error {
	why := "There were too many wrong passwords or codes for your account."
	if t.Of == auth.BucketRecovery {
		why = "There were too many wrong recovery codes for your account."
	}
	if over {
		why += " You have been signed out for safety."
	}
	return refusal(max(t.Wait, auth.LimitOf(t.Of).Wait), why)
}
