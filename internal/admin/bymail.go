package admin

import (
	"latchkey/internal/audit"
	"latchkey/internal/instance"
	"latchkey/internal/mail"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// byMail says why a link cannot be mailed to the user; "" if it can. An address that
// nobody confirmed gets invitations only: with an invitation the user proves it.
func byMail(i *instance.Instance, u user.User) string {
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
func (a Act) MailLink(u user.User) error {
	u, err := a.Tx.User(u.ID)
	if err != nil {
		return err
	}
	if reason := noChange(kindLink, u); reason != "" {
		return conflict(reason)
	}
	if reason := byMail(a.Instance, u); reason != "" {
		return conflict(reason)
	}
	sent := []audit.Detail{{Name: "sent to", After: u.Email}}
	if !u.HasPassword {
		return a.mailInvitation(u, sent)
	}
	if _, err := a.revoke(instance.CauseLinkMade, u); err != nil {
		return err
	}
	done, err := a.Instance.MailReset(a.Tx, u, a.By)
	return a.finish(kindLink, u, outcome(done), err, audit.PasswordResetRequested, sent)
}

// SendInvitation mails a user who has no password another invitation; the one before
// stops working.
func (a Act) SendInvitation(u user.User) error {
	u, err := a.Tx.User(u.ID)
	if err != nil {
		return err
	}
	if reason := noChange(kindInvite, u); reason != "" {
		return conflict(reason)
	}
	return a.MailLink(u)
}

// mailInvitation keeps the address with the link: following it confirms this one
// and no other.
func (a Act) mailInvitation(u user.User, details []audit.Detail) error {
	lifetime := a.Instance.Settings().InviteFor()
	l := store.Link{Purpose: store.PurposeInvite, Subject: u.Email, Created: a.By.At, Ends: a.By.At.Add(lifetime)}
	path, err := a.Instance.NewLink(a.Tx, u, "/invite", l)
	if err := a.finish(kindLink, u, store.Done, err, audit.UserInvited, details); err != nil {
		return err
	}
	if err := a.Tx.DropMails(u.ID, string(mail.Invitation)); err != nil {
		return err
	}
	m := a.Instance.Compose(mail.Invitation, mail.Facts{Username: u.Username, At: a.By.At, Zone: user.Zone(u.TimeZone), Link: mail.Link{Path: path, Lifetime: lifetime}})
	return a.Instance.QueueMail(a.Tx, u.ID, u.Email, m, a.By.At)
}

// mailed is the message after MailLink.
func mailed(u user.User) string {
	what := "A link to choose a new password"
	if !u.HasPassword {
		what = "An invitation"
	}
	return what + " is on its way to " + u.Email + "."
}
