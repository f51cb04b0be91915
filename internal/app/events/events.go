// Package events are the commands that show, read back and check event streams.
package events

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"latchkey/internal/app/cli"
	"latchkey/internal/program"
	"latchkey/internal/store"
	"latchkey/internal/stream/delivery"
)

// Commands are those that begin with events.
type Commands struct {
	Status statusCommand `cmd:"" help:"Show how far each event stream is."`
	Read   readCommand   `cmd:"" help:"Print what arrived in an event stream."`
	Check  checkCommand  `cmd:"" help:"Compare what arrived in an event stream with the audit log."`
	Refill refillCommand `cmd:"" help:"After an older backup was restored, put the rows that the audit log lacks back from an event stream."`
}

// streamArgument names a stream.
type streamArgument struct {
	Stream string `arg:"" help:"Name of the event stream, or its id."`
}

// open opens the folder for reading, with the stream. The caller closes it.
func (a streamArgument) open(r *cli.Run) (*program.Program, store.Stream, error) {
	p, err := r.OpenReading(false)
	if err != nil {
		return nil, store.Stream{}, err
	}
	s, err := a.find(p)
	if err != nil {
		return nil, s, errors.Join(err, p.Close())
	}
	return p, s, nil
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
	From string `default:"earliest" env:"LATCHKEY_EVENTS_FROM" placeholder:"POSITION" help:"Where to begin: earliest, latest, offset:N (behind it), sequence:N (with it) or time:2026-11-28T09:00:00Z."`
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
