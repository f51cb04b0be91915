package web

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"latchkey/internal/web/bodies"
	"latchkey/internal/web/conns"
	"latchkey/internal/web/cookies"
	"latchkey/internal/web/route"
)

// counter is a server that takes forms at /take, few at a time, and knows that nobody has
// been here before.
type counter struct {
	*testing.T
	site   *Site
	server *httptest.Server
}

func openCounter(t *testing.T, network, all int, trusted ...netip.Prefix) *counter {
	t.Helper()
	s := newSite(t, "http://localhost:1", func(s *Site) {
		take := func(v *Visitor) error {
			_, err := v.Form("a")
			if err != nil {
				return err
			}
			return v.Text("taken\n")
		}
		s.Post("/take", route.Anyone, take)
		for path, access := range map[string]route.Access{"/mine": route.SignedIn, "/fresh": route.Fresh, "/ours": route.Administrator, "/code": route.CodeStage, "/enrol": route.EnrolStage, "/new": route.PasswordStage, "/link": route.LinkStage} {
			s.Post(path, access, take)
		}
	}, trusted...)
	s.bodies = bodies.Within(bodies.Load{Forms: all, Bytes: 1 << 30}, bodies.Load{Forms: network, Bytes: 1 << 30})
	server := httptest.NewUnstartedServer(nil)
	server.Config = conns.NewServer(s, s.Log)
	server.Start()
	t.Cleanup(server.Close)
	return &counter{t, s, server}
}

// slow begins a form for an address and sends half of it.
func (c *counter) slow(path, from string) net.Conn {
	c.Helper()
	conn, err := net.Dial("tcp", c.server.Listener.Addr().String())
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	forwarded := ""
	if from != "" {
		forwarded = "X-Forwarded-For: " + from + "\r\n"
	}
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: localhost:1\r\n%sOrigin: http://localhost:1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 60000\r\n\r\na=%s",
		path, forwarded, strings.Repeat("x", 30000))
	return conn
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

// under waits until n forms are under way.
func (c *counter) under(n int) {
	c.Helper()
	soon(c.T, func() bool {
		now, networks := c.site.bodies.UnderWay()
		return now.Forms == n && (n > 0 || now.Bytes == 0 && networks == 0)
	})
}

// answered is what comes back; status 0 is nothing within the time.
func answered(conn net.Conn, within time.Duration) (status int, head http.Header) {
	conn.SetDeadline(time.Now().Add(within))
	a, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, nil
	}
	io.Copy(io.Discard, a.Body)
	if a.Close {
		a.Header.Set("Connection", "close") // which package http takes out
	}
	return a.StatusCode, a.Header
}

// taken sends a whole form at once.
func (c *counter) taken(from string) {
	c.Helper()
	conn := c.slow("/take", from)
	fmt.Fprint(conn, strings.Repeat("x", 29998))
	if got, _ := answered(conn, 20*time.Second); got != http.StatusOK {
		c.Errorf("a form of %q is answered by %d", from, got)
	}
}

// TestEX01_SlowFormsOfOneNetwork: the oldest are cut off for those that come, with an
// answer that says when to try again, and everybody's own forms are read.
func TestEX01_SlowFormsOfOneNetwork(t *testing.T) {
	t.Parallel()
	c := openCounter(t, 3, 100, netip.MustParsePrefix("127.0.0.0/8"))
	friend := c.slow("/take", "192.0.2.9")
	c.under(1)
	var all []net.Conn
	for i := range 6 {
		all = append(all, c.slow("/take", "2001:db8::"+fmt.Sprint(i+1)))
		c.under(min(i+2, 4))
		if i >= 3 {
			if got, head := answered(all[i-3], 20*time.Second); got != http.StatusServiceUnavailable || head.Get("Retry-After") != "5" || head.Get("Connection") != "close" {
				t.Errorf("form %d was cut off with %d %v", i-3, got, head)
			}
		}
	}
	c.taken("192.0.2.1")
	c.taken("2001:db8::1")
	fmt.Fprint(friend, strings.Repeat("x", 29998))
	if got, _ := answered(friend, 20*time.Second); got != http.StatusOK {
		t.Errorf("somebody else's slow form: %d", got)
	}
}

// TestEX01_SlowFormsOfMany: when there are too many in all, the network with most makes
// room; behind a proxy that does not say for whom it asks only the total holds.
func TestEX01_SlowFormsOfMany(t *testing.T) {
	t.Parallel()
	c := openCounter(t, 3, 6, netip.MustParsePrefix("127.0.0.0/8"))
	var all []net.Conn
	for i, from := range []string{"192.0.2.1", "192.0.2.2", "192.0.2.2", "192.0.2.2", "192.0.2.3", "192.0.2.4"} {
		all = append(all, c.slow("/take", from))
		c.under(i + 1)
	}
	c.taken("192.0.2.5")
	if got, _ := answered(all[1], 20*time.Second); got != http.StatusServiceUnavailable {
		t.Errorf("the oldest of those with most: %d", got)
	}
	if got, _ := answered(all[0], 50*time.Millisecond); got != 0 {
		t.Errorf("another one: %d", got)
	}
	c = openCounter(t, 3, 6, netip.MustParsePrefix("127.0.0.0/8"))
	for i := range 6 {
		c.slow("/take", "")
		c.under(i + 1)
	}
	c.taken("")
	c.taken("192.0.2.5")
}

// TestEX01_BytesOfSlowForms: what counts is what is in memory. Small forms, of which very
// many are sent at once, are not cut off for it.
func TestEX01_BytesOfSlowForms(t *testing.T) {
	t.Parallel()
	const half = 15 * (2 << 10) // in pieces of 2 KiB, of slow's 60,000 bytes
	c := openCounter(t, 1000, 1000, netip.MustParsePrefix("127.0.0.0/8"))
	c.site.bodies = bodies.Within(bodies.Load{Forms: 1000, Bytes: 6 * half}, bodies.Load{Forms: 1000, Bytes: 4 * half})
	var all []net.Conn
	for i := range 6 {
		all = append(all, c.slow("/take", "192.0.2.1"))
		c.holding(min(i+1, 4) * half)
	}
	for i, conn := range all[:2] {
		if got, _ := answered(conn, 20*time.Second); got != http.StatusServiceUnavailable {
			t.Errorf("form %d: %d", i, got)
		}
	}
	c.slow("/take", "192.0.2.2")
	c.holding(5 * half)
	c.slow("/take", "192.0.2.3")
	c.holding(6 * half)
	c.taken("192.0.2.4")
	if got, _ := answered(all[2], 20*time.Second); got != http.StatusServiceUnavailable {
		t.Errorf("the oldest of those with most: %d", got)
	}
	c.holding(4 * half) // the last one was as large as two
}

// holding waits until so many bytes of forms are in memory.
func (c *counter) holding(bytes int) {
	c.Helper()
	soon(c.T, func() bool {
		now, _ := c.site.bodies.UnderWay()
		return now.Bytes == bytes
	})
}

// TestEX01_SlowFormsEnd: a form that does not come is over at the end of its time, and
// a client that goes away gives the place back.
func TestEX01_SlowFormsEnd(t *testing.T) {
	t.Parallel()
	c := openCounter(t, 3, 6)
	if c.server.Config.ReadTimeout > 15*time.Second {
		t.Errorf("a form has %v", c.server.Config.ReadTimeout)
	}
	c.slow("/take", "").Close()
	late := c.slow("/take", "")
	c.under(1)
	late.Close()
	c.under(0)
	server := httptest.NewUnstartedServer(nil)
	server.Config = conns.NewServer(c.site, c.site.Log)
	server.Config.ReadTimeout = 50 * time.Millisecond
	server.Start()
	t.Cleanup(server.Close)
	c.server = server
	if got, head := answered(c.slow("/take", ""), 20*time.Second); got != http.StatusBadRequest || head.Get("Connection") != "close" {
		t.Errorf("a form that is late: %d %v", got, head)
	}
	c.under(0)
}

// TestEX01_FormsOfStrangersAreNotWaitedFor: a request that cannot pass anyhow, or whose form no
// page of ours sent, is answered before the form has come, and nothing of it is kept.
func TestEX01_FormsOfStrangersAreNotWaitedFor(t *testing.T) {
	t.Parallel()
	c := openCounter(t, 3, 6)
	for path, want := range map[string]int{
		"/mine": 303, "/fresh": 303, "/ours": 303, "/code": 303, "/enrol": 303, "/new": 303, "/link": 303, "/nowhere": 404,
		"/mine HTTP/1.1\r\nCookie: latchkey=" + strings.Repeat("x", cookies.TokenLength) + "\r\nX:":                  303,
		"/code HTTP/1.1\r\nCookie: latchkey-pending=" + strings.Repeat("x", cookies.TokenLength) + "\r\nX:":          303,
		"/ours HTTP/1.1\r\nCookie: latchkey-form=" + strings.Repeat("x", cookies.TokenLength) + "; latchkey=1\r\nX:": 303,
		"/take HTTP/1.1\r\nSec-Fetch-Site: cross-site\r\nX:":                                                         403,
		"/take HTTP/1.1\r\nContent-Type: text/plain\r\nX:":                                                           415,
	} {
		got, head := answered(c.slow(path, ""), 2*time.Second)
		if got != want || head.Get("Connection") != "close" {
			t.Errorf("%.60q: %d %v, want %d", path, got, head, want)
		}
	}
	c.under(0)
}
