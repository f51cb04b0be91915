package apptest

import (
	"context"
	"time"

	"latchkey/internal/bulk"
	"latchkey/internal/mail/mailtest"
	"latchkey/internal/setup"
	"latchkey/internal/store"
	"latchkey/internal/stream"
)

// SetupCode makes a new set-up code, as the server prints at start.
func (a *App) SetupCode() (code string) {
	a.TB.Helper()
	a.Tx(func(tx *store.Tx) (err error) {
		code, err = setup.NewCode(tx, a.Clock.Now())
		return err
	})
	return code
}

// Post sends the mail that waits, as the server does by itself, and returns what
// has been caught since the start.
func (a *App) Post() []mailtest.Message {
	a.TB.Helper()
	a.must(a.Site.SendDue(context.Background()))
	return a.Mail.Messages()
}

// RunBulk finishes the actions on many users that are under way, as the server does by
// itself.
func (a *App) RunBulk() {
	a.TB.Helper()
	a.must(bulk.Run(context.Background(), a.Site.Instance))
}

// RunBulkSlice does the next piece of that work only.
func (a *App) RunBulkSlice() {
	a.TB.Helper()
	_, err := bulk.Slice(context.Background(), a.Site.Instance)
	a.must(err)
}

// SendEvents sends what event streams have to send, until this one is up to date.
func (a *App) SendEvents(id string) {
	a.TB.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- stream.NewRunner(a.Site.Instance).Run(ctx) }()
	for tick := time.Tick(10 * time.Millisecond); ; {
		s, err := a.DB.Stream(id)
		a.must(err)
		behind, _, err := a.DB.LagOf(s.Cursor)
		a.must(err)
		if behind == 0 {
			break
		}
		select {
		case <-tick:
		case <-ctx.Done():
			a.TB.Fatal("the stream does not catch up")
		}
	}
	cancel()
	a.must(<-ended)
}
