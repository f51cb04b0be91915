package check

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"latchkey/internal/program"
	"latchkey/internal/store"
)

// mail signs in to the mail server, and sends nothing; then it looks at the queue.
func (c *Checker) mail(ctx context.Context, p *program.Program) {
	switch on, err := p.DB.Meta("mail"); {
	case p.Instance.Mail != nil:
		if err := p.Instance.Mail.Try(ctx); err != nil {
			c.add(Finding{ID: "mail", Level: Broken, Says: sentence(err.Error()), Do: "Correct --smtp. Until then, mail waits."})
			break
		}
		c.add(Finding{ID: "mail", Level: Fine, Says: "The mail server " + p.Instance.Mail.Server.String() + " lets us send as " + p.Instance.Mail.From + "."})
	case err == nil && on == "on":
		c.add(Finding{ID: "mail", Level: NotAsked, Says: "The server sends mail, but this command was not told by way of which mail server.",
			Do: "Give --smtp or --smtp-file, or set LATCHKEY_SMTP, as for latchkey serve."})
	default:
		c.add(Finding{ID: "mail", Level: Fine, Says: "No mail server is used. Administrators pass links on themselves."})
	}
	c.queue(p)
}

// maxUnsent is how many messages that could not be sent are counted, 1000.
const maxUnsent = 1000

// queue looks for messages that could not be sent.
func (c *Checker) queue(p *program.Program) {
	unsent, err := p.DB.UnsentMails(maxUnsent)
	if err != nil {
		c.add(Finding{ID: "mail.queue", Level: Broken, Says: sentence(err.Error()), Do: "See what is said of the database."})
		return
	}
	if len(unsent) == 0 {
		c.add(Finding{ID: "mail.queue", Level: Fine, Says: "No message was refused."})
		return
	}
	says := counted(len(unsent), "message was", "messages were") + " refused or given up." + lastAnswer(unsent[0].Answer)
	c.add(Finding{ID: "mail.queue", Level: Weak, Says: says, Do: "See them on the page Settings, Mail, where they can be tried again or removed."})
}

// lagFor is how old the oldest event that waits for a stream may be, 1 hour.
const lagFor = time.Hour

// streams looks at each event stream.
func (c *Checker) streams(p *program.Program) {
	all, err := p.DB.Streams()
	if err == nil && len(all) == 0 {
		c.add(Finding{ID: "stream", Level: Fine, Says: "There are no event streams."})
		return
	}
	var aside map[string]int
	if err == nil {
		aside, err = p.DB.CountDeadLetters()
	}
	for _, s := range all {
		if err == nil {
			err = c.stream(p, s, aside[s.ID])
		}
	}
	if err != nil {
		c.add(Finding{ID: "stream", Level: Broken, Says: sentence(err.Error()), Do: "See what is said of the database."})
	}
}

func (c *Checker) stream(p *program.Program, s store.Stream, aside int) error {
	behind, oldest, err := p.DB.LagOf(s.Cursor)
	if err != nil {
		return err
	}
	const see = "See its page below Settings, Streams."
	fine := true
	switch {
	case s.State == store.StreamFailed:
		fine = false
		c.found("stream.state", s.Name, Broken, see+" Resume it when the other side works again.", "It was given up after %d failures in a row.%s", s.Failures, lastAnswer(s.Answer))
	case s.State == store.StreamPaused:
		fine = false
		c.found("stream.state", s.Name, Weak, see, "It is paused since %s, and %s.", s.StateAt.UTC().Format(time.DateOnly), counted(behind, "event waits", "events wait"))
	case s.Failures > 0:
		fine = false
		c.found("stream.state", s.Name, Weak, see, "It has failed %d times in a row.%s", s.Failures, lastAnswer(s.Answer))
	case behind > 0 && time.Since(oldest.At) > lagFor:
		fine = false
		c.found("stream.lag", s.Name, Weak, "See whether the server runs. "+see, "%s, the oldest since %s.", counted(behind, "event waits", "events wait"), oldest.At.UTC().Format("2 January 2006, 15:04 UTC"))
	}
	if aside > 0 {
		fine = false
		c.found("stream.aside", s.Name, Weak, see+" They can be sent again there.", "%s refused by the other side and set aside.", counted(aside, "event was", "events were"))
	}
	if s.Missed > 0 {
		fine = false
		c.found("stream.missed", s.Name, Weak, "Keep the audit log longer than the stream can be away.", "Retention removed %s before their turn.", counted(s.Missed, "event", "events"))
	}
	if fine {
		c.found("stream", s.Name, Fine, "", "It sends what happens.")
	}
	return nil
}

// lastAnswer is a sentence with what the other side said last, if it said anything.
func lastAnswer(answer string) string {
	if answer == "" {
		return ""
	}
	return " " + sentence("the last answer: "+answer)
}

// counted is a number with its words, of one or of many.
func counted[N int | int64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// versions says what runs here.
func (c *Checker) versions(p *program.Program) {
	schema, err := p.DB.Schema()
	if err != nil {
		c.add(Finding{ID: "version", Level: Broken, Says: sentence(err.Error()), Do: "See what is said of the database."})
		return
	}
	c.add(Finding{ID: "version", Level: Fine, Says: fmt.Sprintf("Latchkey %s, schema %d, %s, SQLite %s.", c.Version, schema, runtime.Version(), store.EngineVersion())})
}
