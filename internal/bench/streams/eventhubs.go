// Package streams measures how fast events leave for other systems.
package streams

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"latchkey/internal/bench/product"
	"latchkey/internal/bench/report"
	"latchkey/internal/stream/delivery"
	"latchkey/internal/stream/eventhubs"
	"latchkey/internal/stream/eventhubstest"
)

// Command measures this alone.
type Command struct {
	product.Flags
	Duration time.Duration `default:"5s" help:"How long each measurement lasts."`
	Rows     int           `default:"1000000" help:"Rows of the audit log that are sent."`
}

// Run measures and prints; missing a goal is an error, after the table.
func (c Command) Run() error {
	return report.Table(func() ([]report.Row, error) {
		rows, err := EventHubs(c.Duration)
		if err != nil {
			return nil, err
		}
		more, err := Outbox(c.Flags, c.Rows, c.Duration)
		return append(rows, more...), err
	})
}

const (
	lanes   = 4
	window  = 500 // what an outbox reads at a time, for all lanes
	body    = 600 // bytes of one event, as those of a sign-in have
	eventHz = 5000
)

// EventHubs sends to the emulator of the tests for some time, and reads all of it back.
func EventHubs(lasting time.Duration) ([]report.Row, error) {
	const sent, back = "Event Hubs: events/s to the emulator", "Event Hubs: events/s back from it"
	hub, err := eventhubstest.Run(eventhubstest.Options{Partitions: lanes})
	if errors.Is(err, eventhubstest.ErrNotInstalled) {
		return []report.Row{{What: sent, Measured: "not measured: " + err.Error()}}, nil
	}
	if err != nil {
		return nil, err
	}
	defer hub.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*lasting+time.Minute)
	defer cancel()
	o := eventhubs.Options{Connection: hub.Connection(), Dial: (&net.Dialer{}).DialContext}
	n, out, err := send(ctx, o, lasting)
	if err != nil {
		return nil, err
	}
	in, err := read(ctx, o, n)
	return []report.Row{
		{
			What: sent, Measured: fmt.Sprintf("%.0f/s in windows of %d, %d partitions", out, window, lanes),
			Goal: fmt.Sprintf("≥ %d/s", eventHz), Met: out >= eventHz,
		},
		{What: back, Measured: fmt.Sprintf("%.0f/s, all %d", in, n)},
	}, err
}

// send sends window after window, each in parallel by lane, as a stream does.
func send(ctx context.Context, o eventhubs.Options, lasting time.Duration) (n int, perSecond float64, err error) {
	d, err := eventhubs.NewDestination(o)
	if err != nil {
		return 0, 0, err
	}
	defer d.Close()
	if _, err := d.Lanes(ctx); err != nil {
		return 0, 0, err
	}
	start := time.Now()
	for time.Since(start) < lasting {
		var wg sync.WaitGroup
		errs := make([]error, lanes)
		for lane := range lanes {
			wg.Go(func() { _, errs[lane] = d.Send(ctx, lane, messages(n+lane*window/lanes)) })
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			return n, 0, err
		}
		n += window
	}
	return n, float64(n) / time.Since(start).Seconds(), nil
}

// messages are those of one lane in a window.
func messages(from int) []delivery.Message {
	all := make([]delivery.Message, window/lanes)
	for i := range all {
		seq := from + i + 1
		text := fmt.Sprintf(`{"type":"login.success","seq":%d,"details":"`, seq)
		text += strings.Repeat("x", body-len(text)-2) + `"}`
		all[i] = delivery.Message{ID: fmt.Sprintf("instance-%d-0123456789", seq), Seq: int64(seq), Type: "login.success", Body: []byte(text)}
	}
	return all
}

// read reads all back, and expects so many.
func read(ctx context.Context, o eventhubs.Options, want int) (perSecond float64, err error) {
	s, err := eventhubs.NewSource(o)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	n, start := 0, time.Now()
	err = s.Read(ctx, delivery.Query{}, func(delivery.Began) error { return nil }, func(delivery.Received) error {
		n++
		return nil
	})
	if err == nil && n != want {
		err = fmt.Errorf("%d of %d events came back", n, want)
	}
	return float64(n) / time.Since(start).Seconds(), err
}
