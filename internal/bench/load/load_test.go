package load

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestPercentile_NearestRank(t *testing.T) {
	t.Parallel()
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(i + 1)
	}
	for _, c := range []struct {
		values []time.Duration
		p      int
		want   time.Duration
	}{
		{nil, 99, 0},
		{[]time.Duration{7}, 1, 7},
		{[]time.Duration{1, 2, 3, 4}, 50, 2},
		{[]time.Duration{1, 2, 3}, 50, 2},
		{hundred, 99, 99},
		{hundred, 100, 100},
	} {
		if got := percentile(c.values, c.p); got != c.want {
			t.Errorf("percentile(%v, %d) = %d, want %d", c.values, c.p, got, c.want)
		}
	}
}

func TestReadAnswer_EveryForm(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer string
		status int
		stays  bool
	}{
		"length":     {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", 200, true},
		"empty":      {"HTTP/1.1 303 See Other\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", 303, true},
		"chunked":    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 200, true},
		"no content": {"HTTP/1.1 204 No Content\r\n\r\n", 204, true},
		"closing":    {"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc", 503, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// What follows shows that exactly one answer was read.
			r := bufio.NewReader(strings.NewReader(c.answer + "next"))
			status, stays, err := ReadAnswer(r)
			if err != nil || status != c.status || stays != c.stays {
				t.Fatalf("got %d %v %v, want %d %v", status, stays, err, c.status, c.stays)
			}
			if rest, _ := r.Peek(4); string(rest) != "next" {
				t.Errorf("left %q unread, want what follows the answer", rest)
			}
		})
	}
}

func TestReadAnswer_Broken(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"nothing":       "",
		"cut head":      "HTTP/1.1 200 OK\r\nContent-Le",
		"cut body":      "HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\nabc",
		"not HTTP":      "hello\r\nContent-Length: 0\r\n\r\n",
		"head too long": "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 5000) + "\r\nContent-Length: 0\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if status, _, err := ReadAnswer(bufio.NewReader(strings.NewReader(answer))); err == nil {
				t.Errorf("got status %d, want an error", status)
			}
		})
	}
}

// page answers everything with the same few bytes.
func page() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "a page") })
}

func TestLoad_CountsAnswers(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(page())
	t.Cleanup(s.Close)
	got, err := once(Command{Name: "n", URL: []string{s.URL + "/"}, Connections: 2, Expect: 200})
	if err != nil || got.Name != "n" || got.Count == 0 || got.Errors != 0 || got.P50 <= 0 || got.P99 < got.P50 {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestLoad_AwakeReadsTheSameAnswers(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(page())
	t.Cleanup(s.Close)
	got, err := once(Command{URL: []string{s.URL + "/"}, Connections: 2, Expect: 200, Awake: true})
	if err != nil || got.Count == 0 || got.Errors != 0 {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestLoad_AwakeSeesTheEnd(t *testing.T) {
	t.Parallel()
	ours, theirs := tcpPair(t)
	theirs.Close()
	if n, err := (awake{ours}).Read(make([]byte, 8)); n != 0 || err != io.EOF {
		t.Errorf("read %d, %v, want the end", n, err)
	}
	ours.Close()
	if _, err := (awake{ours}).Read(make([]byte, 8)); err == nil || err == io.EOF {
		t.Errorf("reading a closed connection: %v, want an error", err)
	}
}

// tcpPair returns both ends of a connection.
func tcpPair(t *testing.T) (ours, theirs net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if ours, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if theirs, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ours.Close(); theirs.Close() })
	return ours, theirs
}

func TestLoad_PacedSendsWhatIsDue(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(page())
	t.Cleanup(s.Close)
	got, err := Command{URL: []string{s.URL + "/"}, Connections: 2, Rate: 100, Duration: 100 * time.Millisecond, Expect: 200}.measure()
	if err != nil || got.Count != 10 {
		t.Errorf("got %+v, %v, want 10 answers", got, err)
	}
}

// A server that holds one request up must not look fast because the requests
// behind it were never sent.
func TestLoad_PacedCountsTheWaitInTheQueue(t *testing.T) {
	t.Parallel()
	turns := pace(100, time.Now().Add(-time.Second), time.Now())
	s := httptest.NewServer(page())
	t.Cleanup(s.Close)
	l := Command{URL: []string{s.URL + "/"}}
	address, requests, err := l.prepare()
	if err != nil {
		t.Fatal(err)
	}
	w := &worker{address: address, requests: requests, expect: 200}
	w.run(0, turns, time.Time{}, time.Time{})
	if len(w.seen.Taken) != 100 || w.seen.Taken[0] < time.Second {
		t.Errorf("%d answers, the first after %v, want 100 and at least 1 s", len(w.seen.Taken), w.seen.Taken[0])
	}
}

func TestLoad_WarmUpIsNotCounted(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(page())
	t.Cleanup(s.Close)
	l := Command{URL: []string{s.URL + "/"}}
	address, requests, err := l.prepare()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	w := &worker{address: address, requests: requests, expect: 200}
	w.run(0, pace(100, now.Add(-time.Second), now), now.Add(-time.Second/2), now)
	if len(w.seen.Taken) != 50 || w.seen.Errors != 0 {
		t.Errorf("%d answers and %d errors counted, want the 50 that were due after the warm-up", len(w.seen.Taken), w.seen.Errors)
	}
}

func TestLoad_OtherStatusIsAnError(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(s.Close)
	got, err := once(Command{URL: []string{s.URL + "/"}, Connections: 1, Expect: 200})
	if err != nil || got.Count != 0 || got.Errors == 0 || got.LastError != "status 404" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestLoad_SendsFormAndHeaders(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.RequestURI() != "/login?a=b" ||
			r.PostFormValue("username") != "ada" || r.Header.Get("Cookie") != "a=b; c=d, e" {
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	t.Cleanup(s.Close)
	got, err := once(Command{URL: []string{s.URL + "/login?a=b"}, Header: []string{"Cookie: a=b; c=d, e"}, Form: "username=ada", Connections: 1, Expect: 200})
	if err != nil || got.Count == 0 || got.Errors != 0 {
		t.Errorf("got %+v, %v", got, err)
	}
}

// once measures for as long as it takes to get an answer, which on a busy machine is longer.
func once(c Command) (got Result, err error) {
	for c.Duration = 20 * time.Millisecond; err == nil && got.Count+got.Errors == 0 && c.Duration < time.Minute; c.Duration *= 2 {
		got, err = c.measure()
	}
	return got, err
}

func TestLoad_SpreadOverThirds(t *testing.T) {
	t.Parallel()
	const span = 3 * time.Second
	s := &Sample{}
	for i := range 300 {
		at := time.Duration(i) * span / 300
		s.At, s.Taken = append(s.At, at), append(s.Taken, time.Duration(1+at/time.Second)*time.Millisecond)
	}
	if got := Sum("", []*Sample{s}, span, 0); got.P99Least != 1 || got.P99Most != 3 || got.P99 != 3 {
		t.Errorf("p99 %v, of the thirds %v to %v", got.P99, got.P99Least, got.P99Most)
	}
}

// Connections are spread over the addresses, and ask each for the host of the URL.
func TestLoad_SpreadsOverSeveralAddresses(t *testing.T) {
	t.Parallel()
	var seen [2]atomic.Int64
	var at []string
	for i := range seen {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Host == "people.example:80" {
				seen[i].Add(1)
			}
			page().ServeHTTP(w, r)
		}))
		t.Cleanup(s.Close)
		at = append(at, s.Listener.Addr().String())
	}
	got, err := Command{URL: []string{"http://people.example:80/"}, At: at, Connections: 4, Rate: 200, Duration: 200 * time.Millisecond, Expect: 200}.measure()
	if a, b := seen[0].Load(), seen[1].Load(); err != nil || got.Count != 40 || a+b != 40 || min(a, b) < 4 {
		t.Errorf("%d and %d requests, %+v, %v, want 40 in all and some of each", a, b, got, err)
	}
}
