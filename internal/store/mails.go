package store

import (
	"context"
	"time"
)

// Mail is a message that waits to be sent, or could not be.
type Mail struct {
	ID        string
	UserID    string // "" for nobody in particular
	Kind      string // a kind of package mail
	Recipient string
	Sealed    string // the message, sealed under this id
	Created   time.Time
	Next      time.Time // when it is tried next
	Ends      time.Time // after that the message is worth nothing
	Tries     int
	Answer    string    // what the mail server said last
	Failed    time.Time // given up
}

// QueueMail stores a message that is to be sent from m.Next on.
func (tx *Tx) QueueMail(m Mail) error {
	return tx.exec(`INSERT INTO mails (id, user_id, kind, recipient, sealed, created_at, next_at, ends_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		m.ID, null(m.UserID), m.Kind, m.Recipient, m.Sealed, ms(m.Created), ms(m.Next), ms(m.Ends))
}

// DueMails returns messages whose time has come: first what people wait for in front of
// the sign-in page, whose link lives for half an hour, then the oldest, invitations
// last. So nobody's warnings, however many, stand in the way of somebody else's
// forgotten password, and ten thousand invitations in the way of no warning.
func (r Reader) DueMails(now time.Time, limit int) ([]Mail, error) {
	return r.mails(`WHERE failed_at = 0 AND next_at <= $1 AND ends_at > $1
		ORDER BY kind IN ('forgotten', 'reset-password') DESC, kind = 'invitation', next_at, id LIMIT $2`, ms(now), limit)
}

// WaitingMails counts the messages to a user that wait to be sent.
func (tx *Tx) WaitingMails(userID string) (n int, err error) {
	err = tx.q.queryRow(`SELECT count(*) FROM mails WHERE user_id = $1 AND failed_at = 0`, userID).Scan(&n)
	if err != nil {
		return 0, unavailable(err)
	}
	return n, nil
}

// UnsentMails returns what was given up or was refused at least once and waits for
// another try, the newest first.
func (r Reader) UnsentMails(limit int) ([]Mail, error) {
	return r.mails(`WHERE failed_at > 0 OR tries > 0 ORDER BY created_at DESC, id LIMIT $1`, limit)
}

func (r Reader) mails(where string, args ...any) ([]Mail, error) {
	scan := func(row scanner) (m Mail, err error) {
		var created, next, ends, failed int64
		err = row.Scan(&m.ID, &m.UserID, &m.Kind, &m.Recipient, &m.Sealed, &created, &next, &ends, &m.Tries, &m.Answer, &failed)
		m.Created, m.Next, m.Ends, m.Failed = at(created), at(next), at(ends), at(failed)
		return m, err
	}
	return list(context.Background(), r.q, scan, "reading mails", `SELECT id, coalesce(user_id, ''), kind, recipient, sealed, created_at, next_at, ends_at,
		tries, answer, failed_at FROM mails `+where, args...)
}

// ClaimMail counts a try of a message and keeps others from it until the given
// time; claimed is true for one caller. It is committed before the message goes
// out, so that a crash in between sends it late rather than twice at once.
func (tx *Tx) ClaimMail(id string, tries int, until time.Time) (claimed bool, err error) {
	return tx.once(`UPDATE mails SET tries = tries + 1, next_at = $1 WHERE id = $2 AND tries = $3 AND failed_at = 0`, ms(until), id, tries)
}

// MailSent forgets a message that was accepted.
func (tx *Tx) MailSent(id string) error { return tx.exec(`DELETE FROM mails WHERE id = $1`, id) }

// MailPutOff notes what the server said and when the message is tried again.
func (tx *Tx) MailPutOff(id, answer string, next time.Time) error {
	return tx.exec(`UPDATE mails SET answer = $1, next_at = $2 WHERE id = $3`, answer, ms(next), id)
}

// MailFailed gives a message up. Its text is forgotten: it may hold a link.
func (tx *Tx) MailFailed(id, answer string, now time.Time) error {
	return tx.exec(`UPDATE mails SET answer = $1, failed_at = $2, sealed = '' WHERE id = $3`, answer, ms(now), id)
}

// DropMails forgets the messages to a user that wait, of one kind: a newer one
// makes them wrong.
func (tx *Tx) DropMails(userID string, kinds ...string) error {
	for _, kind := range kinds {
		if err := tx.exec(`DELETE FROM mails WHERE user_id = $1 AND kind = $2 AND failed_at = 0`, userID, kind); err != nil {
			return err
		}
	}
	return nil
}

// CountMails counts the messages that wait and those that were given up.
func (r Reader) CountMails() (waiting, failed int, err error) {
	err = r.q.queryRow(`SELECT (SELECT count(*) FROM mails WHERE failed_at = 0), (SELECT count(*) FROM mails WHERE failed_at > 0)`).
		Scan(&waiting, &failed)
	if err != nil {
		return 0, 0, unavailable(err)
	}
	return waiting, failed, nil
}

// RetryMail makes a message that waits due at now, with all its tries before it
// again; done is false if it is gone, was given up or is out of date.
func (tx *Tx) RetryMail(id string, now time.Time) (done bool, err error) {
	return tx.once(`UPDATE mails SET tries = 0, next_at = $1 WHERE id = $2 AND failed_at = 0 AND sealed <> '' AND ends_at > $1`, ms(now), id)
}

// ForgetMail forgets a message; done is false if it is gone already.
func (tx *Tx) ForgetMail(id string) (done bool, err error) {
	return tx.once(`DELETE FROM mails WHERE id = $1`, id)
}
