package settings

import (
	"context"
	"time"

	"latchkey/internal/instance"
	"latchkey/internal/mail"
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/views"
)

const (
	// unsentShown is how many messages that could not be sent are shown.
	unsentShown = 100
	// testFor is how long a test message may take, less than an answer of the web
	// server may.
	testFor = 20 * time.Second
)

func showMail(v *web.Visitor) error {
	unsent, err := v.DB.UnsentMails(unsentShown + 1)
	if err != nil {
		return err
	}
	page := views.SettingsMail{Frame: v.Frame(nil), On: v.Mail != nil, FlagValues: v.MailFlagValues, Mine: v.User.Email, More: len(unsent) > unsentShown}
	for _, m := range unsent[:min(len(unsent), unsentShown)] {
		page.Unsent = append(page.Unsent, unsentMail(m))
	}
	return v.Render(page)
}

func unsentMail(m store.Mail) views.UnsentMail {
	row := views.UnsentMail{ID: m.ID, What: instance.MailWords(m.Kind), To: m.Recipient, Queued: m.Created, Tries: m.Tries, Answer: m.Answer}
	if m.Failed.IsZero() {
		row.Next = m.Next
	}
	return row
}

// submitTest sends a message past the queue, to tell what the server answers.
func submitTest(v *web.Visitor) error {
	if _, err := v.Form(); err != nil {
		return err
	}
	if v.Mail == nil || v.User.Email == "" {
		return v.Redirect(mailPath)
	}
	ctx, cancel := context.WithTimeout(v.Context(), testFor)
	defer cancel()
	answer, err := v.Mail.Send(ctx, v.User.Email, v.Compose(mail.Test, mail.Facts{Username: v.User.Username, At: v.Now, Zone: v.Zone()}))
	if err := v.Tx(func(tx *store.Tx) error { return v.SetFlash(tx, tested(v.User.Email, answer, err)) }); err != nil {
		return err
	}
	return v.Redirect(mailPath)
}

// tested says how it went. The answer is foreign text, one bounded line, and stays
// text on the page.
func tested(to, answer string, err error) views.Flash {
	switch {
	case err == nil:
		return views.Flash{Kind: "good", Text: "The mail server accepted the message to " + to + ". It replied: “" + answer + "”"}
	case answer != "":
		return views.Flash{Kind: "warn", Text: "The message to " + to + " was not sent. The mail server said: “" + answer + "”"}
	}
	return views.Flash{Kind: "warn", Text: "The message to " + to + " was not sent: " + err.Error()}
}

// submitRetry lets a message that waits be tried at once.
func submitRetry(v *web.Visitor) error {
	return onMail(v, "We are trying to send it again.", "This message cannot be tried again.", v.RetryMail)
}

// submitForget drops a message, so that it is not sent any more.
func submitForget(v *web.Visitor) error {
	return onMail(v, "The message has been deleted.", "This message has already been deleted.", func(tx *store.Tx, id string) (bool, error) { return tx.ForgetMail(id) })
}

func onMail(v *web.Visitor, done, gone string, act func(tx *store.Tx, id string) (bool, error)) error {
	if _, err := v.Form(); err != nil {
		return err
	}
	err := v.Tx(func(tx *store.Tx) error {
		ok, err := act(tx, v.Param("id"))
		if err != nil {
			return err
		}
		if !ok {
			return v.SetFlash(tx, views.Flash{Kind: "warn", Text: gone})
		}
		return v.SetFlash(tx, views.Flash{Kind: "good", Text: done})
	})
	if err != nil {
		return err
	}
	return v.Redirect(mailPath)
}
