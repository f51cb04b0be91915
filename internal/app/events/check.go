package events

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"latchkey/internal/app/cli"
	"latchkey/internal/audit"
	"latchkey/internal/program"
	"latchkey/internal/store"
	"latchkey/internal/stream"
	"latchkey/internal/stream/delivery"
)

type checkCommand struct {
	streamArgument
	positionFlag
	Group string `env:"LATCHKEY_EVENTS_GROUP" placeholder:"NAME" help:"Consumer group of Event Hubs. Default $$Default."`
}

// Help shows how it is used.
func (checkCommand) Help() string {
	return cli.Examples("events check audit", "events check audit --from time:2026-11-28T00:00:00Z")
}

// Run compares and prints what is wrong; it fails if anything is.
func (c checkCommand) Run(r *cli.Run) error {
	from, err := c.position()
	if err != nil {
		return err
	}
	p, s, err := c.open(r)
	if err != nil {
		return err
	}
	defer p.Close()
	show, end := cli.Progress[int64](r, "events compared")
	f, err := stream.Check(r.Ctx, p.Instance, s, delivery.Query{From: from, Group: c.Group}, 0, show)
	end()
	if err != nil {
		return fmt.Errorf("%s: %w", s.Name, err)
	}
	return report(r, s, from, f)
}

// report prints what is wrong, and is an error if anything is.
func report(r *cli.Run, s store.Stream, from delivery.Position, f stream.Findings) error {
	if f.LaterThanAsked {
		fmt.Fprintf(r.Stderr, "latchkey: %s no longer has all from %s on; what it still has was compared\n", s.Name, from)
	}
	for _, e := range f.Examples {
		fmt.Fprintf(r.Stdout, "%s: event %d, %s, of %s%s\n", e.Verdict, e.Event.Data.Seq, short(e.Event.Type), short(e.Event.Data.At), where(e))
	}
	fmt.Fprintf(r.Stdout, "%d events arrived; %d rows of the audit log should have%s.\n", f.Arrived, f.Expected, rowsOf(f))
	if f.SetAside > 0 {
		fmt.Fprintf(r.Stdout, "%d of them were refused and set aside.\n", f.SetAside)
	}
	if f.OK() {
		_, err := fmt.Fprintln(r.Stdout, "Nothing is missing, doubled, out of order or altered.")
		return err
	}
	var words []string
	for _, v := range stream.Verdicts() {
		if n := f.Counts[v]; n > 0 {
			words = append(words, fmt.Sprintf("%d %s", n, v))
		}
	}
	return errors.New(s.Name + ": " + strings.Join(words, ", "))
}

// shortText bounds what is printed of one field of an event, in characters.
const shortText = 60

// short is text of the other side, or of whoever altered an event there, on a terminal.
func short(s string) string { return audit.CleanText(s, shortText) }

// where says where an event stands, if it arrived.
func where(e stream.Arrival) string {
	if e.Partition == "" {
		return ""
	}
	return fmt.Sprintf(" (partition %s, sequence number %d)", short(e.Partition), e.Sequence)
}

// rowsOf names the rows that were compared.
func rowsOf(f stream.Findings) string {
	if f.To < f.From {
		return ""
	}
	return fmt.Sprintf(", from row %d to row %d", f.From, f.To)
}

type refillCommand struct{ streamArgument }

// Help shows how it is used.
func (refillCommand) Help() string { return cli.Examples("events refill audit") }

// Run refills the audit log. The server must be stopped, and must not have run since the backup was put
// back: its first row would fork the chain.
func (c refillCommand) Run(r *cli.Run) (err error) {
	lock, err := program.LockFolder(r.Data)
	if err != nil {
		return err
	}
	defer lock.Close()
	p, err := r.Open(program.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	s, err := c.find(p)
	if err != nil {
		return err
	}
	show, end := cli.Progress[int64](r, "events read")
	rows, err := stream.Refill(r.Ctx, p.Instance, s, cli.AuditBase(time.Now()), show)
	end()
	if err != nil {
		if rows > 0 {
			fmt.Fprintf(r.Stdout, "%d rows were put back into the audit log.\n", rows)
		}
		return fmt.Errorf("%s: %w", s.Name, err)
	}
	if rows == 0 {
		_, err = fmt.Fprintln(r.Stdout, "The audit log lacks nothing that the stream has.")
		return err
	}
	if err := p.AcceptHead(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(r.Stdout, "%d rows were put back into the audit log. Everyone was signed out, and links and codes from before the backup no longer work.\n", rows)
	return err
}
