package conns

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latchkey/internal/web/arrival"
)

// shop is a server with few connections. A request for /wait is answered when done is
// closed.
type shop struct {
	t       *testing.T
	l       *connections
	address net.Addr
	entered chan struct{}
	done    chan struct{}
}

func openShop(t *testing.T, network string, b bounds, trusted ...netip.Prefix) *shop {
	t.Helper()
	h := &shop{t: t, entered: make(chan struct{}, 100), done: make(chan struct{})}
	site := http.NewServeMux()
	site.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	site.HandleFunc("GET /wait", func(http.ResponseWriter, *http.Request) { h.entered <- struct{}{}; <-h.done })
	site.HandleFunc("POST /wait", func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body); <-h.done })
	gate, err := arrival.NewGate(&url.URL{Scheme: "http", Host: "localhost:1"}, trusted)
	if err != nil {
		t.Fatal(err)
	}
	address := "127.0.0.1:0"
	if network == "unix" {
		address = filepath.Join(t.TempDir(), "s")
	}
	listener, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	h.l, h.address = limit(listener, gate, b), listener.Addr()
	server, ended := NewServer(site, slog.New(slog.DiscardHandler)), make(chan error, 1)
	go func() { ended <- server.Serve(h.l) }()
	t.Cleanup(func() { server.Close(); <-ended })
	return h
}

// dial connects from an address of this machine, which is the part behind 127.
func (h *shop) dial(from string) net.Conn {
	h.t.Helper()
	var d net.Dialer
	if h.address.Network() == "tcp" {
		d.LocalAddr = &net.TCPAddr{IP: net.ParseIP("127." + from)}
	}
	c, err := d.Dial(h.address.Network(), h.address.String())
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	return c
}

// soon waits until something holds, which takes milliseconds.
func soon(t *testing.T, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !holds(); <-time.After(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it did not come to that")
		}
	}
}

// idle opens connections that ask for nothing, one after the other.
func (h *shop) idle(from string, n int) (all []net.Conn) {
	h.t.Helper()
	for range n {
		c := h.dial(from)
		soon(h.t, func() bool { return h.accepted(c) })
		all = append(all, c)
	}
	return all
}

// accepted reports whether the server has taken this connection in.
func (h *shop) accepted(c net.Conn) bool {
	h.l.mu.Lock()
	defer h.l.mu.Unlock()
	for _, n := range h.l.networks {
		for other := n.idle.first; other != nil; other = other.next {
			if other.RemoteAddr().String() == c.LocalAddr().String() {
				return true
			}
		}
	}
	return false
}

// ask sends a request and returns the status of the answer, 0 if there is none.
func (h *shop) ask(c net.Conn, path string) int {
	h.t.Helper()
	fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: localhost:1\r\n\r\n", path)
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(answer.Body)
	if answer.StatusCode == http.StatusServiceUnavailable && (answer.Header.Get("Retry-After") != refuseFor || !strings.Contains(string(body), "Try again in 5 seconds")) {
		h.t.Errorf("refused with %v %q", answer.Header, body)
	}
	return answer.StatusCode
}

// busy opens connections whose requests are being answered.
func (h *shop) busy(from string, n int) (all []net.Conn) {
	h.t.Helper()
	for range n {
		c := h.dial(from)
		fmt.Fprintf(c, "GET /wait HTTP/1.1\r\nHost: localhost:1\r\n\r\n")
		<-h.entered
		all = append(all, c)
	}
	return all
}

// open counts the connections that the server did not close.
func (h *shop) open(all []net.Conn) (n int) {
	h.t.Helper()
	for _, c := range all {
		c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		if _, err := c.Read(make([]byte, 1)); err != nil && isTimeout(err) {
			n++
		}
	}
	return n
}

func isTimeout(err error) bool { e, ok := err.(net.Error); return ok && e.Timeout() }

func (h *shop) served(from string) {
	h.t.Helper()
	if got := h.ask(h.dial(from), "/healthz"); got != http.StatusOK {
		h.t.Errorf("127.%s got %d", from, got)
	}
}

// TestEX01_IdleConnectionsOfOneNetwork: a client that opens many displaces itself, the
// oldest first; they and somebody else are served.
func TestEX01_IdleConnectionsOfOneNetwork(t *testing.T) {
	t.Parallel()
	h := openShop(t, "tcp", bounds{4, 100, 100})
	friend := h.idle("2.0.1", 1)
	many := h.idle("1.0.1", 10)
	if n := h.open(many); n != 4 || h.open(many[:6]) != 0 {
		t.Errorf("%d are open, want the last 4", n)
	}
	h.served("1.0.1")
	h.served("2.0.1")
	if h.open(friend) != 1 {
		t.Error("somebody else's connection was closed")
	}
}

// TestEX01_KeptAliveConnectionsMakeRoom: a connection that was of use is idle afterwards.
func TestEX01_KeptAliveConnectionsMakeRoom(t *testing.T) {
	t.Parallel()
	h := openShop(t, "tcp", bounds{4, 100, 100})
	var all []net.Conn
	for range 6 {
		c := h.dial("1.0.1")
		if got := h.ask(c, "/healthz"); got != http.StatusOK {
			t.Fatalf("answered %d", got)
		}
		soon(t, func() bool { return h.accepted(c) }) // it is idle again
		fmt.Fprint(c, "GET /healthz HT")              // half a head is no request
		all = append(all, c)
	}
	if n := h.open(all); n != 4 {
		t.Errorf("%d are open, want 4", n)
	}
	fmt.Fprint(all[5], "TP/1.1\r\nHost: localhost:1\r\n\r\n")
	all[5].SetDeadline(time.Now().Add(20 * time.Second))
	if answer, err := http.ReadResponse(bufio.NewReader(all[5]), nil); err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("the rest of the head is answered by %v, %v", answer, err)
	}
}

// TestEX01_BusyConnectionsStay: what is being answered is not cut off by the same network,
// whose next connection is told to come back; a neighbour of the wider network with less
// and a stranger are served.
func TestEX01_BusyConnectionsStay(t *testing.T) {
	t.Parallel()
	h := openShop(t, "tcp", bounds{4, 6, 100})
	busy := h.busy("1.0.1", 4)
	if got := h.ask(h.dial("1.0.1"), "/healthz"); got != http.StatusServiceUnavailable {
		t.Errorf("one too many got %d", got)
	}
	if h.open(busy) != 4 {
		t.Error("a busy connection was cut off")
	}
	idle := h.idle("1.0.2", 2)
	h.served("1.0.3") // in the place of an idle one of 1.0.2
	if n := h.open(idle); n != 1 {
		t.Errorf("%d of 2 idle neighbours are open, want 1", n)
	}
	h.busy("1.0.2", 1)
	h.served("1.0.3") // idle ones of 1.0.2 and of 1.0.3 itself have gone: in the place of a busy one
	h.served("2.0.1")
	close(h.done)
}

// TestEX01_SomebodyElseIsServed: everything is taken, and the network that holds most gives up one.
func TestEX01_SomebodyElseIsServed(t *testing.T) {
	t.Parallel()
	h := openShop(t, "tcp", bounds{6, 100, 10})
	three, six, one := h.idle("3.0.1", 3), h.idle("6.0.1", 6), h.idle("1.0.1", 1)
	h.served("9.0.1")
	if a, b, c := h.open(three), h.open(six), h.open(one); a != 3 || b != 5 || c != 1 {
		t.Errorf("%d, %d and %d are open, want 3, 5 and 1", a, b, c)
	}
	other := openShop(t, "tcp", bounds{6, 100, 10})
	busy, fewer := other.busy("6.0.1", 6), other.busy("4.0.1", 4)
	other.served("9.0.1")
	if a, b := other.open(busy), other.open(fewer); a != 5 || b != 4 {
		t.Errorf("%d and %d busy ones are open, want 5 and 4", a, b)
	}
	close(other.done)
	close(h.done)
}

// TestEX01_ProxiesSpeakForMany: a trusted proxy and a unix socket are bounded by the total
// only, and strangers do not displace them.
func TestEX01_ProxiesSpeakForMany(t *testing.T) {
	t.Parallel()
	h := openShop(t, "tcp", bounds{2, 2, 10}, netip.MustParsePrefix("127.8.0.0/16"))
	proxy := h.idle("8.0.1", 8)
	for _, from := range []string{"1.0.1", "2.0.1", "3.0.1", "3.0.1"} {
		h.idle(from, 1)
	}
	if n := h.open(proxy); n != 8 {
		t.Errorf("strangers displaced %d connections of the proxy", 8-n)
	}
	h.served("8.0.1")
	h.served("4.0.1")
	if n := h.open(h.idle("8.0.1", 12)); n != 10 {
		t.Errorf("%d connections of the proxy alone, want 10", n)
	}
	socket := openShop(t, "unix", bounds{2, 2, 10})
	if n := socket.open(socket.busy("", 8)); n != 8 {
		t.Errorf("%d connections of the socket, want 8", n)
	}
	socket.served("")
	close(h.done)
	close(socket.done)
}

// TestEX01_ConnectionsAreGivenBack: whatever way a connection ends, its place is free.
func TestEX01_ConnectionsAreGivenBack(t *testing.T) {
	t.Parallel()
	h := openShop(t, "tcp", bounds{3, 4, 5})
	close(h.done)
	for i := range 60 {
		c := h.dial(fmt.Sprintf("%d.0.%d", 1+i%3, 1+i%5))
		switch i % 4 {
		case 0:
			h.ask(c, "/healthz")
		case 1:
			fmt.Fprint(c, "nonsense\r\n\r\n")
		case 2:
			h.ask(c, "/wait")
		}
		c.Close()
	}
	soon(t, func() bool {
		h.l.mu.Lock()
		defer h.l.mu.Unlock()
		return h.l.held == 0 && len(h.l.networks) == 0 && len(h.l.wide) == 0
	})
}
