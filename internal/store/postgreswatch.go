package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// silence is how long a server may say nothing to a statement before it is asked whether it
	// is still there, again and again.
	silence = 5 * time.Second
	// answerWithin is how long it has to answer that.
	answerWithin = 2 * time.Second
)

// errSilent is the error of a statement whose server answers nobody any more.
var errSilent = errors.New("the server of the database does not answer")

// errLost is the error of a statement whose connection broke. It does not say that a context is
// over, because that of the caller is not.
type errLost struct{ cause string }

// Error is what broke it.
func (e *errLost) Error() string { return "the connection to the database broke: " + e.cause }

// watched returns a context for a statement on conn, which ends as well when the server stops
// answering: an export may take hours, and a server that was stopped, or whose machine is gone,
// looks like one that is at work.
func watched(ctx context.Context, conn *pgx.Conn) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	server := conn.PgConn().Conn().RemoteAddr()
	var timer atomic.Pointer[time.Timer]
	timer.Store(time.AfterFunc(silence, func() {
		if ctx.Err() != nil {
			return
		}
		if !answers(ctx, server) {
			cancel(errSilent)
		} else if t := timer.Load(); t != nil {
			t.Reset(silence)
		}
	}))
	return ctx, func() { timer.Load().Stop(); cancel(nil) }
}

// answers asks the server whether it speaks TLS, which every one answers before it knows who asks
// (PostgreSQL, protocol flow, SSL session encryption). What it says does not matter.
func answers(ctx context.Context, server net.Addr) bool {
	ctx, done := context.WithTimeout(ctx, answerWithin)
	defer done()
	conn, err := new(net.Dialer).DialContext(ctx, server.Network(), server.String())
	if err != nil {
		return ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded) // nobody waits any more
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(answerWithin))
	_, err = conn.Write([]byte{0, 0, 0, 8, 4, 210, 22, 47})
	if err == nil {
		_, err = io.ReadFull(conn, make([]byte, 1))
	}
	return err == nil
}

// told says of the error of a watched statement that it was the server which was silent, or the
// caller who stopped waiting, where it was so.
func told(ctx context.Context, err error) error {
	switch cause := context.Cause(ctx); {
	case err == nil || cause == nil:
		return err
	case cause == errSilent:
		return &errLost{errSilent.Error()}
	case !errors.Is(err, cause):
		return fmt.Errorf("%w: %w", cause, err)
	}
	return err
}
