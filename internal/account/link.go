package account

import (
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/ending"
	"latchkey/internal/instance"
	"latchkey/internal/mail"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// LinkFor is how long a password link works that an administrator passes on: 24
// hours (MA-03). How long an invitation does is a setting.
const LinkFor = 24 * time.Hour

// Invite makes the link by which a user without a password chooses one, and
// returns its whole address. Earlier links of the user stop working.
func (a Action) Invite(u user.User) (link string, err error) {
	u, err = a.Tx.User(u.ID)
	if err != nil {
		return "", err
	}
	if u.HasPassword {
		return "", conflict("This user already has a password. Make a password link instead.")
	}
	if err := a.Alone(u); err != nil {
		return "", err
	}
	return a.link(u, store.Link{Purpose: store.PurposeInvite}, "/invite", audit.UserInvited)
}

// PasswordLink makes the link by which a user chooses a new password, and
// returns its whole address; for a user who never had one it is an invitation. The
// password in use stays until the link is used. Earlier links stop working.
func (a Action) PasswordLink(u user.User) (link string, err error) {
	u, err = a.Tx.User(u.ID)
	if err != nil {
		return "", err
	}
	if !u.HasPassword {
		return a.Invite(u)
	}
	if err := a.Alone(u); err != nil {
		return "", err
	}
	return a.link(u, store.Link{Purpose: store.PurposePassword}, "/reset", audit.PasswordResetRequested)
}

// link stores the hash of a new token and returns the address with the token,
// which exists nowhere else.
func (a Action) link(u user.User, l store.Link, path string, event audit.Event) (string, error) {
	able := u.Active()
	if _, err := a.revoke(ending.CauseLinkMade, u); err != nil {
		return "", err
	}
	l.Created, l.Ends = a.By.At, a.By.At.Add(LinkFor)
	if l.Purpose == store.PurposeInvite {
		l.Ends = a.By.At.Add(a.Instance.Settings().InviteFor())
	}
	path, err := a.Instance.NewLink(a.Tx, u, path, l)
	if err := a.finish(Link, u, outcome(able), err, event, nil); err != nil {
		return "", err
	}
	return a.Instance.Link(path), nil
}

// NoMail says why a link cannot be mailed to the user; "" if it can. An address that
// nobody confirmed gets invitations only: with an invitation the user proves it.
func NoMail(i *instance.Instance, u user.User) string {
	switch {
	case !i.HasMail():
		return "Mail is not set up. Show the link instead."
	case u.Email == "":
		return "This user has no email address. Show the link instead."
	case u.HasPassword && !u.EmailConfirmed:
		return "The email address of this user is not confirmed. Show the link instead."
	case u.HasPassword && u.EnrolByLink && u.Authenticators == 0:
		// Otherwise somebody who only has the mailbox could enrol their own phone.
		return "The two-step verification of this user was reset, so you have to pass on the link yourself. Show the link instead."
	}
	return ""
}

// MailLink mails the user a link to choose a password: an invitation to somebody
// without one, else one like those that people ask for themselves, which works for
// instance.ResetFor and does not open the way to a new enrolment. It is a
// problem.Conflict if that is not possible.
func (a Action) MailLink(u user.User) error {
	u, err := a.Tx.User(u.ID)
	if err != nil {
		return err
	}
	if reason := unfit(Link, u); reason != "" {
		return conflict(reason)
	}
	if reason := NoMail(a.Instance, u); reason != "" {
		return conflict(reason)
	}
	sent := []audit.Detail{{Name: "sent to", After: u.Email}}
	if !u.HasPassword {
		return a.mailInvitation(u, sent)
	}
	if _, err := a.revoke(ending.CauseLinkMade, u); err != nil {
		return err
	}
	done, err := a.Instance.MailReset(a.Tx, u, a.By)
	return a.finish(Link, u, outcome(done), err, audit.PasswordResetRequested, sent)
}

// SendInvitation mails a user who has no password another invitation; the one before
// stops working.
func (a Action) SendInvitation(u user.User) error {
	u, err := a.Tx.User(u.ID)
	if err != nil {
		return err
	}
	if reason := unfit(Invite, u); reason != "" {
		return conflict(reason)
	}
	return a.MailLink(u)
}

// mailInvitation keeps the address with the link: following it confirms this one
// and no other.
func (a Action) mailInvitation(u user.User, details []audit.Detail) error {
	lifetime := a.Instance.Settings().InviteFor()
	l := store.Link{Purpose: store.PurposeInvite, Subject: u.Email, Created: a.By.At, Ends: a.By.At.Add(lifetime)}
	path, err := a.Instance.NewLink(a.Tx, u, "/invite", l)
	if err := a.finish(Link, u, store.Done, err, audit.UserInvited, details); err != nil {
		return err
	}
	if err := a.Tx.DropMails(u.ID, string(mail.Invitation)); err != nil {
		return err
	}
	m := a.Instance.Compose(mail.Invitation, mail.Facts{Username: u.Username, At: a.By.At, Zone: user.Zone(u.TimeZone), Link: mail.Link{Path: path, Lifetime: lifetime}})
	return a.Instance.QueueMail(a.Tx, u.ID, u.Email, m, a.By.At)
}

// Mailed is the message after MailLink.
func Mailed(u user.User) string {
	what := "A link to choose a new password"
	if !u.HasPassword {
		what = "An invitation"
	}
	return what + " is on its way to " + u.Email + "."
}
