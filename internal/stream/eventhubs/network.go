package eventhubs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	eh "github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
)

// network is what one client of the SDK has open. All that it dials, it dials here.
//
// The SDK has one place where a connection can be put in: NewWebSocketConn, which is meant
// for AMQP over WebSockets. It speaks plain AMQP on whatever it gets there, so it gets AMQP
// over TLS on port 5671, or over TCP for an emulator, below our own dialer; the guard
// against private networks sits in that. No WebSocket is needed.
type network struct {
	to        Connection
	dial      Dial
	roots     *x509.CertPool
	allowance int64 // bytes from the other side between two calls of refill

	left   atomic.Int64
	mutex  sync.Mutex
	open   map[*watchedConn]struct{}
	closed bool
}

func newNetwork(o Options, to Connection, allowance int64) *network {
	n := &network{to: to, dial: o.Dial, roots: o.Roots, allowance: allowance, open: map[*watchedConn]struct{}{}}
	n.refill()
	return n
}

// refill says that the other side has done something useful.
func (n *network) refill() { n.left.Store(n.allowance) }

var (
	errClosed  = errors.New("it is closed")
	errTooMuch = errors.New("the event hub sends without end, and nothing that was asked for")
)

// connect is called by the SDK.
func (n *network) connect(ctx context.Context, _ eh.WebSocketConnParams) (net.Conn, error) {
	conn, err := n.reach(ctx)
	if err != nil {
		noteFor(ctx, err)
		return nil, err
	}
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if n.closed {
		conn.tcp.Close()
		return nil, errClosed
	}
	n.open[conn] = struct{}{}
	return conn, nil
}

// reach has a deadline of its own, since the SDK also connects to renew a claim, and has
// none then.
func (n *network) reach(ctx context.Context) (*watchedConn, error) {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	conn, err := n.dial(ctx, "tcp", n.to.Address())
	if err != nil {
		return nil, err
	}
	if n.to.Emulator {
		return &watchedConn{Conn: conn, tcp: conn, of: n}, nil
	}
	secure := tls.Client(conn, &tls.Config{ServerName: n.to.Host, RootCAs: n.roots, MinVersion: tls.VersionTLS12})
	if err := secure.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, &handshakeError{err}
	}
	return &watchedConn{Conn: secure, tcp: conn, of: n}, nil
}

// handshakeError says that TLS did not come about.
type handshakeError struct{ err error }

func (e *handshakeError) Error() string { return fmt.Sprintf("TLS: %v", e.err) }
func (e *handshakeError) Unwrap() error { return e.err }

// close cuts every connection, for good.
func (n *network) close() {
	n.mutex.Lock()
	n.closed = true
	open := n.open
	n.open = map[*watchedConn]struct{}{}
	n.mutex.Unlock()
	for conn := range open {
		conn.tcp.Close() // TLS would first say goodbye, and wait for somebody who may not read
	}
}

// watchedConn knows whose it is, and lets no more in than is allowed.
type watchedConn struct {
	net.Conn
	tcp net.Conn // below TLS
	of  *network
}

func (c *watchedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.of.left.Add(-int64(n)) < 0 {
		return n, errTooMuch
	}
	return n, err
}

func (c *watchedConn) Close() error {
	c.of.mutex.Lock()
	delete(c.of.open, c)
	c.of.mutex.Unlock()
	return c.Conn.Close()
}

// note is about one thing that was asked: how long it might take, and why a connection did
// not come about meanwhile. The SDK says only that it did not.
type note struct {
	patience time.Duration
	err      atomic.Pointer[error]
}

type noteKey struct{}

func noteFor(ctx context.Context, err error) {
	if n, ok := ctx.Value(noteKey{}).(*note); ok {
		n.err.Store(&err)
	}
}
