package conns

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// shortLines are so many header lines of five bytes, each of another name.
func shortLines(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%c%c:\r\n", 'a'+i/26%26, 'a'+i%26)
	}
	return b.String()
}

// status reads an answer whole.
func status(t *testing.T, answers *bufio.Reader) (int, string) {
	t.Helper()
	answer, err := http.ReadResponse(answers, nil)
	if err != nil {
		return 0, err.Error()
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(answer.Body)
	return answer.StatusCode, string(body)
}

// TestEX01_LinesOfAHead: a head of thousands of short lines costs twenty times its bytes in
// memory while it arrives, so it is refused then, wherever it begins.
func TestEX01_LinesOfAHead(t *testing.T) {
	t.Parallel()
	h := openShop(t, "tcp", bounds{100, 100, 100})
	close(h.done)
	const get = "GET /healthz HTTP/1.1\r\nHost: localhost:1\r\n"
	post := func(body string) string {
		return fmt.Sprintf("POST /wait HTTP/1.1\r\nHost: localhost:1\r\nOrigin: http://localhost:1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	}
	for _, c := range []struct {
		name, sent string
		want       []int
	}{
		{"as many as there may be", get + shortLines(98) + "\r\n", []int{200}},
		{"one more", get + shortLines(99) + "\r\n", []int{431}},
		{"far more, and no end", get + shortLines(600), []int{431}},
		{"lines without a return", strings.ReplaceAll(get+shortLines(600), "\r\n", "\n"), []int{431}},
		{"of one name", get + strings.Repeat("a:\r\n", 600), []int{431}},
		{"folded", get + "X: y\r\n" + strings.Repeat(" \r\n", 600), []int{431}},
		{"behind another request", get + "\r\n" + get + shortLines(600), []int{200, 431}},
		{"whole, behind another request", get + "\r\n" + get + shortLines(600) + "\r\n", []int{200, 431}},
		{"more than one piece behind another request", get + "\r\n" + get + strings.Repeat(shortLines(600), 3), []int{200, 431}},
		{"many small requests at once", strings.Repeat(get+"\r\n", 60), []int{200, 200, 200}},
		{"a form of many lines", post(strings.Repeat("a\r\n", 1000)), []int{200}},
		{"behind a form", post("a=b") + get + shortLines(600), []int{200, 431}},
		{"a request behind a form", post("a=b") + get + "\r\n", []int{200, 200}},
	} {
		conn := h.dial("1.0.1")
		io.WriteString(conn, c.sent)
		answers := bufio.NewReader(conn)
		for i, want := range c.want {
			if got, body := status(t, answers); got != want || got == 431 && body != tooManyLines {
				t.Errorf("%s: answer %d is %d %q, want %d", c.name, i+1, got, body, want)
			}
		}
		conn.Close()
	}
}

// TestEX01_AFormOfManyLinesInOnePiece: what stands behind the head is not counted as one,
// also where the handler takes its time with it.
func TestEX01_AFormOfManyLinesInOnePiece(t *testing.T) {
	t.Parallel()
	var all headLines
	if all.take([]byte("POST / HTTP/1.1\r\nA: b\r\n\r\n" + strings.Repeat("x\n", 500))) {
		t.Error("a form is taken for a head")
	}
	if all.lines != 500 {
		t.Errorf("%d lines behind the head", all.lines)
	}
	for _, piece := range strings.Split(shortLines(101), "") {
		all.take([]byte(piece))
	}
	if all.lines != 601 {
		t.Errorf("%d lines in pieces of one byte, want 601", all.lines)
	}
}

// TestEX01_OneBusyConnectionInEachNetwork: whoever has a /48, or a /24, holds one connection
// in each of its networks; somebody else is served all the same.
func TestEX01_OneBusyConnectionInEachNetwork(t *testing.T) {
	t.Parallel()
	h := openShop(t, "tcp", bounds{2, 4, 8})
	var all []net.Conn
	for _, site := range []string{"1.0", "2.0"} {
		for i := range 4 {
			all = append(all, h.busy(fmt.Sprintf("%s.%d", site, i+1), 1)...)
		}
	}
	h.served("9.0.1")
	if n := h.open(all); n != 7 {
		t.Errorf("%d of the 8 are open, want 7", n)
	}
	close(h.done)
}
