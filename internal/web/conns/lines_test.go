package conns

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/internal/web/arrival"
)

// TestWE01_LinesAreInEveryHead: once, in whatever way the answer is sent, and nowhere in a page.
func TestWE01_LinesAreInEveryHead(t *testing.T) {
	t.Parallel()
	headers := NewHeaders(map[string]string{"X-Two": "two", "X-One": "1"})
	site := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		headers.Set(r, w.Header())
		if len(w.Header()) > 0 {
			t.Error("not a connection of ours")
		}
		switch r.URL.Path {
		case "/nothing":
		case "/long":
			for range 100 {
				io.WriteString(w, strings.Repeat("X-One: 1\r\n", 100))
			}
		case "/form":
			io.Copy(w, r.Body)
		case "/error":
			http.Error(w, "no", http.StatusTeapot)
		case "/flushed":
			w.(http.Flusher).Flush()
			io.WriteString(w, "later")
		case "/early":
			w.WriteHeader(http.StatusEarlyHints)
			io.WriteString(w, "page")
		default:
			io.WriteString(w, "page")
		}
	})
	gate, err := arrival.NewGate(&url.URL{Scheme: "http", Host: "localhost:1"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, ended := NewServer(site, slog.New(slog.DiscardHandler)), make(chan error, 1)
	go func() { ended <- server.Serve(Limit(raw, gate)) }()
	t.Cleanup(func() { server.Close(); <-ended })
	c, err := net.Dial("tcp", raw.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(20 * time.Second))
	answers := bufio.NewReader(c)
	for _, request := range []string{
		"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /long HTTP/1.1\r\nHost: a\r\n\r\n", "GET /error HTTP/1.1\r\nHost: a\r\n\r\n", "GET /flushed HTTP/1.1\r\nHost: a\r\n\r\n", "GET /early HTTP/1.1\r\nHost: a\r\n\r\n",
		"POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nX-One",
		"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.0\r\nHost: a\r\n\r\n",
	} {
		fmt.Fprint(c, request)
		for range strings.Count(request, "Host: a") {
			method, _, _ := strings.Cut(request, " ")
			answer, err := http.ReadResponse(answers, &http.Request{Method: method})
			for err == nil && answer.StatusCode < 200 {
				if len(answer.Header["X-One"])+len(answer.Header["X-Two"]) > 0 {
					t.Errorf("%q: lines before the answer: %v", request, answer.Header)
				}
				answer, err = http.ReadResponse(answers, &http.Request{Method: method})
			}
			if err != nil {
				t.Fatalf("%q: %v", request, err)
			}
			page, err := io.ReadAll(answer.Body)
			if err != nil || strings.Count(string(page), "X-Two") > 0 {
				t.Errorf("%q: %v, the page is %d bytes", request, err, len(page))
			}
			if strings.Contains(request, "/long") && len(page) != 100*100*len("X-One: 1\r\n") {
				t.Errorf("%q: %d bytes of the page", request, len(page))
			}
			if one, two := answer.Header["X-One"], answer.Header["X-Two"]; len(one) != 1 || one[0] != "1" || len(two) != 1 || two[0] != "two" {
				t.Errorf("%q: %v", request, answer.Header)
			}
		}
	}
}
