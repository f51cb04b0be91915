package attack

import (
	"latchkey/internal/mail"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

// aboutMail are the forms that do something only where there is a mail server.
func (d *desk) aboutMail() []form {
	d.TB.Helper()
	d.post.AddUser("alice")
	b, now := d.post.Browser(), d.post.Clock.Now()
	b.SignIn(d.post.Admin)
	ids := []string{secret.ID(), secret.ID()}
	d.post.Tx(func(tx *store.Tx) error {
		for _, id := range ids {
			m := store.Mail{ID: id, Kind: string(mail.Test), Recipient: "a@example.org", Sealed: "x", Created: now, Next: now.Add(mail.Backoff(9)), Ends: now.Add(mail.Backoff(20))}
			if err := tx.QueueMail(m); err != nil {
				return err
			}
		}
		return nil
	})
	return []form{
		{"/forgot", d.post.Browser(), []string{"username", "alice"}, nil, false},
		{"/admin/settings/mail", b, nil, nil, false},
		{"/admin/settings/mail/" + ids[0] + "/retry", b, nil, nil, false},
		{"/admin/settings/mail/" + ids[1] + "/forget", b, nil, nil, false},
	}
}
