package instance

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/mileusna/useragent"

	"latchkey/internal/audit"
	"latchkey/internal/mail"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// Notify tells a user what happened, in the transaction in which it does: as a
// notice on the next visit and, where mail works, to the confirmed address (AU-13).
// The audit entry says when and from where. f holds what the kind of message needs
// besides; instance, user, time and place are filled in here.
func (i *Instance) Notify(tx *store.Tx, u user.User, k mail.Kind, e audit.Entry, f mail.Facts) error {
	return i.NotifyAt(tx, u, i.AddressOf(u), k, e, f)
}

// AddressOf is where mail about this user may go: nowhere until the address is
// confirmed.
func (i *Instance) AddressOf(u user.User) string {
	if !u.EmailConfirmed {
		return ""
	}
	return u.Email
}

// NotifyAt is Notify with another address, such as the one that was just replaced;
// "" sends no mail. To an address that is not confirmed it offers nothing but the
// link in f.
func (i *Instance) NotifyAt(tx *store.Tx, u user.User, address string, k mail.Kind, e audit.Entry, f mail.Facts) error {
	return i.NotifyDoneBy(tx, u, address, k, e, f, "")
}

// NotifyDoneBy is NotifyAt that knows in which browser, by the hash of its token, the user
// did it: this one is not warned of it. It may be "".
func (i *Instance) NotifyDoneBy(tx *store.Tx, u user.User, address string, k mail.Kind, e audit.Entry, f mail.Facts, doneBy string) error {
	e = forReader(u, e)
	n := store.Notice{ID: secret.ID(), UserID: u.ID, Kind: string(k), At: e.At, IP: e.IP, UserAgent: e.UserAgent, DoneBy: doneBy}
	f.Username, f.At, f.IP, f.Browser, f.Zone = u.Username, e.At, e.IP, browserOf(e.UserAgent), user.Zone(u.TimeZone)
	n.Text = i.Compose(k, f).Lead
	if err := tx.AddNotice(n); err != nil || address == "" || !i.HasMail() {
		return err
	}
	if full, err := fullQueue(tx, u, f); err != nil || full {
		return err
	}
	// A stranger at an address that nobody confirmed must not lock the user out.
	unproved := address == u.Email && !u.EmailConfirmed
	if k.OffersNotMe() && !unproved {
		path, err := i.NewLink(tx, u, "/not-me", store.Link{Purpose: store.PurposeNotMe, Subject: n.ID, Created: e.At, Ends: e.At.Add(NotMeFor)})
		if err != nil {
			return err
		}
		f.NotMe = mail.Link{Path: path, Lifetime: NotMeFor}
	}
	return i.QueueMail(tx, u.ID, address, i.Compose(k, f), e.At)
}

// maxWaiting is how many messages to one user wait to be sent; after that there are
// notices only, so that what one user does over and over fills no queue of all.
//
//limit:log Messages to one user that wait to be sent
const maxWaiting = 20

// fullQueue reports whether no more mail is queued for a user. The warnings that wait
// already lead to "this was not me". A message with a link of its own goes out all the
// same: it is counted where it is asked for, and nothing else holds its link.
func fullQueue(tx *store.Tx, u user.User, f mail.Facts) (bool, error) {
	if f.Link.Path != "" {
		return false, nil
	}
	n, err := tx.WaitingMails(u.ID)
	return n >= maxWaiting, err
}

// NotifyByMail is Notify for somebody who will not visit again: no notice, only mail.
func (i *Instance) NotifyByMail(tx *store.Tx, u user.User, k mail.Kind, e audit.Entry, f mail.Facts) error {
	to := i.AddressOf(u)
	if to == "" || !i.HasMail() {
		return nil
	}
	e = forReader(u, e)
	f.Username, f.At, f.IP, f.Browser, f.Zone = u.Username, e.At, e.IP, browserOf(e.UserAgent), user.Zone(u.TimeZone)
	return i.QueueMail(tx, u.ID, to, i.Compose(k, f), e.At)
}

// forReader leaves out of an entry where somebody else was: an administrator's place
// is not the user's business.
func forReader(u user.User, e audit.Entry) audit.Entry {
	if e.ActorID != "" && e.ActorID != u.ID {
		e.IP, e.UserAgent = "", ""
	}
	return e
}

// Compose is mail.Compose with what every message of this site says.
func (i *Instance) Compose(k mail.Kind, f mail.Facts) mail.Message {
	settings := i.Settings()
	f.Instance, f.BaseURL, f.Contact = settings.InstanceName, i.URL.String(), settings.Contact.Words()
	return mail.Compose(k, f)
}

// NotifyAdministrators sends a message to every enabled administrator with a
// confirmed address, except those with these ids, each with times in their own zone; without mail they find what it
// tells on their pages.
func (i *Instance) NotifyAdministrators(tx *store.Tx, k mail.Kind, f mail.Facts, now time.Time, except ...string) error {
	if !i.HasMail() {
		return nil
	}
	all, err := tx.Administrators()
	if err != nil {
		return err
	}
	for _, u := range all {
		if to := i.AddressOf(u); to != "" && !slices.Contains(except, u.ID) {
			f.Zone = user.Zone(u.TimeZone)
			if err := i.QueueMail(tx, u.ID, to, i.Compose(k, f), now); err != nil {
				return err
			}
		}
	}
	return nil
}

// mailFor is how old a message without a time of its own may get and still be sent, where
// nobody was there to try: tries by themselves end after a day (mail.MaxTries).
const mailFor = 3 * 24 * time.Hour

// QueueMail hands a message over to be sent after the commit. It waits sealed, to its
// recipient alone: it may hold a link that sets a password, and somebody who can write
// to the database must not be able to send it to themselves. userID may be empty.
func (i *Instance) QueueMail(tx *store.Tx, userID, to string, m mail.Message, now time.Time) error {
	row := store.Mail{ID: secret.ID(), UserID: userID, Kind: string(m.Kind), Recipient: to, Created: now, Next: now, Ends: now.Add(mailFor)}
	if !m.Until.IsZero() {
		row.Ends = m.Until
	}
	m.ID = row.ID
	text, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("writing a message: %w", err)
	}
	row.Sealed = i.Seal(secret.PurposeMail, text, row.ID, row.Recipient)
	if err := tx.QueueMail(row); err != nil {
		return err
	}
	i.MailDue.Send()
	return nil
}

// BrowserName makes a name such as "Firefox on Linux" of what a browser calls
// itself.
func BrowserName(userAgent string) string {
	ua := useragent.Parse(userAgent)
	switch {
	case ua.Name == "" && ua.OS == "":
		return "Unknown browser"
	case ua.OS == "":
		return ua.Name
	case ua.Name == "":
		return "Unknown browser on " + ua.OS
	}
	return ua.Name + " on " + ua.OS
}

func browserOf(userAgent string) string {
	if userAgent == "" {
		return ""
	}
	return BrowserName(userAgent)
}
