package conns

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"latchkey/internal/web/arrival"
)

// TestAWholePieceWaitsForWhatComesBehindIt, and for nothing else.
func TestAWholePieceWaitsForWhatComesBehindIt(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	other, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	raw, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	c := &conn{Conn: raw}
	write := func(p string, held bool) {
		t.Helper()
		if n, err := c.Write([]byte(p)); n != len(p) || err != nil || (c.held != nil) != held {
			t.Errorf("%d of %d, %v, held %v", n, len(p), err, c.held != nil)
		}
	}
	arrives := func(p string) {
		t.Helper()
		got := make([]byte, len(p))
		if _, err := io.ReadFull(other, got); err != nil || string(got) != p {
			t.Errorf("%d bytes came, %v", len(got), err)
		}
	}
	a, b := string(bytes.Repeat([]byte("a"), piece)), string(bytes.Repeat([]byte("b"), piece))
	write(a, false) // no answer is under way
	arrives(a)
	c.working.Store(true)
	write(a, true)
	write("end", false)
	arrives(a + "end")
	write(a, true)
	write(b, false)
	write(b, true)
	if err := c.SetWriteDeadline(time.Time{}); err != nil || c.held != nil {
		t.Errorf("%v, held %v", err, c.held != nil)
	}
	arrives(a + b + b)
	write(a, true)
	c.refused.Store(true)
	if n, err := c.Write([]byte("x")); n != 0 || err == nil {
		t.Errorf("a connection that was given away took %d, %v", n, err)
	}
}

// TestAnswersOfEveryLengthArriveWhole over connections that stay open and over those that do not.
func TestAnswersOfEveryLengthArriveWhole(t *testing.T) {
	t.Parallel()
	base, err := url.Parse("http://127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	gate, err := arrival.NewGate(base, nil)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.FormValue("n"))
		if r.FormValue("chunked") == "" {
			w.Header().Set("Content-Length", strconv.Itoa(n))
		}
		w.Write(bytes.Repeat([]byte("x"), n))
	}), slog.New(slog.DiscardHandler))
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(Limit(raw, gate)) }()
	defer func() { s.Close(); <-ended }()
	for n := 3700; n < 4200; n++ { // with its head, a piece is among them
		for _, how := range []string{"", "&chunked=1"} {
			r, err := http.NewRequest(http.MethodGet, "http://"+raw.Addr().String()+"/?n="+strconv.Itoa(n)+how, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Close = n%7 == 0
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(answer.Body)
			answer.Body.Close()
			if err != nil || len(body) != n {
				t.Fatalf("%d bytes%s: %d, %v", n, how, len(body), err)
			}
		}
	}
}
