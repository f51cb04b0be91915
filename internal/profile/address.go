package profile

import (
	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/instance"
	"latchkey/internal/mail"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/views"
)

// askAddress keeps a new address until it is confirmed: a link goes there, a warning
// to the old one. A name that was typed with it counts at once.
func askAddress(v *web.Visitor, tx *store.Tx, u user.User, name, email string, also []audit.Detail) error {
	details := changes(u, name, u.Email)
	if len(details) > 0 {
		_, key, err := user.CheckEmail(u.Email)
		if err != nil {
			return err
		}
		done, err := tx.EditUser(store.Edit{
			ID: u.ID, Version: v.User.Version, Username: u.Username, Name: name, Email: u.Email, EmailKey: key, EmailConfirmed: u.EmailConfirmed,
		})
		if err != nil || !done {
			return orElse(err, errChanged)
		}
	}
	if err := sendLink(v, tx, u, email); err != nil {
		return err
	}
	if err := tx.SetPendingEmail(u.ID, email); err != nil {
		return err
	}
	e := v.Audit(audit.ProfileChanged, audit.ResultOK)
	e.Details = append(append(details, also...), audit.Detail{Name: "email that waits", Before: u.EmailPending, After: email})
	if err := tx.Audit(e); err != nil {
		return err
	}
	if err := v.Notify(tx, u, mail.AddressAsked, e, mail.Facts{Detail: email}); err != nil {
		return err
	}
	return v.SetFlash(tx, views.Flash{Kind: "good", Text: sentTo(email)})
}

func sentTo(email string) string {
	return "We have sent a link to " + email + ". Open it to confirm the address."
}

// errOften is one link too many: else somebody could fill a stranger's mailbox in our
// name.
var errOften = problem.Field("email", "We have sent you several links already. Try again in an hour")

// sendLink mails a link that confirms the address; an earlier one stops working. u must
// be as it is inside the transaction.
func sendLink(v *web.Visitor, tx *store.Tx, u user.User, email string) error {
	_, wait, err := tx.Count(auth.BucketAddress, u.ID, auth.LimitOf(auth.BucketAddress), v.Now)
	if err != nil {
		return err
	}
	if wait > 0 {
		return errOften
	}
	if err := tx.DropMails(u.ID, string(mail.ConfirmAddress)); err != nil {
		return err
	}
	path, err := v.NewLink(tx, u, "/email", store.Link{
		Purpose: store.PurposeEmail, Subject: email, Created: v.Now, Ends: v.Now.Add(instance.EmailFor),
	})
	if err != nil {
		return err
	}
	m := v.Compose(mail.ConfirmAddress, mail.Facts{Username: u.Username, At: v.Now, Zone: user.Zone(u.TimeZone), Link: mail.Link{Path: path, Lifetime: instance.EmailFor}})
	return v.QueueMail(tx, u.ID, email, m, v.Now)
}

// submitSendAgain sends the link once more: to the address that waits, or to the one
// in use if it was never confirmed, as one that an administrator typed.
func submitSendAgain(v *web.Visitor) error {
	if _, err := v.Form(); err != nil {
		return err
	}
	err := v.Tx(func(tx *store.Tx) error {
		u, err := tx.User(v.User.ID)
		if err != nil {
			return err
		}
		email := unconfirmed(u)
		if email == "" || !v.HasMail() {
			return problem.New(problem.Conflict, "There is no address that waits to be confirmed.")
		}
		switch err := sendLink(v, tx, u, email); {
		case problem.Is(err, problem.Invalid):
			return v.SetFlash(tx, views.Flash{Kind: "warn", Text: problem.As(err).Message + "."})
		case err != nil:
			return err
		}
		return v.SetFlash(tx, views.Flash{Kind: "good", Text: sentTo(email)})
	})
	if err != nil {
		return err
	}
	return v.Redirect("/profile")
}

// unconfirmed is the address that a link has to confirm, or "".
func unconfirmed(u user.User) string {
	if u.EmailPending == "" && !u.EmailConfirmed {
		return u.Email
	}
	return u.EmailPending
}

// submitCancel forgets the address that waits. It only takes back, so it asks for no
// new proof.
func submitCancel(v *web.Visitor) error {
	if _, err := v.Form(); err != nil {
		return err
	}
	err := v.Tx(func(tx *store.Tx) error {
		u, err := tx.User(v.User.ID)
		if err != nil || u.EmailPending == "" {
			return err
		}
		if err := instance.EndAddress(tx, u.ID); err != nil {
			return err
		}
		e := v.Audit(audit.ProfileChanged, audit.ResultOK)
		e.Details = []audit.Detail{{Name: "email that waits", Before: u.EmailPending}}
		if err := tx.Audit(e); err != nil {
			return err
		}
		return v.SetFlash(tx, views.Flash{Kind: "good", Text: "Your email address stays as it is."})
	})
	if err != nil {
		return err
	}
	return v.Redirect("/profile")
}
