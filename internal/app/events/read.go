package events

import (
	"encoding/json"
	"fmt"
	"os/signal"
	"syscall"
	"time"

	"latchkey/internal/app/cli"
	"latchkey/internal/audit"
	"latchkey/internal/stream"
	"latchkey/internal/stream/delivery"
)

type readCommand struct {
	streamArgument
	positionFlag
	Partition string `env:"LATCHKEY_EVENTS_PARTITION" placeholder:"N" help:"Only this partition. Default all."`
	Group     string `env:"LATCHKEY_EVENTS_GROUP" placeholder:"NAME" help:"Consumer group of Event Hubs. Default $$Default."`
	Prefetch  int    `env:"LATCHKEY_EVENTS_PREFETCH" placeholder:"N" help:"How many events to ask for ahead. Default 300."`
	Max       int    `env:"LATCHKEY_EVENTS_MAX" placeholder:"N" help:"Stop after so many events."`
	Follow    bool   `env:"LATCHKEY_EVENTS_FOLLOW" help:"Wait for more at the end, until you press Ctrl-C."`
	JSON      bool   `name:"json" env:"LATCHKEY_JSON" help:"Print one JSON object for each event."`
}

// Help shows how it is used.
func (readCommand) Help() string {
	return cli.Examples("events read audit", "events read audit --partition 0 --from latest --follow", "events read audit --from time:2026-11-28T09:00:00Z --max 10 --json")
}

// query checks the flags.
func (c readCommand) query() (q delivery.Query, err error) {
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
func (c readCommand) Run(r *cli.Run) error {
	q, err := c.query()
	if err != nil {
		return err
	}
	p, s, err := c.open(r)
	if err != nil {
		return err
	}
	defer p.Close()
	source, err := stream.OpenSource(p.Instance, s)
	if err != nil {
		return fmt.Errorf("%s: %w", s.Name, err)
	}
	defer source.Close()
	ctx, stop := signal.NotifyContext(r.Ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	show, end := func(int64) {}, func() {}
	if shown, ends := cli.Progress[int64](r, "events read"); shown != nil && r.ToFile() {
		show, end = shown, ends
	}
	n := 0
	err = source.Read(ctx, q, sayBegan(r, q), func(e delivery.Received) error {
		if err := c.print(r, e); err != nil {
			return err
		}
		show(int64(n))
		if n++; n == c.Max {
			return errMax
		}
		return nil
	})
	end()
	if err == errMax {
		err = nil
	}
	return err
}

// sayBegan says when a partition begins later than asked.
func sayBegan(r *cli.Run, q delivery.Query) func(delivery.Began) error {
	return func(b delivery.Began) error {
		if b.Later {
			fmt.Fprintf(r.Stderr, "latchkey: partition %s no longer has %s; it begins with sequence number %d\n", short(b.Partition), q.From, b.Sequence)
		}
		return nil
	}
}

// print prints one event: where it stands, and what it says.
func (c readCommand) print(r *cli.Run, e delivery.Received) error {
	if !c.JSON {
		_, err := fmt.Fprintf(r.Stdout, "partition %s, offset %s, sequence number %d, enqueued %s: %s\n", short(e.Partition), short(e.Offset), e.Sequence,
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
