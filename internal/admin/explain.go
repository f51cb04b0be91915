package admin

import (
	"fmt"
	"time"

	"latchkey/internal/auth"
	"latchkey/internal/user"
	"latchkey/internal/web"
)

// Gate is one thing that signing in depends on.
type Gate struct {
	Name string
	// Open tells whether the gate lets the user through.
	Open bool
	// Words say what was found, as a sentence.
	Words string
}

// Explain goes through every gate of signing in, in the order in which they are
// met, and says which of them let the user through at now. It changes nothing.
func Explain(s *web.Site, u user.User, now time.Time) ([]Gate, error) {
	login, _, err := s.DB.LoginByID(u.ID)
	if err != nil {
		return nil, err
	}
	closed, err := s.Closed(u, now)
	if err != nil {
		return nil, err
	}
	gates := []Gate{
		gate("deleted", u.DeletedAt.IsZero(), "Not in the recycle bin.", "In the recycle bin since "+moment(u.DeletedAt)+"."),
		gate("enabled", !u.Disabled, "Enabled.", "Disabled by an administrator."),
		gate("password", u.HasPassword, "A password is set.", "No password is set; the invitation was not followed yet."),
		gate("hash", login.Hash == "" || user.CheckHash(login.Hash) == nil, "The stored hash is readable.", "The stored hash is corrupt; make a password link."),
		roadGate("password tries", closed[auth.BucketName], "from browsers that are not known"),
		secondGate(s.Settings().TwoStep, u),
	}
	if u.Authenticators > 0 {
		gates = append(gates, roadGate("code tries", closed[auth.BucketCode], "with a code"),
			roadGate("recovery code tries", closed[auth.BucketRecovery], "with a recovery code"),
			Gate{"recovery codes", true, fmt.Sprintf("%d recovery codes are left.", u.CodesLeft)})
	}
	return gates, nil
}

func gate(name string, open bool, yes, no string) Gate {
	if open {
		return Gate{name, true, yes}
	}
	return Gate{name, false, no}
}

// roadGate tells of a road that too many tries closed; no time means open.
func roadGate(name string, until time.Time, what string) Gate {
	return gate(name, until.IsZero(), "No waiting time.", "Too many tries "+what+"; waiting until "+moment(until)+".")
}

func secondGate(policy auth.TwoStep, u user.User) Gate {
	switch {
	case u.Authenticators > 0:
		return Gate{"two-step verification", true, fmt.Sprintf("Authenticator apps: %d.", u.Authenticators)}
	case u.EnrolByLink:
		return Gate{"two-step verification", false, "It was reset; a password link has to be used first."}
	case policy.Demands(u.Role):
		return Gate{"two-step verification", true, "Not set up; it has to be at the next sign-in."}
	}
	return Gate{"two-step verification", true, "Not set up, and not required."}
}

func moment(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04 UTC") }
