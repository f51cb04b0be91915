package streams

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/bench/load"
	"latchkey/internal/bench/product"
	"latchkey/internal/bench/report"
	"latchkey/internal/password"
	"latchkey/internal/program"
	"latchkey/internal/store"
	"latchkey/internal/stream"
)

const (
	answerIn = 20 * time.Millisecond // of the other side of the webhook
	fileHz   = 50_000
	hookHz   = 200
	// pageRate is how many signed-in pages a second are asked for beside a stream.
	pageRate = 200
	slower   = 1.3
)

// outbox is a folder whose audit log waits to be sent.
type outbox struct {
	product.Product
	*program.Program
}

// Outbox measures streams from end to end: rows of the audit log to a file and to a webhook, and pages
// while as many drain.
func Outbox(f product.Flags, rows int, lasting time.Duration) (all []report.Row, err error) {
	p, err := f.Make(10, 0)
	defer os.RemoveAll(p.Folder)
	if err != nil {
		return nil, err
	}
	o := outbox{Product: p}
	if o.Program, err = program.Open(context.Background(), p.Folder, program.Options{
		Cost: password.DefaultCost(), Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	o.Instance.StreamNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		time.Sleep(answerIn)
	}))
	defer other.Close()
	for _, w := range []stream.Wish{{Kind: stream.File, Name: "file"}, {Kind: stream.Webhook, Name: "webhook", URL: other.URL}, {Kind: stream.File, Name: "drain"}} {
		if err := o.add(w); err != nil {
			return nil, err
		}
	}
	if err := o.write(rows); err != nil {
		return nil, err
	}
	return o.measure(rows, lasting)
}

// measure takes one kind of destination after the other.
func (o outbox) measure(rows int, lasting time.Duration) (all []report.Row, err error) {
	toFile, err := o.send("file", time.Hour)
	if err != nil {
		return nil, err
	}
	toHook, err := o.send("webhook", lasting)
	if err != nil {
		return nil, err
	}
	pages, err := o.pages(lasting)
	return []report.Row{
		{What: fmt.Sprintf("a stream to a file, %d rows", rows), Measured: fmt.Sprintf("%.0f events/s", toFile), Goal: fmt.Sprintf("≥ %d/s", fileHz), Met: toFile >= fileHz},
		{What: "a stream to a webhook that answers in 20 ms", Measured: fmt.Sprintf("%.0f events/s", toHook), Goal: fmt.Sprintf("≥ %d/s", hookHz), Met: toHook >= hookHz},
		pages,
	}, err
}

// entry is who does it all.
func entry() audit.Entry { return audit.Entry{At: time.Now(), ActorName: "bench"} }

// add adds a stream that is paused.
func (o outbox) add(w stream.Wish) error {
	return o.DB.Tx(context.Background(), func(tx *store.Tx) error {
		id, _, err := stream.Add(o.Instance, tx, entry(), w)
		if err != nil {
			return err
		}
		_, err = stream.Pause(tx, entry(), id, "bench")
		return err
	})
}

// write writes rows as sign-ins do.
func (o outbox) write(rows int) error {
	for done := 0; done < rows; {
		err := o.DB.TxAlone(context.Background(), func(tx *store.Tx) error {
			for range min(10_000, rows-done) {
				e := entry()
				e.Event, e.Result, e.SubjectID, e.SubjectName, e.IP = audit.LoginPassword, audit.ResultOK, fmt.Sprint("bench-", done%1000), "bench", "192.0.2.1"
				e.UserAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
				if err := tx.Audit(e); err != nil {
					return err
				}
				done++
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// resume lets a stream run.
func (o outbox) resume(name string) (id string, err error) {
	s, ok, err := o.DB.StreamByName(name)
	if err != nil || !ok {
		return "", errors.Join(err, fmt.Errorf("there is no stream %s", name))
	}
	return s.ID, o.DB.Tx(context.Background(), func(tx *store.Tx) error {
		_, err := stream.Resume(o.Instance, tx, entry(), s.ID, "bench")
		return err
	})
}

// send runs one stream until it has sent all, or for so long, and returns how many events it sent a
// second.
func (o outbox) send(name string, atMost time.Duration) (perSecond float64, err error) {
	id, err := o.resume(name)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), atMost)
	defer cancel()
	start := time.Now()
	ended := make(chan error, 1)
	go func() { ended <- stream.NewRunner(o.Instance).Run(ctx) }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for behind := int64(1); behind > 0 && ctx.Err() == nil && err == nil; <-tick.C {
		var s store.Stream
		if s, err = o.DB.Stream(id); err == nil {
			behind, _, err = o.DB.LagOf(s.Cursor)
		}
	}
	took := time.Since(start)
	cancel()
	err = errors.Join(err, <-ended)
	s, e := o.DB.Stream(id)
	if err = errors.Join(err, e); err == nil && s.Failures > 0 {
		err = fmt.Errorf("the other side of %s: %s", name, s.Answer)
	}
	if err == nil {
		err = o.DB.Tx(context.Background(), func(tx *store.Tx) error { _, err := stream.Pause(tx, entry(), id, "bench"); return err })
	}
	return float64(s.Sent) / took.Seconds(), err
}

// pages measures signed-in pages of a server that has nothing to do, and then while it sends what
// waits.
func (o outbox) pages(lasting time.Duration) (row report.Row, err error) {
	s, err := o.Start(product.AllCores)
	if err != nil {
		return row, err
	}
	defer s.Stop()
	cookie, err := o.SignIn(s.URL, "bench-0")
	if err != nil {
		return row, err
	}
	look := func() (load.Result, error) {
		return product.Measure("load", "--name=pages", "--connections=8", fmt.Sprint("--rate=", pageRate), "--duration="+lasting.String(), "--header="+cookie, s.URL+"/profile")
	}
	idle, err := look()
	if err != nil {
		return row, err
	}
	id, err := o.resume("drain")
	if err != nil {
		return row, err
	}
	busy, err := look()
	if err != nil {
		return row, err
	}
	drained, err := o.DB.Stream(id)
	if err != nil {
		return row, err
	}
	behind, _, err := o.DB.LagOf(drained.Cursor)
	if err != nil {
		return row, err
	}
	ratio := busy.P99 / idle.P99
	return report.Row{
		What:     "p99 of a signed-in page while a stream sends, against one that is idle",
		Measured: fmt.Sprintf("%.1f ms, %.2f times (%d events sent meanwhile, %d left)", busy.P99, ratio, drained.Sent, behind),
		Goal:     fmt.Sprintf("≤ %.1f times", slower), Met: ratio <= slower && behind > 0,
	}, nil
}
