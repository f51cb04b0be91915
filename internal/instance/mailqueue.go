package instance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/mail"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// mailEvery is how often the job looks for messages that wait for another try;
// new ones are sent at once.
const mailEvery = 30 * time.Second

// mailLease is how long a message that is being sent is nobody else's.
const mailLease = 5 * time.Minute

// HasMail reports whether mail that is queued will be sent.
func (i *Instance) HasMail() bool { return i.Mail != nil || i.MailElsewhere }

// RetryMail lets a message that waits be tried at once, with all its tries before it
// again; done is false if it is gone, was given up or is out of date.
func (i *Instance) RetryMail(tx *store.Tx, id string) (done bool, err error) {
	done, err = tx.RetryMail(id, i.Now())
	i.MailDue.Send()
	return done, err
}

// MailWords says what a message of the queue is about.
func MailWords(kind string) string {
	if kind == kindForgotten {
		return "Forgotten password"
	}
	return mail.Compose(mail.Kind(kind), mail.Facts{}).Subject
}

// MailJob sends the mail that is due. The server runs it once.
func (i *Instance) MailJob() Job {
	return Job{Name: "sending mail", Every: mailEvery, Wake: i.MailDue, Run: i.SendDue}
}

// SendDue sends every message that is due, one after the other, and returns when none
// is left. A message that the server refuses for now is tried again later; one that
// it refuses for good is given up and shown to the administrators. It never fails
// because of a message, only because of the database.
func (i *Instance) SendDue(ctx context.Context) error {
	if i.Mail == nil {
		return nil
	}
	if err := i.Refresh(); err != nil { // no request may have come here since a setting was changed
		return err
	}
	// What was queued before the wake-up is committed when this returns.
	if err := i.DB.Tx(ctx, func(*store.Tx) error { return nil }); err != nil {
		return err
	}
	for {
		due, err := i.DB.DueMails(i.Now(), 20)
		if err != nil || len(due) == 0 {
			return err
		}
		i.BulkDue.Send() // invitations in bulk wait until there is room
		for _, m := range due {
			if err := i.deliver(ctx, m); err != nil {
				return err
			}
		}
	}
}

// deliver tries one message. The try is written down before it is made, so that a
// crash does not send the same message over and over.
func (i *Instance) deliver(ctx context.Context, m store.Mail) error {
	claimed := false
	err := i.DB.Tx(ctx, func(tx *store.Tx) (err error) {
		claimed, err = tx.ClaimMail(m.ID, m.Tries, i.Now().Add(mailLease))
		return err
	})
	if err != nil || !claimed {
		return err
	}
	text, err := i.Open(secret.PurposeMail, m.Sealed, m.ID, m.Recipient)
	if err != nil {
		return i.afterTry(m, "", errUnreadable)
	}
	if m.Kind == kindForgotten {
		return i.answerForgotten(m, text)
	}
	var message mail.Message
	if err := json.Unmarshal(text, &message); err != nil {
		return i.afterTry(m, "", errUnreadable)
	}
	answer, err := i.Mail.Send(ctx, m.Recipient, message)
	if err != nil && ctx.Err() != nil {
		return nil // the server stops: another run tries again
	}
	return i.afterTry(m, answer, err)
}

var errUnreadable = errors.New("the stored message could not be decrypted")

// afterTry writes down how a try ended. Where no server came to say anything, what
// went wrong stands in the place of its answer.
func (i *Instance) afterTry(m store.Mail, answer string, sendErr error) error {
	if answer == "" && sendErr != nil {
		answer = sendErr.Error()
	}
	now, tries := i.Now(), m.Tries+1
	next := now.Add(mail.Backoff(tries))
	return i.DB.Tx(context.Background(), func(tx *store.Tx) error {
		switch {
		case sendErr == nil:
			return tx.MailSent(m.ID)
		case errors.Is(sendErr, errUnreadable) || mail.Permanent(sendErr) || tries >= mail.MaxTries || next.After(m.Ends):
			i.Log.Error("a message was given up", "kind", m.Kind, "user", m.UserID, "error", sendErr)
			return tx.MailFailed(m.ID, answer, now)
		}
		i.Log.Warn("a message has to wait", "kind", m.Kind, "user", m.UserID, "next", next, "error", sendErr)
		return tx.MailPutOff(m.ID, answer, next)
	})
}

// kindForgotten is a row of the queue that is no message yet: somebody typed a name
// on the page for forgotten passwords.
const kindForgotten = "forgotten"

// forgotten is what such a row holds.
type forgotten struct {
	Name  string // canonical, of a user who may not exist
	Entry audit.Entry
}

// QueueForgotten notes that somebody forgot their password. Whether there is such
// a user is found out when the row's turn comes: the request that asks does the same
// work and takes the same time for everybody (MA-05).
func (i *Instance) QueueForgotten(tx *store.Tx, name string, e audit.Entry) error {
	text, err := json.Marshal(forgotten{name, e})
	if err != nil {
		return fmt.Errorf("noting a forgotten password: %w", err)
	}
	row := store.Mail{ID: secret.ID(), Kind: kindForgotten, Created: e.At, Next: e.At, Ends: e.At.Add(ResetFor)}
	row.Sealed = i.Seal(secret.PurposeMail, text, row.ID, row.Recipient)
	if err := tx.QueueMail(row); err != nil {
		return err
	}
	i.MailDue.Send()
	return nil
}

// answerForgotten makes the reset link, if there is such a user who can be reached,
// and puts its message in the place of the row.
func (i *Instance) answerForgotten(m store.Mail, text []byte) error {
	var f forgotten
	if err := json.Unmarshal(text, &f); err != nil {
		return i.afterTry(m, "", errUnreadable)
	}
	return i.DB.Tx(context.Background(), func(tx *store.Tx) error {
		if err := tx.MailSent(m.ID); err != nil {
			return err
		}
		login, found, err := tx.LoginByName(f.Name)
		if err != nil || !found {
			return err
		}
		return i.sendForgotten(tx, login.User, f.Entry)
	})
}

// sendForgotten mails the user a link, unless that was done too often: somebody with
// a user name and an address has two names to ask by.
func (i *Instance) sendForgotten(tx *store.Tx, u user.User, e audit.Entry) error {
	e.At = i.Now()
	if may, err := i.mayMailReset(tx, u); err != nil || !may {
		return err
	}
	sent, err := i.MailReset(tx, u, e)
	if err != nil || !sent {
		return err
	}
	if err := i.countMailed(tx); err != nil {
		return err
	}
	e.Event, e.Result, e.SubjectID, e.SubjectName = audit.PasswordResetRequested, audit.ResultOK, u.ID, u.Username
	return tx.Audit(e)
}

// MailReset mails a link by which the user chooses a new password to the stored,
// confirmed address, never to what somebody typed (MA-02). An older one stops
// working. sent is false if there is nobody to mail to: no confirmed address, no
// mail, disabled, deleted, or without a password, which takes an invitation. The
// entry says when, by whom and from where; writing it down is left to the caller.
func (i *Instance) MailReset(tx *store.Tx, u user.User, e audit.Entry) (sent bool, err error) {
	to := i.AddressOf(u)
	if to == "" || !i.HasMail() || !u.Active() || !u.HasPassword {
		return false, nil
	}
	e = forReader(u, e)
	path, err := i.NewLink(tx, u, "/reset", store.Link{Purpose: store.PurposeReset, Subject: to, Created: e.At, Ends: e.At.Add(ResetFor)})
	if err != nil {
		return false, err
	}
	if err := tx.DropMails(u.ID, string(mail.ResetPassword)); err != nil {
		return false, err
	}
	m := i.Compose(mail.ResetPassword, mail.Facts{
		Username: u.Username, At: e.At, Zone: user.Zone(u.TimeZone), IP: e.IP, Browser: browserOf(e.UserAgent), Link: mail.Link{Path: path, Lifetime: ResetFor},
	})
	return true, i.QueueMail(tx, u.ID, to, m, e.At)
}
