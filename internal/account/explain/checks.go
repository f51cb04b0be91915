package explain

import (
	"fmt"

	"latchkey/internal/account"
	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/factor"
	"latchkey/internal/password"
	"latchkey/internal/store"
)

// password is about whether there is one that can be right.
func (x *explainer) password() error {
	if !x.u.HasPassword {
		return x.notInvited()
	}
	if x.u.PasswordChanged.IsZero() {
		x.pass("A password is set")
	} else {
		x.pass("A password is set", "Since ", Day(x.u.PasswordChanged), ".")
	}
	if !x.u.PasswordClosed.IsZero() {
		return x.passwordClosed()
	}
	x.pass("The password has not been closed", "Nobody has said “This was not me” since it was set.")
	if x.instance.Hasher.Check(x.hash) != nil {
		x.fail(Check{Name: "The stored password cannot be read.", Fix: account.Link,
			Words: Say("It is damaged or in a format we do not know, so no password can match it. Choosing a new one through a link fixes this."),
			Tell:  Say("Your stored password is damaged. Choose a new one through the link we give you.")})
		return nil
	}
	x.pass("The stored password can be read")
	return nil
}

// notInvited is about somebody who never chose a password.
func (x *explainer) notInvited() error {
	invited, err := latest(x.instance.DB.Reader, x.u, audit.UserInvited)
	if err != nil {
		return err
	}
	link, err := linkOf(x.instance.DB.Reader, x.u, x.now)
	if err != nil {
		return err
	}
	c := Check{Name: "The invitation has not been used yet.", Fix: account.Link,
		Tell: Say("Open the invitation we give you and choose a password there.")}
	sent := invited.sentence("made the invitation")
	switch {
	case !link.Ends.IsZero():
		c.Words = Say(sent, " It works until ", link.Ends, ".")
	case invited.Known:
		c.Name = "The invitation has expired."
		c.Words = Say(sent, " It was never used and no longer works.")
	default:
		c.Name = "This user has not been invited yet."
		c.Words = Say("There is no password, and no invitation to choose one with.")
	}
	x.fail(c)
	return nil
}

// passwordClosed is about somebody who said "This was not me".
func (x *explainer) passwordClosed() error {
	e, ok, err := x.instance.DB.LatestDone(x.u.ID, audit.UserNotMe)
	if err != nil {
		return err
	}
	x.fail(Check{Name: "The password is closed.", Fix: account.Link, Words: notMeWords(x.u, e, ok),
		Tell: Say("You said that something was not you, so your old password no longer works. Choose a new one through the link we give you.")})
	return nil
}

// tooLong is about a password that bcrypt can never accept, by the attempts since the
// last one that was right.
func (x *explainer) tooLong() error {
	if !password.IsBcrypt(x.hash) {
		return nil
	}
	for _, t := range x.tries {
		switch {
		case t.entry.Result == audit.ResultOK:
			x.pass("The password is short enough", "It was accepted on ", Day(t.entry.At), ".")
			return nil
		case t.entry.Detail("reason") == audit.ReasonTooLong:
			x.fail(Check{Name: "The password is too long.", Fix: account.Link,
				Words: Say("The password entered on ", t.entry.At, " is longer than 72 bytes. The imported password is stored with bcrypt, which only checks 72 bytes, so a longer one can never match. Choosing a new one through a link fixes this."),
				Tell:  Say("Your old password is longer than the old system could store. Choose a new one through the link we give you. It can be just as long.")})
			return nil
		}
	}
	x.pass("The password is short enough", "Nobody has entered more than the 72 bytes that bcrypt can check.")
	return nil
}

func (x *explainer) passwordTries() error {
	x.paused(auth.BucketName, "No wait after wrong passwords", "Too many wrong passwords.", "In browsers that have not signed in as this user before, the password only works together with a code until ")
	return nil
}

// paused is about a way to sign in that too many tries closed.
func (x *explainer) paused(b auth.Bucket, open, closed, waits string) {
	until := x.closed[b]
	if until.IsZero() {
		x.pass(open)
		return
	}
	x.fail(Check{Name: closed, Fix: account.Unlock, Words: Say(waits, until, "."),
		Tell: Say("There were too many wrong attempts. Try again after ", until, ", or right away once we have unlocked you.")})
}

// second is about whether two-step verification lets the password lead anywhere.
func (x *explainer) second() error {
	const name = "Two-step verification"
	u := x.u
	switch grace := x.instance.Grace(u, x.now); {
	case u.Authenticators > 0:
		x.pass(name+" is set up", fmt.Sprintf("Authenticator apps: %d.", u.Authenticators))
	case u.EnrolByLink:
		reset, err := latest(x.instance.DB.Reader, u, audit.AuthenticatorReset)
		if err != nil {
			return err
		}
		x.fail(Check{Name: name + " was reset.", Fix: account.Link,
			Words: Say(reset.sentence("reset it"), " A password link has to be used before a new app can be set up."),
			Tell:  Say("Your two-step verification was reset. Use the password link we give you, then set up your app again.")})
	case u.MustEnrol:
		x.pass(name+" can be set up", "It is required for this user and has to be set up at the next sign-in.")
	case !grace.IsZero():
		x.pass(name+" can be set up", "It has to be set up by "+grace.Format("2 January 2006")+".")
	case x.instance.Settings().TwoStep.Demands(u.Role):
		x.pass(name+" can be set up", "It is required and has to be set up at the next sign-in.")
	default:
		x.pass(name + " is not required")
	}
	return nil
}

// factors are the checks of somebody who has a second factor.
func (x *explainer) factors() error {
	if x.u.Authenticators == 0 {
		return nil
	}
	x.paused(auth.BucketCode, "No wait after wrong codes", "Too many wrong codes.", "Browsers that have not signed in as this user before cannot use a code from the app until ")
	x.paused(auth.BucketRecovery, "No wait after wrong recovery codes", "Too many wrong recovery codes.", "Only a few recovery codes are accepted until ")
	apps, err := x.instance.DB.Authenticators(x.u.ID)
	if err != nil {
		return err
	}
	for _, a := range apps {
		x.app(a)
	}
	if x.u.CodesLeft > 0 {
		x.pass("There are recovery codes left", fmt.Sprintf("%d of them.", x.u.CodesLeft))
	}
	return nil
}

// app is about whether the codes of an app can be right: its secret opens, and the
// phone's clock is close enough.
func (x *explainer) app(a store.Authenticator) {
	name := "“" + a.Label + "”"
	if _, err := x.instance.OpenTOTP(a.Sealed, a.UserID, a.ID); err != nil {
		x.fail(Check{Name: "The app " + name + " cannot be checked.", Fix: account.Reset,
			Words: Say("Its stored key cannot be decrypted: it was encrypted with another key, or belongs to another user."),
			Tell:  Say("You need to set up your authenticator app again. We will help you with that.")})
		return
	}
	if a.Drift.Abs() > factor.Skew*factor.Period {
		x.fail(Check{Name: "The clock on " + name + " is wrong.",
			Words: Say("It is " + factor.DriftWords(a.Drift) + ", so its codes are refused. Set the phone’s date and time to automatic."),
			Tell:  Say("Switch on “set automatically” for date and time in your phone's settings, then try the next code.")})
		return
	}
	if a.LastUsed.IsZero() { // so nothing is known of the clock
		x.pass("The app "+name+" can be checked", "Its codes have not been used yet.")
		return
	}
	x.pass("The app "+name+" can be checked", "Its last code was used on ", a.LastUsed, "; the phone's clock is "+factor.DriftWords(a.Drift)+".")
}
