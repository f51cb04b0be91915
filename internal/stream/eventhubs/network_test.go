package eventhubs

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	eh "github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"

	"latchkey/internal/stream/delivery"
	"latchkey/internal/stream/eventhubstest"
	"latchkey/internal/stream/guard"
)

func TestTLS(t *testing.T) {
	t.Parallel()
	h := eventhubstest.Start(t, eventhubstest.Options{TLS: true})
	known := Options{Connection: h.Connection(), Partition: "0", Roots: h.Roots()}
	if n, err := destination(t, known).Send(t.Context(), 0, messages(1, 3)); n != 3 || err != nil {
		t.Errorf("a known authority: %d, %v", n, err)
	}
	if g := read(t, source(t, known), delivery.Query{}); !slices.Equal(g.sequences("0"), upTo(0, 2)) {
		t.Errorf("a known authority: read %v", g.sequences("0"))
	}
	unknown := known
	unknown.Roots = x509.NewCertPool()
	// The certificate is for the address.
	other := known
	other.Connection = strings.Replace(h.Connection(), "127.0.0.1", "localhost", 1)
	other.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) { return dial(ctx, network, h.Address()) }
	plain := known
	plain.Connection += ";UseDevelopmentEmulator=true"
	for want, o := range map[string]Options{
		"signed by an authority that is not known here": unknown,
		"is for another name":                           other,
		"was lost (the other side closed it)":           plain,
	} {
		n, err := destination(t, o).Send(t.Context(), 0, messages(9, 9))
		if n != 0 || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d, %v, want %q", n, err, want)
		}
	}
	if got := len(h.Stored(0)); got != 3 {
		t.Errorf("%d events are stored", got)
	}
}

// TestST02_EveryConnectionIsDialledByTheGuard: what the guard refuses is not reached, and its
// sentence is what is said.
func TestST02_EveryConnectionIsDialledByTheGuard(t *testing.T) {
	t.Parallel()
	h := eventhubstest.Start(t, eventhubstest.Options{})
	guarded := errors.New("127.0.0.1 is a private address")
	asked := atomic.Int32{}
	for _, connection := range []string{h.Connection(), strings.Replace(h.Connection(), ";UseDevelopmentEmulator=true", "", 1)} {
		o := Options{Connection: connection, Dial: func(_ context.Context, network, address string) (net.Conn, error) {
			if asked.Add(1); network != "tcp" || address != h.Address() {
				t.Errorf("dialled %s %s", network, address)
			}
			return nil, guarded
		}}
		_, err := destination(t, o).Lanes(t.Context())
		if !errors.Is(err, guarded) || !strings.Contains(err.Error(), guarded.Error()) {
			t.Errorf("Lanes: %v", err)
		}
		g := newGot()
		if err := source(t, o).Read(t.Context(), delivery.Query{}, g.onBegan, g.onReceived); !errors.Is(err, guarded) {
			t.Errorf("Read: %v", err)
		}
	}
	if c := h.Counts(); c.Connections != 0 || asked.Load() != 4 {
		t.Errorf("%d connections, the guard was asked %d times", c.Connections, asked.Load())
	}
}

// TestST02_TheGuardBelowTheSDK: an emulator on this machine is reached if the operator allows
// that, and only then.
func TestST02_TheGuardBelowTheSDK(t *testing.T) {
	t.Parallel()
	h := eventhubstest.Start(t, eventhubstest.Options{})
	for _, connection := range []string{h.Connection(), strings.Replace(h.Connection(), "127.0.0.1", "localhost", 1)} {
		_, err := destination(t, Options{Connection: connection, Dial: guard.Dialer{}.DialContext}).Lanes(t.Context())
		if !errors.Is(err, guard.ErrPrivate) || !strings.Contains(err.Error(), "--stream-networks") {
			t.Errorf("Lanes: %v", err)
		}
	}
	allowed := guard.Dialer{Allowed: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	for _, connection := range []string{h.Connection(), strings.Replace(h.Connection(), "127.0.0.1", "localhost", 1)} {
		if n, err := destination(t, Options{Connection: connection, Dial: allowed.DialContext}).Lanes(t.Context()); n != 2 || err != nil {
			t.Errorf("Lanes() = %d, %v", n, err)
		}
	}
}

// TestST04_NothingIsReadWithoutEnd: what was not asked for is not kept.
func TestST04_NothingIsReadWithoutEnd(t *testing.T) {
	t.Parallel()
	here, there := net.Pipe()
	go func() {
		for block := make([]byte, 100); ; {
			if _, err := there.Write(block); err != nil {
				return
			}
		}
	}()
	o := Options{Dial: func(context.Context, string, string) (net.Conn, error) { return here, nil }}
	n := newNetwork(o, Connection{Host: "ns", Emulator: true}, 1000)
	conn, err := n.connect(t.Context(), eh.WebSocketConnParams{})
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 100)
	for i := range 20 {
		if i == 10 {
			n.refill()
		}
		if _, err := conn.Read(block); err != nil {
			t.Fatalf("block %d: %v", i, err)
		}
	}
	if _, err := conn.Read(block); !errors.Is(err, errTooMuch) {
		t.Errorf("too much: %v", err)
	}
	n.close()
	if _, err := conn.Write(block); err == nil {
		t.Error("it is closed, and can be written to")
	}
	if _, err := n.connect(t.Context(), eh.WebSocketConnParams{}); !errors.Is(err, errClosed) {
		t.Errorf("after that: %v", err)
	}
}

// behaving is a server that does with each connection what it is told to.
func behaving(t *testing.T, behave func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				behave(conn)
			}()
		}
	}()
	return "Endpoint=sb://" + l.Addr().String() + ";SharedAccessKeyName=send;SharedAccessKey=secret;EntityPath=audit"
}

// TestST04_StrangersAtTheOtherSide: somebody who says nothing, too much or nonsense.
func TestST04_StrangersAtTheOtherSide(t *testing.T) {
	t.Parallel()
	sent := atomic.Int64{}
	endless := func(first string) func(net.Conn) {
		return func(conn net.Conn) {
			io.WriteString(conn, first)
			for block := make([]byte, 1<<16); ; {
				n, err := conn.Write(block)
				if sent.Add(int64(n)); err != nil {
					return
				}
			}
		}
	}
	for name, behave := range map[string]func(net.Conn){
		"mute":    func(conn net.Conn) { io.Copy(io.Discard, conn) },
		"gone":    func(net.Conn) {},
		"http":    func(conn net.Conn) { io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\n\r\n") },
		"zeros":   endless(""),
		"endless": endless("AMQP\x03\x01\x00\x00\xff\xff\xff\xff"),
	} {
		for _, emulator := range []string{";UseDevelopmentEmulator=true", ""} {
			d := destination(t, Options{Connection: behaving(t, behave) + emulator, Partition: "0"})
			d.producers.patience = 300 * time.Millisecond
			refused := &delivery.Refused{}
			if n, err := d.Send(t.Context(), 0, messages(1, 1)); n != 0 || err == nil || errors.As(err, &refused) {
				t.Errorf("%s %s: %d, %v", name, emulator, n, err)
			}
		}
	}
	// The buffers of the operating system are a few megabytes for each.
	if most := int64(8 * (2*maxAnswer + 8<<20)); sent.Load() > most {
		t.Errorf("%d bytes were sent, more than %d", sent.Load(), most)
	}
}

// TestDestination_LanesAtTheSameTime: with losses in between, everything arrives, and in
// order; only what was on its way may arrive twice.
func TestDestination_LanesAtTheSameTime(t *testing.T) {
	t.Parallel()
	h := eventhubstest.Start(t, eventhubstest.Options{Partitions: 4})
	d := destination(t, Options{Connection: h.Connection()})
	var wg sync.WaitGroup
	for lane := range 4 {
		wg.Go(func() {
			for next := 1; next <= 400; {
				n, err := d.Send(t.Context(), lane, messages(next, next+19))
				if next += n; t.Context().Err() != nil {
					t.Error(err)
					return
				}
				if lane == 0 && next%80 == 1 {
					h.Drop()
				}
				if lane == 1 && next%80 == 1 {
					h.Refuse(1, eventhubstest.Busy)
				}
			}
		})
	}
	wg.Wait()
	for lane := range 4 {
		seen := 0
		for _, seq := range seqs(h, lane) {
			if seq > seen+1 {
				t.Fatalf("lane %d: %d came after %d", lane, seq, seen)
			}
			seen = max(seen, seq)
		}
		if seen != 400 {
			t.Errorf("lane %d ends with %d", lane, seen)
		}
	}
}
