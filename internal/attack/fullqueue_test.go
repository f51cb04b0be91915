package attack

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/mail"
	"latchkey/internal/mail/mailtest"
	"latchkey/internal/store"
)

// TestMA07_NobodyFillsTheQueueOfAll: what one user does over and over is a bounded
// number of messages, each time a notice, and never before a forgotten password.
func TestMA07_NobodyFillsTheQueueOfAll(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	mallory, alice := a.AddUser("mallory"), a.AddUser("alice")
	b := signedInAs(a, mallory)
	limit := auth.CodeSheetsPerHour
	for range limit {
		b.Post("/security/recovery-codes/new").Redirects("/security/recovery-codes")
		b.Get("/security/recovery-codes/new")
	}
	b.Post("/security/recovery-codes/new").Is(http.StatusTooManyRequests)
	warn := func(f mail.Facts) {
		a.Tx(func(tx *store.Tx) error {
			e := audit.Entry{At: a.Clock.Now(), ActorID: mallory.ID}
			return a.Site.Notify(tx, mallory.Now(), mail.RecoveryMade, e, f)
		})
	}
	for range 30 {
		warn(mail.Facts{})
	}
	waiting := func() int {
		return number(t, a, `SELECT count(*) FROM mails WHERE user_id = $1 AND failed_at = 0`, mallory.ID)
	}
	if n := waiting(); n != 20 {
		t.Errorf("%d messages to one user wait, want 20", n)
	}
	if n := number(t, a, `SELECT count(*) FROM notices WHERE user_id = $1`, mallory.ID); n < limit+30 {
		t.Errorf("%d notices, want one each time", n)
	}
	warn(mail.Facts{Link: mail.Link{Path: "/lost-phone/cancel/x", Lifetime: time.Hour}})
	if n := waiting(); n != 21 {
		t.Errorf("%d messages wait, want 21: what holds a link of its own is not left out", n)
	}
	a.Clock.Add(time.Second)
	a.Browser().Post("/forgot", "username", "alice").Redirects(sentPage)
	if got := a.Post(); len(got) != 22 || position(got, alice.Email) > 20 {
		t.Errorf("the reset is message %d of %d, want one of the first 20", position(got, alice.Email), len(got))
	}
	warn(mail.Facts{})
	if n := waiting(); n != 1 {
		t.Errorf("%d messages wait after the queue was sent, want 1", n)
	}
}

// position is the place of the first message to this address.
func position(all []mailtest.Message, to string) int {
	for i, m := range all {
		if m.Recipients[0] == to {
			return i
		}
	}
	return len(all)
}

// TestMA07_OneSiteDoesNotSilenceForgot asks from many networks of one IPv6 site.
func TestMA07_OneSiteDoesNotSilenceForgot(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true, Proxied: true})
	a.AddUser("alice")
	for i := range 101 {
		a.Browser().From(fmt.Sprintf("2001:db8:1:%x::1", i)).Post("/forgot", "username", fmt.Sprint("nobody", i)).Redirects(sentPage)
	}
	if n := number(t, a, `SELECT count(*) FROM mails`); n != 30 {
		t.Errorf("%d requests of one site are looked at, want 30", n)
	}
	a.Browser().From("2001:db8:2::1").Post("/forgot", "username", "alice").Redirects(sentPage)
	if got := a.Post(); len(got) != 1 {
		t.Errorf("%d messages to the one user who exists, want 1", len(got))
	}
}

// TestLO04_AnswersOfTheMailServerHoldNoLink: it may quote what it does not like.
func TestLO04_AnswersOfTheMailServerHoldNoLink(t *testing.T) {
	t.Parallel()
	for _, code := range []int{451, 554} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			a := apptest.Start(t, apptest.Options{Mail: true})
			alice := a.AddUser("alice")
			link := alice.LinkAbout(store.PurposeReset, alice.Email)
			_, token, _ := strings.Cut(link, "/reset/")
			queued := a.AddUser("bob")
			a.Mail.Refuse(func(string) error { return mailtest.Refusal(code, strings.Repeat("-. ", 40)+"listed: "+a.URL+link) })
			signedInAs(a, queued).Post("/security/recovery-codes/new").Redirects("/security/recovery-codes")
			a.Post()
			admin := administratorAt(a)
			admin.Open("/admin/settings/mail").Sees(fmt.Sprint(code, " "), "listed: ", "/reset/…")
			admin.Submit("Send a test message to me")
			for where, shown := range map[string]string{
				"a page": admin.Page.Body, "the log": a.Log.String(),
				"the database": text(t, a, `SELECT string_agg(answer, ',') FROM mails`),
			} {
				if strings.Contains(shown, token[:20]) {
					t.Errorf("%s holds a living link", where)
				}
			}
			a.Browser().Get(link).Redirects("/reset")
		})
	}
}

// TestMA02_MailOpensForItsRecipientAlone: somebody who can write to the database, and has no
// key, cannot have a link sent to themselves.
func TestMA02_MailOpensForItsRecipientAlone(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	queued(t, a)
	change(t, a, `UPDATE mails SET recipient = 'thief@example.net'`)
	if got := a.Post(); len(got) != 0 {
		t.Errorf("%d messages went to %s", len(got), got[0].Recipients[0])
	}
	if m := waiting(t, a); m.Failed.IsZero() || m.Sealed != "" {
		t.Errorf("%+v, want it given up", m)
	}
	change(t, a, `DELETE FROM mails`)
	a.Browser().Post("/forgot", "username", "alice").Redirects(sentPage)
	change(t, a, `UPDATE mails SET recipient = 'thief@example.net'`)
	if got := a.Post(); len(got) != 0 {
		t.Errorf("a request with a recipient led to %d messages", len(got))
	}
}
