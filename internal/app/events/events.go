// Package events are the commands that show, read back and check event streams.
package events

import (
	"encoding/json"
	"fmt"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"latchkey/internal/app/cli"
	"latchkey/internal/audit"
	"latchkey/internal/program"
	"latchkey/internal/store"
	"latchkey/internal/stream"
	"latchkey/internal/stream/delivery"
)

// Commands are those that begin with events.
type Commands struct {
	Status eventsStatusCommand `cmd:"" help:"Show how far each event stream is."`
	Read   eventsReadCommand   `cmd:"" help:"Print what arrived in an event stream."`
	Check  eventsCheckCommand  `cmd:"" help:"Compare what arrived in an event stream with the audit log."`
	Refill eventsRefillCommand `cmd:"" help:"After an older backup was restored, put the rows that the audit log lacks back from an event stream."`
}

type eventsStatusCommand struct {
	JSON bool `name:"json" env:"LATCHKEY_JSON" help:"Print a JSON array."`
}

// Help shows how it is used.
func (eventsStatusCommand) Help() string {
	return cli.Examples("events status", "events status --json")
}

// shownStream is a stream as the commands print it.
type shownStream struct {
	Name     string `json:"name"`
	Kind     string `json:"kind"`
	Address  string `json:"address"`
	State    string `json:"state"`
	Behind   int64  `json:"behind"`
	Oldest   string `json:"oldest"` // when the oldest event happened that waits
	Sent     int64  `json:"sent"`
	SentAt   string `json:"sent_at"`
	SetAside int    `json:"set_aside"`
	Missed   int64  `json:"missed"`
	Failures int    `json:"failures"`
	Answer   string `json:"last_answer"`
	ID       string `json:"id"`
}

// Run prints all streams, those in trouble first.
func (c eventsStatusCommand) Run(r *cli.Run) error {
	p, err := r.OpenReading(false)
	if err != nil {
		return err
	}
	defer p.Close()
	all, err := p.DB.Streams()
	if err != nil {
		return err
	}
	aside, err := p.DB.CountDeadLetters()
	if err != nil {
		return err
	}
	shown := make([]shownStream, len(all))
	for i, s := range all {
		behind, oldest, err := p.DB.LagOf(s.Cursor)
		if err != nil {
			return err
		}
		shown[i] = shownStream{Name: s.Name, Kind: s.Kind, Address: s.Address, State: string(s.State), Behind: behind, Oldest: cli.Stamp(oldest.At), Sent: s.Sent,
			SentAt: cli.Stamp(s.SentAt), SetAside: aside[s.ID], Missed: s.Missed, Failures: s.Failures, Answer: s.Answer, ID: s.ID}
	}
	if c.JSON {
		return r.JSONLine(shown)
	}
	if len(shown) == 0 {
		_, err := fmt.Fprintln(r.Stdout, "There are no event streams. Add one under Settings, Streams.")
		return err
	}
	w := r.Table()
	fmt.Fprintln(w, "NAME\tKIND\tSTATE\tBEHIND\tSENT\tLAST SENT\tSET ASIDE\tLAST ANSWER")
	for _, s := range shown {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%s\t%d\t%s\n", s.Name, s.Kind, s.State, s.Behind, s.Sent, s.SentAt, s.SetAside, s.Answer)
	}
	return w.Flush()
}

// streamArgument names a stream.
type streamArgument struct {
	Stream string `arg:"" help:"Name of the event stream, or its id."`
}

// find returns the stream.
func (a streamArgument) find(p *program.Program) (store.Stream, error) {
	s, ok, err := p.DB.StreamByName(a.Stream)
	if err != nil || ok {
		return s, err
	}
	if s, err = p.DB.Stream(a.Stream); err != nil {
		return s, fmt.Errorf("there is no event stream %q; latchkey events status lists them", a.Stream)
	}
	return s, nil
}

// positionFlag is where reading begins.
type positionFlag struct {
	From string `default:"earliest" env:"LATCHKEY_FROM" placeholder:"POSITION" help:"Where to begin: earliest, latest, offset:N (behind it), sequence:N (with it) or time:2026-11-28T09:00:00Z."`
}

// position reads the flag.
func (f positionFlag) position() (p delivery.Position, err error) {
	kind, value, has := strings.Cut(f.From, ":")
	p.Origin = delivery.Origin(kind)
	switch {
	case (p.Origin == delivery.Earliest || p.Origin == delivery.Latest) && !has:
		return p, nil
	case p.Origin == delivery.Offset && value != "":
		p.Offset = value
		return p, nil
	case p.Origin == delivery.Sequence:
		if p.Sequence, err = strconv.ParseInt(value, 10, 64); err == nil && p.Sequence >= 0 {
			return p, nil
		}
	case p.Origin == delivery.Time:
		if p.Time, err = time.Parse(time.RFC3339, value); err == nil {
			return p, nil
		}
	}
	return p, cli.UsageError(fmt.Errorf("--from: %q is neither earliest, latest, offset:N, sequence:N nor time: and a time such as 2026-11-28T09:00:00Z", f.From))
}

type eventsReadCommand struct {
	streamArgument
	positionFlag
	Partition string `env:"LATCHKEY_PARTITION" placeholder:"N" help:"Only this partition. Default all."`
	Group     string `env:"LATCHKEY_GROUP" placeholder:"NAME" help:"Consumer group of Event Hubs. Default $$Default."`
	Prefetch  int    `env:"LATCHKEY_PREFETCH" placeholder:"N" help:"How many events to ask for ahead. Default 300."`
	Max       int    `env:"LATCHKEY_MAX" placeholder:"N" help:"Stop after so many events."`
	Follow    bool   `env:"LATCHKEY_FOLLOW" help:"Wait for more at the end, until you press Ctrl-C."`
	JSON      bool   `name:"json" env:"LATCHKEY_JSON" help:"Print one JSON object for each event."`
}

// Help shows how it is used.
func (eventsReadCommand) Help() string {
	return cli.Examples("events read audit", "events read audit --partition 0 --from latest --follow", "events read audit --from time:2026-11-28T09:00:00Z --max 10 --json")
}

// query checks the flags.
func (c eventsReadCommand) query() (q delivery.Query, err error) {
	if q.From, err = c.position(); err != nil {
		return q, err
	}
	if c.Max < 0 || c.Prefetch < 0 {
		return q, cli.UsageError(fmt.Errorf("--max and --prefetch are numbers from 0 on"))
	}
	q.Partition, q.Group, q.Prefetch, q.Follow = c.Partition, c.Group, c.Prefetch, c.Follow
	return q, nil
}

// errMax ends reading after --max events.
var errMax = fmt.Errorf("enough")

// Run prints what arrives until the stream ends.
func (c eventsReadCommand) Run(r *cli.Run) error {
	q, err := c.query()
	if err != nil {
		return err
	}
	p, err := r.OpenReading(false)
	if err != nil {
		return err
	}
	defer p.Close()
	s, err := c.find(p)
	if err != nil {
		return err
	}
	source, err := stream.OpenSource(p.Instance, s)
	if err != nil {
		return fmt.Errorf("%s: %w", s.Name, err)
	}
	defer source.Close()
	ctx, stop := signal.NotifyContext(r.Ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	n := 0
	err = source.Read(ctx, q, sayBegan(r, q), func(e delivery.Received) error {
		if err := c.print(r, e); err != nil {
			return err
		}
		if n++; n == c.Max {
			return errMax
		}
		return nil
	})
	if err == errMax {
		err = nil
	}
	return err
}

// sayBegan says when a partition begins later than asked.
func sayBegan(r *cli.Run, q delivery.Query) func(delivery.Began) error {
	return func(b delivery.Began) error {
		if b.Later {
			fmt.Fprintf(r.Stderr, "latchkey: partition %s no longer has %s; it begins with sequence number %d\n", b.Partition, q.From, b.Sequence)
		}
		return nil
	}
}

// print prints one event: where it stands, and what it says.
func (c eventsReadCommand) print(r *cli.Run, e delivery.Received) error {
	if !c.JSON {
		_, err := fmt.Fprintf(r.Stdout, "partition %s, offset %s, sequence number %d, enqueued %s: %s\n", e.Partition, e.Offset, e.Sequence,
			e.Enqueued.UTC().Format("2006-01-02T15:04:05.000Z07:00"), audit.CleanText(string(e.Body), len(e.Body)))
		return err
	}
	body := json.RawMessage(e.Body)
	if !json.Valid(body) {
		body, _ = json.Marshal(string(e.Body)) // a text always encodes
	}
	return r.JSONLine(struct {
		Partition string          `json:"partition"`
		Offset    string          `json:"offset"`
		Sequence  int64           `json:"sequence_number"`
		Enqueued  time.Time       `json:"enqueued_time"`
		Event     json.RawMessage `json:"event"`
	}{e.Partition, e.Offset, e.Sequence, e.Enqueued.UTC(), body})
}
