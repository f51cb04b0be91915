package conns

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"testing"
	"time"
)

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

// TestEX01_WhoMakesRoomIsTold: a connection that has to go before its first request arrives gets an
// answer, and the request happens no more. One that was of use is closed, as any that is kept alive
// may be at any time.
func TestEX01_WhoMakesRoomIsTold(t *testing.T) {
	t.Parallel()
	h := openShop(t, "tcp", bounds{1, 100, 100})
	one := h.idle("1.0.1", 1)[0]
	h.served("1.0.1")
	if got := h.ask(one, "/wait"); got != http.StatusServiceUnavailable || len(h.entered) > 0 {
		t.Errorf("who made room got %d, and %d requests of it were taken", got, len(h.entered))
	}
	used := h.dial("2.0.1")
	if got := h.ask(used, "/healthz"); got != http.StatusOK {
		t.Fatalf("answered %d", got)
	}
	soon(t, func() bool { return h.accepted(used) })
	h.served("2.0.1")
	if text, err := io.ReadAll(used); len(text) > 0 || err != nil {
		t.Errorf("one that was kept alive reads %q, %v", text, err)
	}
	close(h.done)
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
