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
