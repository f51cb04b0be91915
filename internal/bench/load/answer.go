package load

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// ReadAnswer reads one HTTP/1.1 answer and throws its body away. It reports the
// status and whether the connection can be used again. An answer of a declared
// length is read without allocating; any other goes through net/http.
func ReadAnswer(r *bufio.Reader) (status int, stays bool, err error) {
	head, err := peekHead(r)
	if err != nil {
		return 0, false, err
	}
	length, ok := declaredLength(head)
	if !ok {
		return readAnyAnswer(r)
	}
	status, err = statusOf(head)
	if err != nil {
		return 0, false, err
	}
	stays = !bytes.Contains(head, []byte("\r\nConnection: close\r\n"))
	_, err = r.Discard(len(head) + length)
	return status, stays, err
}

// peekHead returns the answer up to and with the empty line, still unread. The
// slice is good until the next read. A head beyond the reader's buffer is an error.
func peekHead(r *bufio.Reader) ([]byte, error) {
	for want := 1; ; want = r.Buffered() + 1 {
		if want > r.Size() {
			return nil, errors.New("the answer's head is too long")
		}
		if _, err := r.Peek(want); err != nil {
			return nil, err
		}
		seen, err := r.Peek(r.Buffered())
		if err != nil {
			return nil, err
		}
		if end := bytes.Index(seen, []byte("\r\n\r\n")); end >= 0 {
			return seen[:end+4], nil
		}
	}
}

// statusOf reads the number in "HTTP/1.1 200 OK".
func statusOf(head []byte) (int, error) {
	if len(head) < 13 || !bytes.HasPrefix(head, []byte("HTTP/1.1 ")) {
		return 0, fmt.Errorf("not an HTTP/1.1 answer: %.20q", head)
	}
	return strconv.Atoi(string(head[9:12]))
}

// declaredLength finds Content-Length as Go's server spells it. Status 204 and
// 304 have no body whatever it says, so they are left to net/http.
func declaredLength(head []byte) (int, bool) {
	const name = "\r\nContent-Length: "
	at := bytes.Index(head, []byte(name))
	if at < 0 || bytes.HasPrefix(head, []byte("HTTP/1.1 204")) || bytes.HasPrefix(head, []byte("HTTP/1.1 304")) {
		return 0, false
	}
	digits := head[at+len(name):]
	length, err := strconv.Atoi(string(digits[:bytes.IndexByte(digits, '\r')]))
	return length, err == nil && length >= 0
}

// readAnyAnswer reads an answer in whatever form HTTP/1.1 allows.
func readAnyAnswer(r *bufio.Reader) (status int, stays bool, err error) {
	answer, err := http.ReadResponse(r, nil)
	if err != nil {
		return 0, false, err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode, !answer.Close, err
}
