package events

import (
	"fmt"

	"latchkey/internal/app/cli"
)

type statusCommand struct {
	JSON bool `name:"json" env:"LATCHKEY_JSON" help:"Print a JSON array."`
}

// Help shows how it is used.
func (statusCommand) Help() string { return cli.Examples("events status", "events status --json") }

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
func (c statusCommand) Run(r *cli.Run) error {
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
