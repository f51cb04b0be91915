package binary

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// patience is how long an answer may take on a machine that does other things as well.
const patience = 30 * time.Second

// Answer is what the server answered to one request. The zero value is no answer: the
// connection ended without one.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// To is where the answer leads, or "".
func (a Answer) To() string { return a.Header.Get("Location") }

// ReadAnswer reads one answer. Method is what was asked with.
func ReadAnswer(r *bufio.Reader, method string) (Answer, error) {
	answer, err := http.ReadResponse(r, &http.Request{Method: method})
	if err != nil {
		return Answer{}, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return Answer{answer.StatusCode, answer.Header, string(body)}, err
}

// method is the first word of a request.
func method(request []byte) string {
	name, _, _ := bytes.Cut(request, []byte(" "))
	return string(name)
}

// Ask sends the bytes of one request over a connection of its own and reads the answer.
func (s *Server) Ask(from string, request []byte) (Answer, error) {
	conn, err := s.Dial(from)
	if err != nil {
		return Answer{}, err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	if _, err := conn.Write(request); err != nil {
		return Answer{}, fmt.Errorf("sending: %w", err)
	}
	return ReadAnswer(bufio.NewReader(conn), method(request))
}

// Burst sends requests at the same moment: each over a connection of its own, all but its
// last byte, and when all are there, the last bytes. A request without an answer has the
// zero Answer.
func (s *Server) Burst(requests [][]byte) ([]Answer, error) {
	conns := make([]net.Conn, len(requests))
	defer func() {
		for _, c := range conns {
			if c != nil {
				c.Close()
			}
		}
	}()
	for i, r := range requests {
		conn, err := s.Dial("")
		if err != nil {
			return nil, err
		}
		conns[i] = conn
		conn.SetDeadline(time.Now().Add(patience))
		if _, err := conn.Write(r[:len(r)-1]); err != nil {
			return nil, err
		}
	}
	answers, start := make([]Answer, len(requests)), make(chan struct{})
	var all sync.WaitGroup
	for i, r := range requests {
		all.Go(func() {
			<-start
			if _, err := conns[i].Write(r[len(r)-1:]); err == nil {
				answers[i], _ = ReadAnswer(bufio.NewReader(conns[i]), method(r)) // none is the zero Answer
			}
		})
	}
	close(start)
	all.Wait()
	return answers, nil
}
