package admin

import (
	"fmt"
	"strings"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/factor"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/views"
)

// Gate is one thing that signing in depends on.
type Gate struct {
	Name string
	// Open tells whether the gate lets the user through.
	Open bool
	// Words say what was found, as a sentence; "" if the name says all.
	Words string
	// fix is the act that opens it; "" if none does.
	fix string
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
		gate("not deleted", u.DeletedAt.IsZero(), "", "In the recycle bin since "+moment(u.DeletedAt)+".").by(kindRestore),
		gate("enabled", !u.Disabled, "", "Disabled.").by(kindEnable),
		gate("password set", u.HasPassword, "", "No password is set; the invitation was not followed yet.").by(kindLink),
	}
	if u.HasPassword {
		gates = append(gates, passwordGates(u, login.Hash)...)
	}
	gates = append(gates, roadGate("password tries", closed[auth.BucketName], "from browsers that are not known"), secondGate(s, u, now))
	if u.Authenticators == 0 {
		return gates, nil
	}
	second, err := factorGates(s, u, closed)
	return append(gates, second...), err
}

// passwordGates are the gates of somebody who has a password.
func passwordGates(u user.User, hash string) []Gate {
	return []Gate{
		gate("password in use", u.PasswordClosed.IsZero(), "",
			"The user said “this was not me”, and the password opens nothing since "+moment(u.PasswordClosed)+".").by(kindLink),
		gate("hash readable", hash == "" || user.CheckHash(hash) == nil, "", "The stored hash is corrupt; make a password link.").by(kindLink),
	}
}

// factorGates are the gates of somebody who has a second factor.
func factorGates(s *web.Site, u user.User, closed map[auth.Bucket]time.Time) ([]Gate, error) {
	gates := []Gate{
		roadGate("code tries", closed[auth.BucketCode], "with a code"),
		roadGate("recovery code tries", closed[auth.BucketRecovery], "with a recovery code"),
	}
	apps, err := s.DB.Authenticators(u.ID)
	for _, a := range apps {
		gates = append(gates, appGate(s, a))
	}
	return append(gates, Gate{Name: "recovery codes", Open: true, Words: fmt.Sprintf("%d left.", u.CodesLeft)}), err
}

// appGate says whether the codes of an app can be right: its secret opens, and the
// phone's clock is close enough.
func appGate(s *web.Site, a store.Authenticator) Gate {
	name := "app " + a.Label
	if _, err := s.OpenTOTP(a.Sealed, a.UserID, a.ID); err != nil {
		return Gate{name, false, "Its stored secret does not open; it was made under another key or moved.", kindReset}
	}
	used := "Its codes were not used yet"
	if !a.LastUsed.IsZero() {
		used = "Its last code was used " + moment(a.LastUsed)
	}
	if a.Drift.Abs() > factor.Skew*factor.Period {
		return Gate{name, false, used + "; the phone's clock is " + factor.DriftWords(a.Drift) + ", so its codes are refused. It has to be set automatically.", ""}
	}
	if a.LastUsed.IsZero() { // so nothing is known of the clock
		return Gate{name, true, used + ".", ""}
	}
	return Gate{name, true, used + "; the phone's clock is " + factor.DriftWords(a.Drift) + ".", ""}
}

func gate(name string, open bool, yes, no string) Gate {
	if open {
		return Gate{Name: name, Open: true, Words: yes}
	}
	return Gate{Name: name, Words: no}
}

// by names the act that opens a gate that is closed.
func (g Gate) by(fix string) Gate {
	if !g.Open {
		g.fix = fix
	}
	return g
}

// roadGate tells of a road that too many tries closed; no time means open.
func roadGate(name string, until time.Time, what string) Gate {
	return gate(name, until.IsZero(), "No waiting time.", "Too many tries "+what+"; waiting until "+moment(until)+".").by(kindUnlock)
}

func secondGate(s *web.Site, u user.User, now time.Time) Gate {
	const name = "two-step verification"
	switch {
	case u.Authenticators > 0:
		return Gate{Name: name, Open: true, Words: fmt.Sprintf("Authenticator apps: %d.", u.Authenticators)}
	case u.EnrolByLink:
		return Gate{Name: name, Words: "It was reset; a password link has to be used first.", fix: kindLink}
	case u.MustEnrol:
		return Gate{Name: name, Open: true, Words: "Not set up; an administrator demands it of this user, so it has to be at the next sign-in."}
	case !s.Grace(u, now).IsZero():
		return Gate{Name: name, Open: true, Words: "Not set up; it has to be by " + s.Grace(u, now).Format("2 Jan 2006") + "."}
	case s.Settings().TwoStep.Demands(u.Role):
		return Gate{Name: name, Open: true, Words: "Not set up; it has to be at the next sign-in."}
	}
	return Gate{Name: name, Open: true, Words: "Not set up, and not required."}
}

func moment(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04 UTC") }

// lastTries is how many tries the page shows.
const lastTries = 10

// showExplain answers why a user can or cannot sign in.
func showExplain(v *web.Visitor) error {
	u, err := chosen(v)
	if err != nil {
		return err
	}
	gates, err := Explain(v.Site, u, v.Now)
	if err != nil {
		return err
	}
	page := views.Explain{ID: u.ID, Username: u.Username, Name: u.Name}
	for _, g := range gates {
		page.Gates = append(page.Gates, viewGate(u, g))
	}
	waiting, found, err := v.DB.PendingAuthenticator(u.ID, v.Now)
	if err != nil {
		return err
	}
	if found {
		page.Enrolling = waiting.Ends
	}
	tries, err := v.DB.SignInTries(v.Context(), u.ID, lastTries)
	if err != nil {
		return err
	}
	page.Tries, page.Frame = triesOf(tries), v.Frame(nil)
	return v.Render(page)
}

func viewGate(u user.User, g Gate) views.Gate {
	shown := views.Gate{Name: strings.ToUpper(g.Name[:1]) + g.Name[1:], Open: g.Open, Words: g.Words}
	if g.fix != "" && noChange(g.fix, u) == "" {
		shown.Fix, shown.FixWords = userPath(u)+"/"+g.fix, fixWords(g.fix)
	}
	return shown
}

func fixWords(kind string) string {
	switch kind {
	case kindRestore:
		return "Restore"
	case kindEnable:
		return "Enable"
	case kindUnlock:
		return "Unlock"
	case kindReset:
		return "Reset two-step"
	}
	return "New password link"
}

// triesOf puts tries into words, with the reason beside each that did not succeed.
func triesOf(entries []audit.Entry) []views.Try {
	events := web.NamedEvents(entries, "")
	tries := make([]views.Try, len(events))
	for i, e := range events {
		tries[i] = views.Try{Event: e}
		for _, d := range entries[i].Details {
			if d.Name == "reason" {
				tries[i].Reason = d.After
			}
		}
	}
	return tries
}
