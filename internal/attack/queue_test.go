package attack

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/mail"
	"latchkey/internal/mail/mailtest"
	"latchkey/internal/store"
)

// waiting is the one message of the queue.
func waiting(t *testing.T, a *apptest.App) store.Mail {
	t.Helper()
	all, err := a.DB.UnsentMails(10)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d messages are unsent, want one (%v)", len(all), err)
	}
	return all[0]
}

// queued puts a message to Alice into the queue and leaves it there.
func queued(t *testing.T, a *apptest.App) *apptest.User {
	t.Helper()
	alice := a.AddUser("alice")
	a.Tx(func(tx *store.Tx) error {
		m := a.Site.Compose(mail.PasswordChanged, mail.Facts{Username: "alice", At: a.Clock.Now()})
		return a.Site.QueueMail(tx, alice.ID, alice.Email, m, a.Clock.Now())
	})
	return alice
}

func TestQueue_RefusedForNowIsSentLater(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	queued(t, a)
	a.Mail.Refuse(func(string) error { return mailtest.Refusal(451, "mailbox busy") })
	wait := time.Duration(0)
	for tries := 1; tries <= 4; tries++ {
		a.Post()
		m := waiting(t, a)
		next := m.Next.Sub(a.Clock.Now())
		if m.Tries != tries || next <= wait || !m.Failed.IsZero() || !strings.HasPrefix(m.Answer, "451 ") || !strings.Contains(m.Answer, "mailbox busy") {
			t.Fatalf("try %d: %+v, next in %s after %s", tries, m, next, wait)
		}
		a.Post() // too early: it is not tried
		if got := waiting(t, a).Tries; got != tries {
			t.Fatalf("tried %d times before its time", got)
		}
		wait = next
		a.Clock.Add(next)
	}
	a.Mail.Refuse(nil)
	a.Post()
	if got := a.Post(); len(got) != 1 || number(t, a, `SELECT count(*) FROM mails`) != 0 {
		t.Errorf("%d messages arrived, want one, and none left", len(got))
	}
}

func TestQueue_RefusedForGoodIsForgottenButShown(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	queued(t, a)
	a.Mail.Refuse(func(string) error { return mailtest.Refusal(550, "no such user") })
	a.Post()
	if m := waiting(t, a); m.Sealed != "" || m.Failed.IsZero() || m.Tries != 1 || !strings.Contains(m.Answer, "no such user") {
		t.Errorf("%+v", m)
	}
	a.Mail.Refuse(nil)
	a.Clock.Add(25 * time.Hour)
	if got := a.Post(); len(got) != 0 {
		t.Errorf("%d messages arrived after all", len(got))
	}
}

// TestQueue_NothingIsTriedForEver: a message ends with its tries, or with the link in it.
func TestQueue_NothingIsTriedForEver(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	queued(t, a)
	a.Mail.Refuse(func(string) error { return mailtest.Refusal(451, "never") })
	begin := a.Clock.Now()
	for waiting := true; waiting; a.Clock.Add(time.Minute) {
		a.Post()
		n, _, err := a.DB.CountMails()
		if waiting = n > 0; err != nil || a.Clock.Now().Sub(begin) > 4*24*time.Hour {
			t.Fatalf("%d messages wait after days (%v)", n, err)
		}
	}
	if m := waiting(t, a); m.Tries != mail.MaxTries || m.Sealed != "" {
		t.Errorf("given up after %d tries, want %d; sealed %q", m.Tries, mail.MaxTries, m.Sealed)
	}
	change(t, a, `DELETE FROM mails`)
	begin = a.Clock.Now()
	a.Browser().Post("/forgot", "username", "alice")
	for a.Post(); number(t, a, `SELECT count(*) FROM mails WHERE failed_at = 0`) > 0; a.Post() {
		a.Clock.Add(time.Minute)
	}
	if took := a.Clock.Now().Sub(begin); took > 30*time.Minute {
		t.Errorf("a link of 30 minutes is tried for %s", took)
	}
}

// TestQueue_ServerDown: nobody says anything, so what went wrong is what is shown.
func TestQueue_ServerDown(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	queued(t, a)
	up, down := a.Site.Mail, *a.Site.Mail
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	if down.Server, err = mail.ParseServer("smtp://" + listener.Addr().String()); err != nil {
		t.Fatal(err)
	}
	a.Site.Mail = &down
	a.Post()
	m := waiting(t, a)
	if m.Tries != 1 || !m.Failed.IsZero() || !strings.Contains(m.Answer, "refused") || len(m.Answer) > 300 {
		t.Errorf("%+v", m)
	}
	a.Site.Mail = up
	a.Clock.Add(m.Next.Sub(a.Clock.Now()))
	if got := a.Post(); len(got) != 1 {
		t.Errorf("%d messages arrived, want one", len(got))
	}
}

// TestQueue_KilledInBetween: after the try is noted and before the message is out.
// It arrives late rather than twice at once.
func TestQueue_KilledInBetween(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	queued(t, a)
	due, err := a.DB.DueMails(a.Clock.Now(), 10)
	if err != nil || len(due) != 1 {
		t.Fatal(len(due), err)
	}
	a.Tx(func(tx *store.Tx) error {
		claimed, err := tx.ClaimMail(due[0].ID, due[0].Tries, a.Clock.Now().Add(5*time.Minute))
		if !claimed {
			t.Error("not claimed")
		}
		return err
	})
	a.Restart()
	if got := a.Post(); len(got) != 0 {
		t.Errorf("%d messages at once, want none while the one before may be on its way", len(got))
	}
	a.Clock.Add(5 * time.Minute)
	if got := a.Post(); len(got) != 1 {
		t.Errorf("%d messages, want one", len(got))
	}
}

func TestQueue_ManySendersSendOnce(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	queued(t, a)
	var running sync.WaitGroup
	for range 20 {
		running.Go(func() {
			if err := a.Site.SendDue(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	running.Wait()
	if got := a.Mail.Messages(); len(got) != 1 {
		t.Errorf("%d messages, want one", len(got))
	}
}

// TestMA03_NoTokenOnTheDisk looks for what was mailed in the bytes of the database:
// while it waits, after it is sent, and after it is given up.
func TestMA03_NoTokenOnTheDisk(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	a.AddUser("alice-canary")
	a.Browser().Post("/forgot", "username", "alice-canary").Redirects(sentPage)
	if strings.Contains(a.Files(), `"Name":"alice-canary"`) {
		t.Error("who forgot a password stands in clear in the queue")
	}
	a.Mail.Refuse(func(string) error { return mailtest.Refusal(451, "later") })
	a.Post()
	queue := a.Files()
	a.Mail.Refuse(nil)
	a.Clock.Add(2 * time.Minute)
	all := a.Post()
	if len(all) != 1 {
		t.Fatalf("%d messages", len(all))
	}
	_, token, _ := strings.Cut(resetPath(t, a, all[0]), "/reset/")
	if len(token) != 43 {
		t.Fatalf("the token is %q", token)
	}
	for when, files := range map[string]string{"while it waits": queue, "afterwards": a.Files()} {
		if strings.Contains(files, token) || strings.Contains(files, "Somebody asked to choose") {
			t.Error(when + " the message stands in clear in the database")
		}
	}
	if strings.Contains(a.Log.String(), token) {
		t.Error("the token is in the log")
	}
	a.Browser().Get("/reset/" + token).Redirects("/reset")
}

// TestMA03_OlderMailOfALinkIsNotSent: its link is dead.
func TestMA03_OlderMailOfALinkIsNotSent(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	a.AddUser("alice")
	a.Mail.Refuse(func(string) error { return mailtest.Refusal(451, "later") })
	for range 2 {
		a.Browser().Post("/forgot", "username", "alice").Redirects(sentPage)
		a.Post()
	}
	a.Mail.Refuse(nil)
	a.Clock.Add(2 * time.Minute)
	all := a.Post()
	if len(all) != 1 {
		t.Fatalf("%d messages, want the newer one alone", len(all))
	}
	a.Browser().Get(resetPath(t, a, all[0])).Redirects("/reset")
}
