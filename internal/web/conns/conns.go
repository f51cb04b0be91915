package conns

import (
	"io"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"latchkey/internal/auth"
	"latchkey/internal/web/arrival"
)

const (
	// maxConnections is how many connections may be open at once: 1,024, or half of the
	// files that the process may open where that is less. One takes 12 KB while it waits and
	// 30 KB while a form arrives, so all of them stay near 30 MB. When all are taken, one
	// that asks for nothing makes room for the next.
	//
	//limit:connections Open connections, all together
	maxConnections = 1024
	// maxWideConnections is how many of them may come from one IPv4 /24 or IPv6 /48: 768,
	// since one customer may have a whole /48.
	//
	//limit:connections Open connections from one wider network
	maxWideConnections = 768
	// maxNetworkConnections is how many of them may come from one network, which is an IPv4
	// address or an IPv6 /64: 512, for an office that shares one address. Connections of
	// trusted proxies and of a unix socket belong to many people, so only the bound of all
	// holds for them.
	//
	//limit:connections Open connections from one network
	maxNetworkConnections = 512
	// refuseFor is how long, in seconds, somebody who found no room is asked to wait.
	refuseFor = "5"
	// maxRefusing is how many of them at once are waited for until they have read that, a
	// second at most: 32, or a quarter of all connections where that is less.
	maxRefusing = 32
)

// bounds are how many of a thing there may be: of one network, of the wider network
// around it, and in all. Only tests have others than those above.
type bounds struct{ network, wide, all int }

// Limit returns a listener that hands out connections within the bounds.
//
// Where a bound is reached, the oldest connection that asks for nothing is closed for the
// new one: it was opened and no request came, and is told to come back, or it waits for the next
// one. It is taken
// from the network that holds most, so that a client that opens thousands displaces itself
// and somebody else is always served (EX-01). If every connection is busy, the oldest of
// a network, or of a wider network, that holds more than the newcomer's goes; if there is
// none, the newcomer is told to come back.
func Limit(l net.Listener, gate *arrival.Gate) net.Listener {
	b := bounds{maxNetworkConnections, maxWideConnections, maxConnections}
	var files syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files) == nil && files.Cur/2 < maxConnections {
		b.all = int(files.Cur / 2)
	}
	return limit(l, gate, b)
}

func limit(l net.Listener, gate *arrival.Gate, b bounds) *connections {
	return &connections{Listener: l, gate: gate, bounds: b, refusing: make(chan struct{}, min(maxRefusing, 1+b.all/4)), networks: map[netip.Prefix]*network{}, wide: map[netip.Prefix]int{}}
}

// connections are those that are open. It is safe for concurrent use.
type connections struct {
	net.Listener
	bounds
	gate *arrival.Gate // knows the trusted proxies

	refusing chan struct{}

	mu       sync.Mutex
	held     int
	wide     map[netip.Prefix]int
	networks map[netip.Prefix]*network
}

// network is who holds some of them. The zero prefix stands for the trusted proxies and
// the unix socket.
type network struct {
	key, wide netip.Prefix
	held      int
	// idle and busy begin with the one that has been so for the longest time.
	idle, busy ring
}

func (n *network) shared() bool { return !n.key.IsValid() }

// Accept waits for the next connection that there is room for.
func (l *connections) Accept() (net.Conn, error) {
	for {
		raw, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		c, dropped := l.admit(raw)
		switch {
		case dropped == nil:
		case dropped.refused.Load():
			l.refuse(dropped.Conn)
		default:
			dropped.Conn.Close()
		}
		if c != nil {
			return c, nil
		}
		l.refuse(raw)
	}
}

// refuse says why, and lets the other side read it unless there are too many.
func (l *connections) refuse(raw net.Conn) {
	const text = "There are too many connections at the moment. Try again in " + refuseFor + " seconds.\n"
	raw.SetDeadline(time.Now().Add(time.Second))
	raw.Write([]byte("HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n" +
		"Retry-After: " + refuseFor + "\r\nConnection: close\r\n\r\n" + text))
	select {
	case l.refusing <- struct{}{}:
		go func() {
			defer func() { <-l.refusing }()
			defer raw.Close()
			if half, ok := raw.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
				io.Copy(io.Discard, raw) // closing with something unread would take the answer back
			}
		}()
	default:
		raw.Close()
	}
}

// admit takes a new connection in, or returns nil. The one that it displaced, if any, is
// not counted any more and is to be closed.
func (l *connections) admit(raw net.Conn) (c, dropped *conn) {
	key, wide := l.networkOf(raw)
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.networks[key]
	if n == nil {
		n = &network{key: key, wide: wide}
	}
	if full, among := l.full(n); full {
		if dropped = l.victim(n, among); dropped == nil {
			return nil, nil
		}
		l.release(dropped)
		dropped.refused.Store(!dropped.asked)
	}
	c = &conn{Conn: raw, all: l, of: n}
	l.networks[key] = n // it may have gone with its last connection
	n.held++
	l.wide[n.wide]++
	l.held++
	n.idle.add(c)
	return c, dropped
}

// networkOf is whose connection this is.
func (l *connections) networkOf(raw net.Conn) (key, wide netip.Prefix) {
	p := arrival.PeerAt(raw.LocalAddr(), raw.RemoteAddr().String())
	if l.gate.IsTrusted(p) || !p.Addr().IsValid() {
		return key, wide
	}
	return auth.Networks(p.Addr())
}

// full reports whether the network's next connection goes beyond a bound, and among
// which networks room can be made.
func (l *connections) full(n *network) (full bool, among func(*network) bool) {
	switch {
	case !n.shared() && n.held >= l.bounds.network:
		return true, func(other *network) bool { return other == n }
	case !n.shared() && l.wide[n.wide] >= l.bounds.wide:
		return true, func(other *network) bool { return other.wide == n.wide && !other.shared() }
	case l.held >= l.bounds.all:
		return true, func(*network) bool { return true }
	}
	return false, nil
}

// victim is the connection that makes room for one of network n.
func (l *connections) victim(n *network, among func(*network) bool) *conn {
	var waiting, working, proxies *network
	for _, other := range l.networks {
		if !among(other) {
			continue
		}
		switch {
		case other.shared():
			proxies = other
			continue
		case other.idle.first != nil && other.before(waiting, func(n *network) *conn { return n.idle.first }):
			waiting = other
		}
		if other.busy.first != nil && other.before(working, func(n *network) *conn { return n.busy.first }) {
			working = other
		}
	}
	switch {
	case waiting != nil:
		return waiting.idle.first
	case proxies != nil && proxies.idle.first != nil:
		return proxies.idle.first
	case working != nil && working.held > n.held+1:
		return working.busy.first
	case !n.shared():
		return l.fromWidest(n)
	}
	return nil
}

// fromWidest is the oldest busy connection of the wider network that holds most, if that is
// more than the newcomer's: whoever has a whole /48 can hold one in each of its networks.
func (l *connections) fromWidest(n *network) (oldest *conn) {
	most := l.wide[n.wide] + 1
	for _, other := range l.networks {
		c, held := other.busy.first, l.wide[other.wide]
		if c == nil || other.shared() || held <= l.wide[n.wide]+1 {
			continue
		}
		if held > most || held == most && c.since.Before(oldest.since) {
			oldest, most = c, held
		}
	}
	return oldest
}

// before reports whether this network gives a connection up before the other, which may
// be nil: it holds more, or as many and an older one.
func (n *network) before(other *network, oldest func(*network) *conn) bool {
	return other == nil || n.held > other.held || n.held == other.held && oldest(n).since.Before(oldest(other).since)
}

// release counts a connection no more. l.mu is held.
func (l *connections) release(c *conn) {
	if c.gone {
		return
	}
	c.gone = true
	c.in.remove(c)
	l.held--
	if l.wide[c.of.wide]--; l.wide[c.of.wide] == 0 {
		delete(l.wide, c.of.wide)
	}
	if c.of.held--; c.of.held == 0 {
		delete(l.networks, c.of.key)
	}
}
