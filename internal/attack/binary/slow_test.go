package binary

import (
	"bufio"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// slow is attacks that take connections and time and give nothing: somebody
// else is served meanwhile.
var slow = family{"slow clients", []attack{
	{id: "EX-01/h", requirement: "Six hundred connections of one network that say nothing keep nobody else out.", try: idleConnections},
	{id: "EX-01/i", requirement: "Hundreds of heads that never end keep nobody else out, and are given up.", try: slowHeads},
	{id: "EX-01/j", requirement: "Hundreds of forms that never end keep nobody else out.", try: slowForms},
	{id: "EX-01/k", requirement: "Clients that ask for pages and do not read them keep nobody else out.", try: slowReaders},
	{id: "EX-01/l", requirement: "A network that keeps every connection it can get is held to its share of them.", try: shareOfConnections},
}}

func TestSlow(t *testing.T) { run(t, &slow) }

// open opens so many connections from an address of this machine and sends the same on each.
func (t *T) open(from string, n int, begins string) (all []net.Conn) {
	t.Helper()
	for range n {
		c, err := t.server.Dial(from)
		t.must(err)
		t.Cleanup(func() { c.Close() })
		c.SetDeadline(time.Now().Add(patience))
		c.Write([]byte(begins)) // may be cut off: that is for the server to decide
		all = append(all, c)
	}
	return all
}

// served fails the attack unless somebody else gets a page and has a form looked at.
func (t *T) served(during string) {
	t.Helper()
	b := t.browser()
	if b.get("/help").Status != http.StatusOK {
		t.Errorf("%s: the page is answered %d", during, b.Status)
	}
	if b.post("/login", "username", "nobody", "password", "").Status != http.StatusUnprocessableEntity {
		t.Errorf("%s: the form is answered %d", during, b.Status)
	}
}

func idleConnections(t *T) string {
	alone := t.own(direct, true)
	alone.open("127.200.0.1", 600, "")
	alone.served("idle connections")
	return "With 600 silent connections of one address open, somebody else got a page and an answer to a form."
}

func slowHeads(t *T) string {
	alone := t.own(direct, true)
	conns := alone.open("127.201.0.1", 300, "GET /login HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
	alone.served("slow heads")
	last := conns[len(conns)-1]
	answer, err := ReadAnswer(bufio.NewReader(last), http.MethodGet)
	if err == nil && answer.Status != http.StatusRequestTimeout && answer.Status != http.StatusBadRequest {
		t.Errorf("the head is answered %d", answer.Status)
	}
	if e, timeout := err.(net.Error); timeout && e.Timeout() {
		t.Error("the head is not given up")
	}
	return "With 300 heads under way somebody else was served; a head that went on no further was given up."
}

func slowForms(t *T) string {
	alone := t.own(direct, true)
	alone.open("127.202.0.1", 400, "POST /login HTTP/1.1\r\nHost: "+alone.host()+"\r\nOrigin: "+alone.base+"\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 60000\r\n\r\n"+strings.Repeat("x", 1000))
	alone.served("slow forms")
	return "With 400 forms of 60 KB under way from one address somebody else got a page and an answer to a form."
}

func slowReaders(t *T) string {
	alone := t.own(direct, true)
	many := strings.Repeat("GET /static/app.css HTTP/1.1\r\nHost: "+alone.host()+"\r\n\r\nGET /login HTTP/1.1\r\nHost: "+alone.host()+"\r\n\r\n", 100)
	alone.open("127.203.0.1", 200, many)
	alone.served("clients that do not read")
	return "With 200 connections on which 200 pages each were asked for and none read, somebody else was served."
}

func shareOfConnections(t *T) string {
	alone := t.own(direct, true)
	conns := alone.open("127.204.0.1", 700, "")
	closed := 0
	for _, c := range conns {
		c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		if _, err := c.Read(make([]byte, 1)); err != nil {
			if e, is := err.(net.Error); !is || !e.Timeout() {
				closed++
			}
		}
		if closed > 700-512 {
			break
		}
	}
	alone.served("all connections that one may have")
	if closed < 700-512-8 {
		t.Errorf("%d of 700 were closed", closed)
	}
	return "Of 700 connections of one address no more than 512 stayed open."
}
